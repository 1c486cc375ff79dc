import type { FastifyInstance } from 'fastify'
import type { Address } from '../../../protocols/common/values.ts'
import { depositRequest, receiptView, walletView, withdrawRequest } from '../views.ts'
import { input, type RouteContext, requestSignal, TRANSACTION_TIMEOUT_MS, view } from './context.ts'

export function walletRoutes(app: FastifyInstance, { api }: RouteContext): void {
  app.get('/wallet', async (_request, reply) => view(walletView, await api.wallet({ signal: requestSignal(reply) })))
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
