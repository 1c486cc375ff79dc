import { NotConvertibleError } from '../modules/errors.ts'
import type { GoObject } from '../modules/foreign/go-json.ts'
import { type Preference, preferencesOf, type Requirement, requirementsOf } from './selectors.ts'
import { taskOf } from './task.ts'
import { unknownKeyNotes } from './unknown-keys.ts'

/** A job file of Bacalhau, read: what it asks for, in words of ours. */
export interface BacalhauJob {
  name?: string
  /** `batch` runs at `count` providers, `ops` at all that fit */
  type: 'batch' | 'ops'
  count: number
  /** what a provider must be */
  requirements: readonly Requirement[]
  /** what it had better be */
  preferences: readonly Preference[]
  /** what means less here than there */
  notes: readonly string[]
  /**
   * the specification of one of `of` parts, in file form; inputs may have `url` or `inline` instead of `cid`
   *
   * @param index 0 ≤ index < of
   */
  partition(index: number, of: number): Record<string, unknown>
}

/** As many jobs as one submission makes. */
const MAX_COUNT = 1_000

const ENDLESS = 'a job here ends: it has a time limit and is paid for what it did'
const REFUSED_TYPES: Record<string, string> = {
  service: 'make it a batch job that ends, or run the service on a host of your own',
  daemon: 'make it an ops job, which runs once on every provider that fits'
}

/** Where a name is wanted and none is given, as there. */
const KNOWN_NOTES: readonly [key: string, note: string][] = [
  ['Priority', 'Priority is ignored: --tip puts a job first where room is short'],
  ['Namespace', 'Namespace is ignored: a network has one']
]

/** @throws NotConvertibleError */
export function currentJob(job: GoObject): BacalhauJob {
  const type = typeOf(job)
  const notes: string[] = KNOWN_NOTES.filter(([key]) => job.has(key)).map(([, note]) => note)
  const tasks = job.objects('Tasks')
  const [task] = tasks
  if (task === undefined) throw new NotConvertibleError('Tasks', 'the job has no task', 'give one task')
  if (tasks.length > 1) notes.push(`only the first of ${tasks.length} tasks is used, as there`)
  notes.push(...unknownKeyNotes(job, task))
  const name = job.text('Name')
  return {
    ...(name === '' ? {} : { name }),
    type,
    count: type === 'ops' ? 1 : countOf(job),
    requirements: requirementsOf(job),
    preferences: preferencesOf(job),
    ...taskOf(task, { type, notes })
  }
}

function typeOf(job: GoObject): BacalhauJob['type'] {
  const type = (job.text('Type') || 'batch').toLowerCase()
  if (type === 'batch' || type === 'ops') return type
  const known = Object.hasOwn(REFUSED_TYPES, type) ? REFUSED_TYPES[type] : undefined
  const remedy = known ?? 'use batch or ops'
  const why = known === undefined ? `there is no type "${type.slice(0, 40)}"` : ENDLESS
  throw new NotConvertibleError('Type', why, remedy, type)
}

function countOf(job: GoObject): number {
  if (!job.has('Count')) return 1
  const count = job.number('Count')
  if (Number.isSafeInteger(count) && count >= 1 && count <= MAX_COUNT) return count
  const why = count === 0 ? 'a count of 0 would end a job' : `a count from 1 to ${MAX_COUNT} is possible`
  throw new NotConvertibleError('Count', why, count === 0 ? 'use dcn job cancel' : 'submit it in parts', count)
}
