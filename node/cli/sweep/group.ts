import type { AbortOptions } from '../../components.ts'
import type { NodeClient } from '../../http/client.ts'
import type { JobSummary } from '../../http/views.ts'

/** More jobs than one name can have. */
const MOST = 10_000
const NAME = /^[\w-][\w.-]{0,63}$/

/** The jobs that were submitted together under a name, by number; none when it is no such name. */
export async function findGroup(
  client: Pick<NodeClient, 'jobList'>,
  name: string,
  options: AbortOptions = {}
): Promise<JobSummary[]> {
  if (!NAME.test(name)) return []
  const { jobs } = await client.jobList({ sweep: name, limit: MOST }, options)
  return jobs.sort((a, b) => (a.sweep?.index ?? 0) - (b.sweep?.index ?? 0))
}
