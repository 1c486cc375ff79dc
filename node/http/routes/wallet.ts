import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Address } from '../../../protocols/common/values.ts'
import { depositRequest, historyView, receiptView, walletView, withdrawRequest } from '../views.ts'
import { input, queryNumber, type RouteContext, requestSignal, TRANSACTION_TIMEOUT_MS, view } from './context.ts'

const HISTORY_LIMIT = 50
/** The time of each block is asked for. */
const HISTORY_MAX = 1000
const historyQuery = z.strictObject({
  limit: queryNumber.refine(n => n >= 1 && n <= HISTORY_MAX, `expected 1 to ${HISTORY_MAX}`).optional(),
  since: queryNumber.optional()
})

export function walletRoutes(app: FastifyInstance, { api }: RouteContext): void {
  app.get('/wallet', async (_request, reply) => view(walletView, await api.wallet({ signal: requestSignal(reply) })))
  app.get('/wallet/history', async (request, reply) => {
    const { limit = HISTORY_LIMIT, since } = input(historyQuery, request.query, 'query')
    const query = { limit, ...(since === undefined ? {} : { since }) }
    return view(historyView, await api.history(query, { signal: requestSignal(reply) }))
  })
  app.post('/wallet/deposit', async (request, reply) => {
    const { amount } = input(depositRequest, request.body, 'deposit')
    const signal = requestSignal(reply, TRANSACTION_TIMEOUT_MS)
    return view(receiptView, await api.deposit(BigInt(amount), { signal }))
  })
  app.post('/wallet/withdraw', async (request, reply) => {
    const { amount, to } = input(withdrawRequest, request.body, 'withdrawal')
    const signal = requestSignal(reply, TRANSACTION_TIMEOUT_MS)
    return view(receiptView, await api.withdraw(BigInt(amount), to.toLowerCase() as Address, { signal }))
  })
}
