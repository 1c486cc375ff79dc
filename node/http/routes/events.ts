import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Message } from '../sse.ts'
import { type NodeEvent, nodeEvent } from '../views.ts'
import { idParam, input, queryNumber, type RouteContext, resumeAfter, view } from './context.ts'

const query = z.strictObject({ after: queryNumber.optional(), job: idParam.shape.id.optional() })

export function eventRoutes(app: FastifyInstance, { api, sse }: RouteContext): void {
  app.get('/events', async (request, reply) => {
    const given = input(query, request.query, 'query')
    const after = resumeAfter(request) ?? given.after
    await sse.stream(reply, async function* read(signal): AsyncIterable<Message> {
      for await (const event of api.events({ signal, ...(after === undefined ? {} : { after }) })) {
        if (given.job !== undefined && jobOf(event) !== given.job) continue
        yield { id: event.seq, event: event.type, data: view(nodeEvent, event) }
      }
    })
  })
}

/** The job that an event is about, if it is about one of this node's own. */
function jobOf(event: NodeEvent): string | undefined {
  if (event.type === 'job') return event.job.id
  return event.type === 'transfer' ? event.job : undefined
}
