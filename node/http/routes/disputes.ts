import type { FastifyInstance } from 'fastify'
import { DealNotFoundError } from '../errors.ts'
import { disputeRequest, disputeView, jobView, receiptView } from '../views.ts'
import {
  IMPORT_TIMEOUT_MS,
  idParam,
  input,
  type RouteContext,
  requestSignal,
  TRANSACTION_TIMEOUT_MS,
  view
} from './context.ts'

/** A creator's word on a result, and what the court makes of it. */
export function disputeRoutes(app: FastifyInstance, { api }: RouteContext): void {
  app.post('/jobs/:id/accept', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    return view(jobView, await api.accept(id, { signal: requestSignal(reply) }))
  })
  app.post('/jobs/:id/dispute', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    const { reason } = input(disputeRequest, request.body, 'dispute')
    return view(jobView, await api.dispute(id, reason, { signal: requestSignal(reply) }))
  })
  app.post('/jobs/:id/judged', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    await api.fetchJudged(id, { signal: requestSignal(reply, IMPORT_TIMEOUT_MS) })
    return {}
  })
  app.get('/deals/:id/dispute', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    const dispute = await api.disputeOf(id, { signal: requestSignal(reply) })
    if (dispute === undefined) throw new DealNotFoundError(id)
    return view(disputeView, dispute)
  })
  app.post('/deals/:id/appeal', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    return view(receiptView, await api.appeal(id, { signal: requestSignal(reply, TRANSACTION_TIMEOUT_MS) }))
  })
}
