import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { JobNotFoundError } from '../errors.ts'
import { toLogLine } from '../log-wire.ts'
import type { jobOperations } from '../operations/jobs.ts'
import { safeParts } from '../paths.ts'
import type { JobView } from '../views.ts'
import type { Routes } from './context.ts'
import { given } from './given.ts'

const LIST_LIMIT = 100

export const jobRoutes: Routes<typeof jobOperations> = ({ api }) => {
  async function existing(id: string, signal: AbortSignal): Promise<JobView> {
    const job = await api.job(id, { signal })
    if (job === undefined) throw new JobNotFoundError(id)
    return job
  }
  return {
    submitJob: ({ body, signal }) => api.submit(body, { signal }),
    listJobs: ({ query, signal }) => api.jobs({ limit: LIST_LIMIT, ...given(query) }, { signal }),
    summarizeJobs: ({ query, signal }) => api.jobList({ limit: LIST_LIMIT, ...given(query) }, { signal }),
    getJob: ({ params, signal }) => existing(params.id, signal),
    cancelJob: ({ params, signal }) => api.cancel(params.id, { signal }),
    explainJob: ({ params, signal }) => api.why(params.id, { signal }),
    async streamLogs({ params: { id }, query, lastSeen, signal }) {
      const { replicas } = await existing(id, signal)
      const which = query.replica === undefined ? {} : { replica: replicaNumber(query.replica, replicas?.length ?? 0) }
      const from = lastSeen === undefined ? (query.from ?? 0) : lastSeen + 1
      const wanted = { from, follow: query.follow ?? true, ...which }
      return async function* read(signal) {
        for await (const chunk of api.logs(id, { ...wanted, signal })) {
          yield { id: chunk.seq, event: 'log', data: toLogLine(chunk) }
        }
      }
    },
    listResults: ({ params, signal }) => api.results(params.id, { signal }),
    getResultFile: ({ params: { id, path }, signal }) => api.openResult(id, safeParts(path).join('/'), { signal })
  }
}

function replicaNumber(replica: number, count: number): number {
  if (replica < count) return replica
  throw new InvalidInputError(count === 0 ? 'this job has no replicas' : 'there is no such replica', {
    field: 'replica',
    value: replica,
    ...(count === 0 ? {} : { limit: `0 to ${count - 1}` }),
    remedy: count === 0 ? 'leave the number out: it runs at one provider' : `give a number from 0 to ${count - 1}`
  })
}
