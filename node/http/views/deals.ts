import { z } from 'zod'
import { amountText, id, line, time, transaction } from './parts.ts'

export const dealView = z.object({
  id,
  role: z.enum(['creator', 'provider', 'mediator']),
  job: id.optional(),
  /** one word */
  phase: z.string().max(32),
  counterparty: id,
  price: amountText,
  collateral: amountText,
  /** next moment at which somebody may or must act */
  deadlineAt: time.optional(),
  reason: line.optional(),
  createdAt: time,
  updatedAt: time,
  transactions: z.array(transaction)
})
/** A deal of this node, from its side. Amounts in smallest units, times unix ms. */
export type DealView = z.output<typeof dealView>
