import { InvalidInputError } from '../../protocols/common/errors.ts'
import { editDistance, nearest } from '../../protocols/common/nearest.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeClient } from '../http/client.ts'
import { GroupError, JobNotFoundError } from '../http/errors.ts'
import type { JobSummary, JobView } from '../http/views.ts'
import type { Io } from './io.ts'
import { clean } from './text.ts'

/** The beginning of an id is looked for among this many newest jobs. */
const SEARCHED = 10_000

export interface FindOptions extends AbortOptions {
  /** where it is said which job a name means that several have */
  io?: Pick<Io, 'stderr'>
}

/** A job by id, by its name (the newest), or by the beginning of its id. @throws JobNotFoundError, InvalidInputError */
export async function findJob(
  client: NodeClient,
  wanted: string,
  { io, ...options }: FindOptions = {}
): Promise<JobView> {
  checkName(wanted, 'id')
  try {
    return await client.job(wanted, options)
  } catch (error) {
    if (!(error instanceof Error) || !['JobNotFoundError', 'InvalidInputError'].includes(error.name)) throw error
    const named = await newestNamed(client, wanted, options)
    if (named !== undefined) {
      const { job, others } = named
      if (others > 0) io?.stderr.write(`${others + 1} jobs are named ${clean(wanted)}: this is the newest, ${job}\n`)
      return await client.job(job, options)
    }
    const { jobs } = await client.jobList({ limit: SEARCHED }, options)
    const begun = jobs.filter(job => job.id.startsWith(wanted))
    if (begun.length > 1) {
      throw new InvalidInputError(`${begun.length} jobs begin with ${wanted}`, {
        field: 'id',
        value: wanted,
        remedy: `give more of the id: ${listed(begun)}`
      })
    }
    const [only] = begun
    if (only === undefined && jobs.some(({ sweep }) => sweep?.name === wanted)) throw new GroupError(wanted)
    if (only === undefined)
      throw error.name === 'JobNotFoundError' ? new JobNotFoundError(wanted, meantBy(wanted, jobs)) : error
    return await client.job(only.id, options)
  }
}

/** The name of a job or of a group that is nearly this one, else the id that begins nearly so; the newest where several do. */
export function meantBy(
  wanted: string,
  jobs: readonly Pick<JobSummary, 'id' | 'name' | 'sweep'>[]
): string | undefined {
  const newest = jobs.slice(0, COMPARED)
  const names = newest.flatMap(({ name, sweep }) => [sweep?.name ?? [], name ?? []].flat())
  const typed = wanted.toLowerCase()
  const wrong = Math.floor(typed.length / RIGHT_OF_ID)
  const begun = (id: string): boolean => wrong > 0 && editDistance(typed, id.slice(0, typed.length)) <= wrong
  return nearest(wanted, [...new Set(names)]) ?? newest.find(({ id }) => typed.length <= id.length + 1 && begun(id))?.id
}

/** Each comparison costs the product of both lengths. */
const COMPARED = 1_000
/** One letter of so many may be wrong: ids are letters by chance, and some other one is always near. */
const RIGHT_OF_ID = 4

/** Ids are told apart by their beginnings, so they are not shortened: `jp3q… (words), jp4a… and 3 more` */
function listed(jobs: readonly { id: string; name?: string | undefined }[]): string {
  const some = jobs.slice(0, LISTED).map(({ id, name }) => (name === undefined ? id : `${id} (${clean(name)})`))
  return `${some.join(', ')}${jobs.length > LISTED ? ` and ${jobs.length - LISTED} more` : ''}`
}

/** As many as a person looks through. */
const LISTED = 5

/** The newest job of a name, and how many others have it. A name with `*` or `?` in it is no pattern here. */
export async function newestNamed(
  client: Pick<NodeClient, 'jobList'>,
  name: string,
  options: AbortOptions = {}
): Promise<{ job: string; others: number } | undefined> {
  if (name === '' || name.length > MAX_NAME) return undefined
  const { jobs } = await client.jobList({ name, limit: SEARCHED }, options)
  const same = jobs.filter(job => job.name === name)
  const [newest] = same
  return newest === undefined ? undefined : { job: newest.id, others: same.length - 1 }
}

const MAX_NAME = 128

/** Said here: the node only sees a request that is too long for it. @throws InvalidInputError */
export function checkName(text: string, field: string): void {
  if (text.length <= MAX_NAME) return
  throw new InvalidInputError(`${field}: ${text.length} characters`, {
    field,
    value: text,
    limit: `at most ${MAX_NAME}`,
    remedy: 'give the id or the name of a job'
  })
}
