import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import type { JobQuery } from '../api.ts'
import { JobNotFoundError } from '../errors.ts'
import { toLogLine } from '../log-wire.ts'
import { safeParts } from '../paths.ts'
import type { Message } from '../sse.ts'
import { jobState, jobView, resultFile, submitRequest, whyView } from '../views.ts'
import {
  fileParams,
  idParam,
  input,
  queryNumber,
  type RouteContext,
  requestSignal,
  resumeAfter,
  view
} from './context.ts'

const LIST_LIMIT = 100
const LIST_MAX = 1000
const listQuery = z.strictObject({
  limit: queryNumber.refine(n => n >= 1 && n <= LIST_MAX, `expected 1 to ${LIST_MAX}`).optional(),
  before: queryNumber.optional(),
  state: jobState.optional()
})
const logsQuery = z.strictObject({
  from: queryNumber.optional(),
  follow: z.enum(['true', 'false']).optional(),
  replica: queryNumber.optional()
})

export function jobRoutes(app: FastifyInstance, { api, sse }: RouteContext): void {
  async function existing(id: string, signal: AbortSignal): Promise<z.input<typeof jobView>> {
    const job = await api.job(id, { signal })
    if (job === undefined) throw new JobNotFoundError(id)
    return job
  }

  app.put('/jobs', async (request, reply) => {
    const body = input(submitRequest, request.body, 'job request')
    reply.code(201)
    return view(jobView, await api.submit(body, { signal: requestSignal(reply) }))
  })

  app.get('/jobs', async (request, reply) => {
    const { limit = LIST_LIMIT, before, state } = input(listQuery, request.query, 'query')
    const query: JobQuery = {
      limit,
      ...(before === undefined ? {} : { before }),
      ...(state === undefined ? {} : { state })
    }
    return view(z.array(jobView), await api.jobs(query, { signal: requestSignal(reply) }))
  })

  app.get('/jobs/:id', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    return view(jobView, await existing(id, requestSignal(reply)))
  })

  app.delete('/jobs/:id', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    return view(jobView, await api.cancel(id, { signal: requestSignal(reply) }))
  })

  app.get('/jobs/:id/why', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    return view(whyView, await api.why(id, { signal: requestSignal(reply) }))
  })

  app.get('/jobs/:id/logs', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    const query = input(logsQuery, request.query, 'query')
    const { replicas } = await existing(id, requestSignal(reply))
    const which = query.replica === undefined ? {} : { replica: replicaNumber(query.replica, replicas?.length ?? 0) }
    const last = resumeAfter(request)
    const from = last === undefined ? (query.from ?? 0) : last + 1
    const follow = query.follow !== 'false'
    await sse.stream(reply, async function* read(signal): AsyncIterable<Message> {
      for await (const chunk of api.logs(id, { from, follow, signal, ...which })) {
        yield { id: chunk.seq, event: 'log', data: toLogLine(chunk) }
      }
      // when the server stops there may be more to come: only a real end is called one
      if (!signal.aborted) yield { event: 'end', data: {} }
    })
  })

  app.get('/jobs/:id/results', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    return view(z.array(resultFile), await api.results(id, { signal: requestSignal(reply) }))
  })

  app.get('/jobs/:id/files/*', async (request, reply) => {
    const { id, '*': path } = input(fileParams, request.params, 'path')
    const { stream, sizeBytes } = await api.openResult(id, safeParts(path).join('/'))
    // a result may be any bytes: never let a browser take them for a page of this origin
    return reply
      .header('content-type', 'application/octet-stream')
      .header('content-disposition', 'attachment')
      .header('content-length', sizeBytes)
      .send(stream)
  })
}

function replicaNumber(replica: number, count: number): number {
  if (replica < count) return replica
  throw new InvalidInputError(count === 0 ? 'this job has no replicas' : 'there is no such replica', {
    field: 'replica',
    value: replica,
    ...(count === 0 ? {} : { limit: `0 to ${count - 1}` })
  })
}
