import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Message } from '../sse.ts'
import { pushEvent, sharedImageView } from '../views.ts'
import { idParam, input, type RouteContext, requestSignal, view } from './context.ts'

const pushRequest = z.strictObject({ name: z.string().min(1).max(512) })

/** Container images that this node shares by CID. */
export function imageRoutes(app: FastifyInstance, { api, sse }: RouteContext): void {
  app.post('/images', async (request, reply) => {
    const { name } = input(pushRequest, request.body, 'push request')
    await sse.stream(reply, async function* push(signal): AsyncIterable<Message> {
      for await (const { type, ...data } of api.pushImage(name, { signal })) {
        yield { event: type, data: view(pushEvent, { type, ...data }) }
      }
      if (!signal.aborted) yield { event: 'end', data: {} }
    })
  })
  app.get('/images', async (_request, reply) =>
    view(z.array(sharedImageView), await api.images({ signal: requestSignal(reply) }))
  )
  app.delete('/images/:id', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    await api.removeImage(id, { signal: requestSignal(reply) })
    return { removed: id }
  })
}
