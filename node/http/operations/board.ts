import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { IMPORT_TIMEOUT_MS, operation, TRANSACTION_TIMEOUT_MS } from '../operation.ts'
import { boardCreditView, boardRequest, boardRequestView, receiptView } from '../views.ts'
import { CHAIN_ERRORS } from './chain-errors.ts'

const BOARD_ERRORS = ['NoBoardError', 'DealStateError', ...CHAIN_ERRORS] as const

export const boardOperations = {
  requestOnBoard: operation({
    method: 'POST',
    path: '/board',
    tag: 'board',
    summary: 'Ask for a job on chain',
    description: 'Pays bid and fee from the wallet of this node. A small specification goes into the request itself.',
    body: boardRequest,
    timeoutMs: IMPORT_TIMEOUT_MS,
    reply: { 201: boardRequestView },
    errors: BOARD_ERRORS
  }),
  listBoard: operation({
    method: 'GET',
    path: '/board',
    tag: 'board',
    summary: 'The newest requests, newest first',
    query: z.object({
      limit: z.coerce.number().pipe(uint.min(1).max(500)).optional(),
      mine: z.enum(['true', 'false']).optional()
    }),
    reply: { 200: z.array(boardRequestView) },
    errors: BOARD_ERRORS
  }),
  getBoardRequest: operation({
    method: 'GET',
    path: '/board/{id}',
    tag: 'board',
    summary: 'One request; a beginning of its id is enough',
    reply: { 200: boardRequestView },
    errors: ['RequestNotFoundError', ...BOARD_ERRORS]
  }),
  refundBoardRequest: operation({
    method: 'DELETE',
    path: '/board/{id}',
    tag: 'board',
    summary: 'Send the money of a request back to who asked',
    description: 'Once its time is over; whoever calls.',
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    reply: { 200: receiptView },
    errors: ['RequestNotFoundError', ...BOARD_ERRORS]
  }),
  getBoardCredit: operation({
    method: 'GET',
    path: '/board-credit',
    tag: 'board',
    summary: 'What the board holds for this node',
    reply: { 200: boardCreditView },
    errors: BOARD_ERRORS
  }),
  withdrawFromBoard: operation({
    method: 'POST',
    path: '/board-credit',
    tag: 'board',
    summary: 'Take what the board holds for this node',
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    reply: { 200: receiptView },
    errors: BOARD_ERRORS
  })
}
