import { z } from 'zod'
import { numberText, operation, TRANSACTION_TIMEOUT_MS } from '../operation.ts'
import { depositRequest, historyView, receiptView, walletView, withdrawRequest } from '../views.ts'
import { CHAIN_ERRORS } from './chain-errors.ts'

/** The time of each block is asked for. */
const HISTORY_MAX = 1000

export const walletOperations = {
  getWallet: operation({
    method: 'GET',
    path: '/wallet',
    tag: 'wallet',
    summary: 'What this node has',
    reply: { 200: walletView },
    errors: CHAIN_ERRORS
  }),
  getHistory: operation({
    method: 'GET',
    path: '/wallet/history',
    tag: 'wallet',
    summary: 'Movements of money, oldest first',
    description: '`limit` takes the newest (50 without it), `since` only those from a time on.',
    query: z.strictObject({ limit: numberText(1, HISTORY_MAX).optional(), since: numberText().optional() }),
    reply: { 200: historyView },
    errors: CHAIN_ERRORS
  }),
  deposit: operation({
    method: 'POST',
    path: '/wallet/deposit',
    tag: 'wallet',
    summary: 'Move tokens into the escrow',
    body: depositRequest,
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    reply: { 200: receiptView },
    errors: CHAIN_ERRORS
  }),
  withdraw: operation({
    method: 'POST',
    path: '/wallet/withdraw',
    tag: 'wallet',
    summary: 'Move free tokens out of the escrow',
    body: withdrawRequest,
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    reply: { 200: receiptView },
    errors: CHAIN_ERRORS
  })
}
