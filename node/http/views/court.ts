import { z } from 'zod'
import { text, uint } from '../../../protocols/common/values.ts'
import { amountText, id, time, transaction } from './parts.ts'

/** A deal before the court; `story` is told by the chain, oldest first. */
export const disputeView = z.object({
  deal: id,
  state: z.enum(['drawing', 'voting', 'revealing', 'judged', 'over']),
  /** 1, 2, 3: of 3, 7, 15 seats */
  round: uint.optional(),
  /** until when the present step may last */
  deadlineAt: time.optional(),
  /** of the provider's result, once its commitment is open */
  providerDigest: id.optional(),
  verdict: z.enum(['provider-right', 'provider-wrong']).optional(),
  members: z.array(z.object({ owner: id, seat: uint, round: uint, standing: z.string().max(16), vote: id.optional() })),
  story: z.array(transaction)
})
/** Where the dispute of a deal stands: its rounds, seats and votes, and the verdict once there is one. */
export type DisputeView = z.output<typeof disputeView>
export const disputeRequest = z.strictObject({ reason: text(300).optional() })

/** A seat in the court. */
export const seatView = z.object({
  seat: uint,
  owner: id,
  mine: z.boolean(),
  /** engines whose jobs it can run again */
  engines: z.array(z.string().max(16)),
  stake: amountText,
  /** what the disputes it sits in can cost it */
  risk: amountText,
  /** may be drawn for disputes that begin later */
  from: time,
  /** asked to leave: from when on its stake is free */
  leavesAt: time.optional()
})
/** A seat of the court: who holds it, what is staked for it. */
export type SeatView = z.output<typeof seatView>
/** What a mediator has in the court and did there. */
export const mediatorView = z.object({
  seats: z.array(seatView),
  /** disputes that are not over; of these, jobs that run now */
  open: uint,
  judging: uint,
  judged: uint,
  declined: uint,
  earned: amountText,
  lost: amountText
})
/** A mediator's seats and judgements. Amounts in smallest units. */
export type MediatorView = z.output<typeof mediatorView>
/** `left`: the stake is free now; else leaving was asked for and `leavesAt` says when to ask again. */
export const leftView = z.object({ left: z.boolean(), seat: seatView })
/** What came of asking to leave a seat; `leavesAt` in unix ms. */
export type LeftView = z.output<typeof leftView>
