import { UserError } from '../../protocols/common/errors.ts'
import { MAX_REPLACEMENTS } from '../../protocols/deal/replicas-types.ts'
import { isRepeatable } from '../../protocols/job/derive.ts'
import { isMapping } from '../../protocols/job/file-fields.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeClient } from '../http/client.ts'
import type { RankView, SubmitRequest } from '../http/views.ts'
import { money, short, type TokenView } from './text.ts'

/** What each way to check a result costs by the offers of this moment. */
export interface Prices {
  /** of the way that was asked for */
  chosen: Price
  others: readonly Price[]
  /** the bid for every run that may be paid; undefined without a bid, or where there is one run */
  most?: bigint
}

export interface Price {
  policy: string
  /** smallest unit; undefined where too few providers are there */
  amount?: bigint
  /** how many providers it takes, where it takes more than there are */
  lacks?: number
  note?: string
  /** what it comes to if it is drawn for a check */
  checked?: bigint
}

/** What of a submission changes what checking may cost. */
export interface Limits {
  /** the ways that are open to the job, beside `none` */
  open: readonly Way[]
  /** a job that names its provider, or is private, is run again by this node and by nobody who is paid */
  isCheckedHere?: boolean
  /** for each deal of the job, tip included */
  bid?: bigint | undefined
}

/** Shares and numbers that stand for ways which nobody asked for. */
const EXAMPLES = { spot: { spot: '5%' }, replicas: { replicas: { n: 3 } }, committee: { committee: 3 } } as const
export type Way = keyof typeof EXAMPLES

/** Prices from the asks of a ranking, cheapest first, one for each account. @param policy as in a specification file */
export function pricesOf(asks: readonly bigint[], policy: unknown, limits: Limits): Prices {
  const { open, isCheckedHere = false, bid } = limits
  const all = ['none', ...open.map(way => EXAMPLES[way])]
  const kind = kindOf(policy)
  const runs = runsOf(policy, isCheckedHere)
  return {
    chosen: priceOf(asks, policy, isCheckedHere),
    others: all.filter(other => kindOf(other) !== kind).map(other => priceOf(asks, other, isCheckedHere)),
    ...(bid === undefined || runs === 1n ? {} : { most: bid * runs })
  }
}

/** Deals that may be paid: a bid is the most for each of them. */
function runsOf(policy: unknown, isCheckedHere: boolean): bigint {
  const { spot, replicas } = isMapping(policy) ? policy : {}
  // one that brings no result, or another one, is replaced
  if (isMapping(replicas)) return BigInt(Number(replicas['n']) + MAX_REPLACEMENTS)
  return spot === undefined || isCheckedHere ? 1n : 2n
}

const kindOf = (policy: unknown): string => (isMapping(policy) ? (Object.keys(policy)[0] ?? 'none') : 'none')

function priceOf(asks: readonly bigint[], policy: unknown, isCheckedHere: boolean): Price {
  const fields = isMapping(policy) ? policy : {}
  const [first, second = first] = asks
  if (first === undefined) return { policy: nameOf(fields), lacks: 1 }
  if (fields['spot'] !== undefined) {
    if (isCheckedHere) return { policy: nameOf(fields), amount: first, note: 'checked by this node' }
    // a second run is paid like a first one; per mille, rounded up
    const perMille = BigInt(Math.round(Number.parseFloat(String(fields['spot'])) * 10))
    const again = ((second ?? first) * perMille + 999n) / 1000n
    const checked = first + (second ?? first)
    return { policy: nameOf(fields), amount: first + again, note: 'on average', checked }
  }
  if (isMapping(fields['replicas'])) {
    const n = Number(fields['replicas']['n'])
    if (asks.length < n) return { policy: nameOf(fields), lacks: n }
    return { policy: nameOf(fields), amount: asks.slice(0, n).reduce((sum, ask) => sum + ask, 0n) }
  }
  if (fields['committee'] !== undefined)
    return { policy: nameOf(fields), amount: first, note: '(a dispute costs extra)' }
  return { policy: 'none', amount: first }
}

function nameOf(fields: Record<string, unknown>): string {
  if (fields['spot'] !== undefined) return `spot:${String(fields['spot'])}`
  if (isMapping(fields['replicas'])) return `replicas:${String(fields['replicas']['n'])}`
  return fields['committee'] === undefined ? 'none' : `committee:${String(fields['committee'])}`
}

/** `price     about 0.0013 DCN on average with --verify spot:5%, 0.0024 DCN if it is checked, at most 4 DCN (…); none 0.0012 DCN; …` */
export function pricesLine({ chosen, others, most }: Prices, token: TokenView): string {
  const amount = ({ amount, note }: Price): string =>
    `${money(roundedUp(amount ?? 0n, token.decimals).toString(), token)}${note === undefined ? '' : ` ${note}`}`
  const lacking = ({ lacks }: Price): string =>
    `needs ${lacks} ${lacks === 1 ? 'provider' : 'providers'}, fewer are there`
  const { checked } = chosen
  const head = [
    chosen.amount === undefined
      ? `--verify ${chosen.policy} ${lacking(chosen)}`
      : `about ${amount(chosen)} with --verify ${chosen.policy}`,
    ...(checked === undefined
      ? []
      : [`${money(roundedUp(checked, token.decimals).toString(), token)} if it is checked`]),
    ...(most === undefined ? [] : [`at most ${money(most.toString(), token)}, as --bid is for each run`])
  ].join(', ')
  const rest = others.map(price => `${price.policy} ${price.amount === undefined ? lacking(price) : amount(price)}`)
  return `price     ${[head, ...rest].join('; ')}\n`
}

/** Digits of an estimate that are worth reading. */
const DIGITS = 4

/** Of 18 decimals the first digits that say something, and all whole tokens; rather too much than too little. */
function roundedUp(units: bigint, decimals: number): bigint {
  const cut = BigInt(Math.min(decimals, Math.max(0, units.toString().length - DIGITS)))
  const step = 10n ** cut
  return ((units + step - 1n) / step) * step
}

/** What a job costs, checked in one way or another; undefined where the node cannot say it before the job is submitted. */
export async function tellPrices(
  { spec, bid, tip = '0', constraints }: SubmitRequest,
  client: NodeClient,
  token: TokenView,
  options: AbortOptions
): Promise<string | undefined> {
  const verify = isMapping(spec['verify']) ? spec['verify'] : {}
  try {
    const { target } = constraints ?? {}
    const candidates = await candidatesFor({ spec, constraints }, client, options)
    const byAccount = new Map(candidates.map(c => [c.account, BigInt(c.ask) + BigInt(tip)]))
    const limits: Limits = {
      open: waysFor(spec),
      isCheckedHere: target !== undefined || spec['private'] === true,
      bid: bid === undefined ? undefined : BigInt(bid)
    }
    const asks = [...byAccount.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    return candidatesLine([...byAccount.keys()]) + pricesLine(pricesOf(asks, verify['policy'] ?? 'none', limits), token)
  } catch (error) {
    // the submit itself says what is wrong
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** The offers of this moment that fit and are let through. */
async function candidatesFor(
  { spec, constraints }: Pick<SubmitRequest, 'spec' | 'constraints'>,
  client: Pick<NodeClient, 'rank'>,
  options: AbortOptions
): Promise<RankView['candidates']> {
  const { target, allow, deny } = constraints ?? {}
  const { candidates } = await client.rank(spec, options)
  return candidates.filter(
    ({ account }) =>
      (target === undefined || same(target, account)) &&
      (allow === undefined || allow.some(a => same(a, account))) &&
      !deny?.some(d => same(d, account))
  )
}

/** A job with more replicas than there are providers waits for them, or is compared among fewer: said before it is paid for. */
export async function tellFewProviders(
  { spec, constraints }: Pick<SubmitRequest, 'spec' | 'constraints'>,
  client: Pick<NodeClient, 'rank'>,
  options: AbortOptions
): Promise<string | undefined> {
  const policy = isMapping(spec['verify']) ? spec['verify']['policy'] : undefined
  const replicas = isMapping(policy) && isMapping(policy['replicas']) ? policy['replicas'] : undefined
  const n = Number(replicas?.['n'] ?? 0)
  if (n === 0) return undefined
  try {
    const able = new Set((await candidatesFor({ spec, constraints }, client, options)).map(c => c.account)).size
    if (able >= n) return undefined
    return `warning: ${n} replicas are wanted, and ${able} ${able === 1 ? 'provider' : 'providers'} could run one now: it is compared among as many as come in time\n`
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Who is asked, by the offers of this moment: whoever comes first when the job is submitted may be another. */
export function candidatesLine([first, ...others]: readonly string[]): string {
  if (first === undefined) return 'offers    no provider could run it now\n'
  const count = others.length + 1
  return `offers    ${count} ${count === 1 ? 'provider' : 'providers'} could run it, first in line ${short(first)}\n`
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** What the rules of a specification let through (protocols/job/rules.ts). */
export function waysFor({ engine, network = 'none', resources }: Record<string, unknown>): Way[] {
  const kind = kindOf(engine)
  if (network !== 'none' || (isMapping(resources) && resources['gpus'] !== undefined)) return []
  if (isRepeatable(kind)) return ['spot', 'replicas', 'committee']
  return kind === 'docker' ? ['replicas'] : []
}

/** Said before a job is paid for whose replicas may differ without anybody's fault. */
export function repeatNote({ engine, verify }: Record<string, unknown>): string | undefined {
  const policy = isMapping(verify) ? kindOf(verify['policy']) : 'none'
  if (kindOf(engine) !== 'docker' || policy !== 'replicas') return undefined
  return (
    'note: replicas of a container agree only if its program comes to the same bytes each time: no clock, no chance, no order of\n' +
    'threads. Each of them is paid, also one that differs, because no court can say whose fault that is\n'
  )
}
