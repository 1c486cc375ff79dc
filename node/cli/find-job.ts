import { InvalidInputError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeClient } from '../http/client.ts'
import type { JobView } from '../http/views.ts'

/** A name or the beginning of an id is looked for among this many newest jobs. */
const SEARCHED = 500

/** A job by id, by the beginning of its id, or by its name (the newest). @throws JobNotFoundError, InvalidInputError */
export async function findJob(client: NodeClient, wanted: string, options: AbortOptions = {}): Promise<JobView> {
  try {
    return await client.job(wanted, options)
  } catch (error) {
    if (!(error instanceof Error) || !['JobNotFoundError', 'InvalidInputError'].includes(error.name)) throw error
    const jobs = await client.jobs({ limit: SEARCHED }, options)
    const named = jobs.find(job => job.name === wanted)
    const begun = jobs.filter(job => job.id.startsWith(wanted))
    if (named !== undefined) return named
    if (begun.length > 1) {
      throw new InvalidInputError(`${begun.length} jobs begin with ${wanted}`, {
        field: 'id',
        value: wanted,
        remedy: 'give more of the id'
      })
    }
    const [only] = begun
    if (only === undefined) throw error
    return only
  }
}
