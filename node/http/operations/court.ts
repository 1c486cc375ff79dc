import { z } from 'zod'
import { IMPORT_TIMEOUT_MS, nothing, numberText, operation, TRANSACTION_TIMEOUT_MS } from '../operation.ts'
import { disputeRequest, disputeView, jobView, leftView, mediatorView, receiptView, seatView } from '../views.ts'
import { CHAIN_ERRORS } from './chain-errors.ts'

export const courtOperations = {
  acceptJob: operation({
    method: 'POST',
    path: '/jobs/{id}/accept',
    tag: 'court',
    summary: "The owner's word that a result is good",
    description: 'For jobs with `verify.policy: committee`, which wait for it; silence accepts in the end.',
    reply: { 200: jobView },
    errors: ['JobNotFoundError', 'NotReviewingError']
  }),
  disputeJob: operation({
    method: 'POST',
    path: '/jobs/{id}/dispute',
    tag: 'court',
    summary: 'Take a result to the court',
    body: disputeRequest,
    reply: { 200: jobView },
    errors: ['JobNotFoundError', 'NotDisputableError', 'NoCourtError', ...CHAIN_ERRORS]
  }),
  fetchJudged: operation({
    method: 'POST',
    path: '/jobs/{id}/judged',
    tag: 'court',
    summary: 'Bring the result that the judges came to',
    description: 'Its files are then listed below `judged/` of the job.',
    timeoutMs: IMPORT_TIMEOUT_MS,
    reply: { 200: nothing },
    errors: [
      'JobNotFoundError',
      'NoJudgedResultError',
      'NoCourtError',
      'ContentUnavailableError',
      'DiskFullError',
      'QuotaExceededError'
    ]
  }),
  getDispute: operation({
    method: 'GET',
    path: '/deals/{id}/dispute',
    tag: 'court',
    summary: 'Where a dispute stands, its seats and its story',
    reply: { 200: disputeView },
    errors: ['DealNotFoundError', 'NoCourtError', ...CHAIN_ERRORS]
  }),
  appealDeal: operation({
    method: 'POST',
    path: '/deals/{id}/appeal',
    tag: 'court',
    summary: 'Pay for a larger round after a verdict',
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    reply: { 200: receiptView },
    errors: ['DealNotFoundError', 'DealStateError', 'NoCourtError', ...CHAIN_ERRORS]
  }),
  listSeats: operation({
    method: 'GET',
    path: '/seats',
    tag: 'court',
    summary: 'Every seat of the court that somebody holds',
    reply: { 200: z.array(seatView) },
    errors: ['NoCourtError', ...CHAIN_ERRORS]
  }),
  getMediator: operation({
    method: 'GET',
    path: '/mediator',
    tag: 'court',
    summary: "This node's seats, and its judgements",
    reply: { 200: mediatorView },
    errors: ['NoCourtError', ...CHAIN_ERRORS]
  }),
  takeSeat: operation({
    method: 'POST',
    path: '/seats',
    tag: 'court',
    summary: 'Stake for one more seat',
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    reply: { 201: seatView },
    errors: ['NoCourtError', ...CHAIN_ERRORS]
  }),
  leaveSeat: operation({
    method: 'DELETE',
    path: '/seats/{seat}',
    tag: 'court',
    summary: 'Leave a seat',
    description: 'The first call asks to leave; again once `leavesAt` is over, it frees the stake.',
    params: z.object({ seat: numberText() }),
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    reply: { 200: leftView },
    errors: ['NoCourtError', ...CHAIN_ERRORS]
  })
}
