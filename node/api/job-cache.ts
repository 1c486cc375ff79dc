import type { JobView } from '../http/views.ts'
import type { JobRecord } from '../roles/creator/creator.ts'
import { viewOfJob } from './job-view.ts'

/** Jobs that are looked at again and again: a dashboard's page of them. A view is a kilobyte or two. */
const KEPT = 256

interface Jobs {
  find(id: string): JobRecord | undefined
  version(id: string): number | undefined
}

/**
 * Views of jobs, made again only when the journal has a newer version: to read a job's state takes ten times as long as to ask
 * for its number. Whoever is given a view does not change it. Of a job with several deals nothing is kept: each of them has a version of its own.
 */
export function jobCache(jobs: Jobs): (id: string) => JobView | undefined {
  const kept = new Map<string, { version: number; view: JobView }>()
  return id => {
    const version = jobs.version(id)
    const known = kept.get(id)
    if (known !== undefined && known.version === version) return known.view
    const found = jobs.find(id)
    if (found === undefined) return undefined
    const view = viewOfJob(found)
    kept.delete(id)
    if (!hasSeveralDeals(found)) kept.set(id, { version: found.record.version, view })
    const [oldest] = kept.keys()
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
    return view
  }
}

/** Replicas, or a spot check that may have begun its second run since. */
const hasSeveralDeals = (job: JobRecord): boolean => 'replicas' in job || job.record.state.check.by === 'spot'
