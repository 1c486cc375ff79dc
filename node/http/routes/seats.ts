import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { leftView, mediatorView, seatView } from '../views.ts'
import { input, queryNumber, type RouteContext, requestSignal, TRANSACTION_TIMEOUT_MS, view } from './context.ts'

const seatParam = z.object({ seat: queryNumber })

/** Seats in the court: all of them, and this node's own. */
export function seatRoutes(app: FastifyInstance, { api }: RouteContext): void {
  app.get('/seats', async (_request, reply) =>
    view(z.array(seatView), await api.seats({ signal: requestSignal(reply) }))
  )
  app.get('/mediator', async (_request, reply) =>
    view(mediatorView, await api.mediator({ signal: requestSignal(reply) }))
  )
  app.post('/seats', async (_request, reply) => {
    reply.code(201)
    return view(seatView, await api.takeSeat({ signal: requestSignal(reply, TRANSACTION_TIMEOUT_MS) }))
  })
  app.delete('/seats/:seat', async (request, reply) => {
    const { seat } = input(seatParam, request.params, 'path')
    return view(leftView, await api.leaveSeat(seat, { signal: requestSignal(reply, TRANSACTION_TIMEOUT_MS) }))
  })
}
