import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Message } from '../sse.ts'
import { nodeEvent } from '../views.ts'
import { idParam, input, queryNumber, type RouteContext, resumeAfter, view } from './context.ts'

const query = z.strictObject({ after: queryNumber.optional(), job: idParam.shape.id.optional() })

export function eventRoutes(app: FastifyInstance, { api, sse }: RouteContext): void {
  app.get('/events', async (request, reply) => {
    const given = input(query, request.query, 'query')
    const after = resumeAfter(request) ?? given.after
    await sse.stream(reply, async function* read(signal): AsyncIterable<Message> {
      for await (const event of api.events({ signal, ...(after === undefined ? {} : { after }) })) {
        if (given.job !== undefined && !(event.type === 'job' && event.job.id === given.job)) continue
        yield { id: event.seq, event: event.type, data: view(nodeEvent, event) }
      }
    })
  })
}
