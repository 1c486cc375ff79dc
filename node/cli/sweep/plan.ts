import { createHash, randomBytes } from 'node:crypto'
import { InvalidInputError, TooLargeError } from '../../../protocols/common/errors.ts'
import { isMapping } from '../../../protocols/job/file-fields.ts'
import { SweepDiffersError } from '../../http/errors.ts'
import type { JobSummary, SubmitRequest, SweepMember } from '../../http/views.ts'
import type { JobFile } from '../job-file.ts'

/** Jobs of one command: what a person still looks over, and a node submits within a minute. */
const MAX_JOBS = 1_000
const MAX_KEYS = 16
const MAX_PARALLEL = 1_000
/** What a job is told beside the values of its own. */
const INDEX = 'DCN_JOB_INDEX'
const COUNT = 'DCN_JOB_COUNT'
const KEY = /^[A-Za-z_]\w{0,63}$/
const NAME = /^[\w-][\w.-]{0,63}$/

export interface SweepFlags {
  count?: string
  matrix?: string[]
  maxParallel?: string
  name?: string
  detach?: boolean
}

/** Several jobs of one specification. */
export interface Sweep {
  name: string
  /** one entry for each job: the variables that are its own */
  values: readonly Readonly<Record<string, string>>[]
  /** the provider of each, where each has one of its own */
  targets?: readonly string[]
  /** not ended at the same time, at most */
  maxParallel: number
}

/** As many at a time as there may be. */
export const ALL_AT_ONCE = MAX_PARALLEL

/** What `--count` and `--matrix` ask for; undefined when it is one job. @throws InvalidInputError, TooLargeError */
export function parseSweep({ count, matrix = [], maxParallel, name, detach }: SweepFlags): Sweep | undefined {
  if (count === undefined && matrix.length === 0) {
    if (maxParallel === undefined) return undefined
    throw new InvalidInputError('--max-parallel: there is one job only', {
      field: 'max-parallel',
      value: maxParallel,
      remedy: 'say how many there are with --count or --matrix'
    })
  }
  if (detach === true && maxParallel !== undefined) {
    throw new InvalidInputError('--max-parallel: with --detach nobody stays to submit the rest', {
      field: 'max-parallel',
      value: maxParallel,
      remedy: 'leave out one of the two'
    })
  }
  const repeats = count === undefined ? 1 : wholeNumber('count', count, MAX_JOBS)
  const axes = matrix.map(axisOf)
  if (axes.length > MAX_KEYS) throw new TooLargeError('--matrix (keys)', axes.length, MAX_KEYS)
  const twice = axes.find(({ key }, i) => axes.findIndex(other => other.key === key) < i)
  if (twice !== undefined) {
    throw new InvalidInputError(`--matrix: ${twice.key} is given twice`, {
      field: 'matrix',
      value: twice.key,
      remedy: `give all values at once: --matrix ${twice.key}=a,b,c`
    })
  }
  const jobs = axes.reduce((product, { values }) => product * values.length, repeats)
  if (jobs > MAX_JOBS) {
    throw new TooLargeError('--count times the values of --matrix (jobs)', jobs, MAX_JOBS, 'start several commands')
  }
  return {
    name: groupName(name),
    values: combine(axes).flatMap(values => Array.from({ length: repeats }, () => values)),
    maxParallel: maxParallel === undefined ? MAX_PARALLEL : wholeNumber('max-parallel', maxParallel, MAX_PARALLEL)
  }
}

interface Axis {
  key: string
  values: string[]
}

function axisOf(text: string): Axis {
  const at = text.indexOf('=')
  const [key, list] = [text.slice(0, at), text.slice(at + 1)]
  if (at > 0 && KEY.test(key) && !key.startsWith('DCN_') && list !== '') return { key, values: list.split(',') }
  throw new InvalidInputError('--matrix: expected KEY=VALUE,VALUE,…', {
    field: 'matrix',
    value: text,
    limit: 'KEY: a letter or "_", then letters, digits and "_"; not DCN_…',
    remedy: 'write for example --matrix RATE=0.1,0.2'
  })
}

/** Every combination; the last key changes fastest. */
const combine = (axes: readonly Axis[]): Record<string, string>[] =>
  axes.reduce<Record<string, string>[]>(
    (all, { key, values }) => all.flatMap(some => values.map(value => ({ ...some, [key]: value }))),
    [{}]
  )

/** @throws InvalidInputError */
export function groupName(given: string | undefined): string {
  if (given === undefined) return `g${randomBytes(4).toString('hex')}`
  if (NAME.test(given)) return given
  throw new InvalidInputError('--name: expected a name for several jobs', {
    field: 'name',
    value: given,
    limit: 'up to 64 letters, digits, ".", "_" and "-"',
    remedy: 'choose another name'
  })
}

function wholeNumber(field: string, text: string, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= max) return value
  throw new InvalidInputError(`--${field}: expected 1 to ${max}`, {
    field,
    value: text,
    limit: `1 to ${max}`,
    remedy: 'give a whole number in this range'
  })
}

/** The specification of one job: its values are variables, and stand for `{KEY}` in its arguments. */
export function memberSpec(
  file: JobFile,
  values: Readonly<Record<string, string>>,
  index: number,
  count: number
): JobFile {
  const own: Record<string, string> = { ...values, [INDEX]: String(index), [COUNT]: String(count) }
  const env = isMapping(file['env']) ? file['env'] : {}
  const fill = (text: unknown): unknown =>
    typeof text === 'string'
      ? text.replace(/\{(\w+)\}/g, (all, key: string) => (Object.hasOwn(own, key) ? String(own[key]) : all))
      : text
  const engine = isMapping(file['engine']) ? file['engine'] : {}
  const filled = Object.entries(engine).map(([kind, settings]) => {
    if (!isMapping(settings) || !Array.isArray(settings['args'])) return [kind, settings]
    return [kind, { ...settings, args: settings['args'].map(fill) }]
  })
  return { ...file, env: { ...env, ...own }, engine: Object.fromEntries(filled) }
}

/** A request for each job. @param request what all have in common, with nothing left to upload */
export function memberRequests(request: SubmitRequest, { name, values, targets }: Sweep): SubmitRequest[] {
  const count = values.length
  const plan = createHash('sha256').update(JSON.stringify({ request, values })).digest('hex')
  return values.map((own, index) => {
    const sweep: SweepMember = { name, index, count, plan }
    const target = targets?.[index]
    return {
      ...request,
      name: `${name}.${index}`,
      sweep,
      ...(target === undefined ? {} : { constraints: { ...request.constraints, target } }),
      spec: memberSpec(request.spec, own, index, count)
    }
  })
}

/** Those that were not submitted yet, as far as is known here: the node submits none of them twice. @throws SweepDiffersError when the name belongs to other jobs */
export function missingFrom(requests: readonly SubmitRequest[], there: readonly JobSummary[]): SubmitRequest[] {
  const [first] = requests
  const other = there.find(job => job.sweep?.plan !== first?.sweep?.plan)
  if (other !== undefined) throw new SweepDiffersError(first?.sweep?.name ?? '')
  const begun = new Set(there.map(job => job.sweep?.index))
  return requests.filter(request => !begun.has(request.sweep?.index))
}
