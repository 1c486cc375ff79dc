import { NotConvertibleError } from '../modules/errors.ts'
import type { GoObject } from '../modules/foreign/go-json.ts'

/** What a provider says of itself: its labels, and `Architecture` and `Operating-System`. */
export interface Candidate {
  account: string
  labels: Readonly<Record<string, string>>
}

export interface Requirement {
  key: string
  operator: Operator
  values: readonly string[]
}

/** A requirement that only makes a provider dearer or less dear to the job. */
export type Preference = Requirement

type Operator = 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt' | '=' | '==' | '!='

/** Of Kubernetes' label selectors: whether a value (absent: the provider has no such label) fits, and how many values it takes. */
const OPERATORS: Record<
  Operator,
  { least: number; most: number; fits(has: string | undefined, v: readonly string[]): boolean }
> = {
  in: { least: 1, most: 64, fits: (has, v) => has !== undefined && v.includes(has) },
  notin: { least: 1, most: 64, fits: (has, v) => has === undefined || !v.includes(has) },
  exists: { least: 0, most: 0, fits: has => has !== undefined },
  '!': { least: 0, most: 0, fits: has => has === undefined },
  gt: { least: 1, most: 1, fits: (has, v) => compare(has, v) > 0 },
  lt: { least: 1, most: 1, fits: (has, v) => compare(has, v) < 0 },
  '=': { least: 1, most: 1, fits: (has, v) => has === v[0] },
  '==': { least: 1, most: 1, fits: (has, v) => has === v[0] },
  '!=': { least: 1, most: 1, fits: (has, v) => has !== v[0] }
}
const FAVOUR = 'favour_'
const MAX_CONSTRAINTS = 32

export const requirementsOf = (job: GoObject): Requirement[] => allOf(job).filter(({ key }) => !isFavour(key))

export const preferencesOf = (job: GoObject): Preference[] =>
  allOf(job).flatMap(({ key, ...rest }) => (isFavour(key) ? [{ key: key.slice(FAVOUR.length), ...rest }] : []))

/**
 * Accounts that fit, those that meet most preferences alone where any do: in the given order. A job offer names equal labels and
 * accounts, so whatever else a file asks for is decided here, by its owner's own view of the market.
 *
 * @param candidates in the order of the ranking
 */
export function choose(
  candidates: readonly Candidate[],
  requirements: readonly Requirement[],
  preferences: readonly Preference[]
): string[] {
  const fits = ({ labels }: Candidate, { key, operator, values }: Requirement): boolean =>
    OPERATORS[operator].fits(Object.hasOwn(labels, key) ? labels[key] : undefined, values)
  const fitting = candidates.filter(candidate => requirements.every(r => fits(candidate, r)))
  const score = (candidate: Candidate): number => preferences.filter(p => fits(candidate, p)).length
  const best = Math.max(0, ...fitting.map(score))
  return fitting.filter(candidate => score(candidate) === best).map(c => c.account)
}

const isFavour = (key: string): boolean => key.startsWith(FAVOUR)

function allOf(job: GoObject): Requirement[] {
  const list = job.objects('Constraints')
  if (list.length > MAX_CONSTRAINTS)
    throw new NotConvertibleError(
      'Constraints',
      `${list.length} are too many`,
      `at most ${MAX_CONSTRAINTS}`,
      list.length
    )
  return list.map(one => {
    const [key, operator, values] = [one.text('Key'), one.text('Operator').toLowerCase(), one.texts('Values')]
    if (key === '') throw new NotConvertibleError(one.path('Key'), 'a constraint needs a key', 'name a label')
    if (!isOperator(operator))
      throw new NotConvertibleError(
        one.path('Operator'),
        `there is no operator "${operator.slice(0, 40)}"`,
        `use one of ${Object.keys(OPERATORS).join(' ')}`,
        operator
      )
    const { least, most } = OPERATORS[operator]
    if (values.length < least || values.length > most)
      throw new NotConvertibleError(
        one.path('Values'),
        `${operator} takes ${least === most ? least : `${least} to ${most}`} values`,
        'correct Values',
        values.length
      )
    return { key, operator, values }
  })
}

const isOperator = (text: string): text is Operator => Object.hasOwn(OPERATORS, text)

/** Whole numbers, as there; what is none compares to nothing. */
function compare(has: string | undefined, [value = '']: readonly string[]): number {
  const [a, b] = [has ?? '', value].map(text => (/^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN))
  return (a ?? Number.NaN) - (b ?? Number.NaN)
}
