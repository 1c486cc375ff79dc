import { z } from 'zod'
import { amountText, hexAddress, id, settlementKind, time, token } from './parts.ts'

export const walletView = z.object({
  account: id,
  settlement: settlementKind,
  token,
  /** in the token contract; in the escrow: free, locked in deals, staked for seats; gas in wei */
  wallet: amountText,
  free: amountText,
  /** without a chain: what the books come to, below zero when this account owes */
  books: z
    .string()
    .regex(/^(0|-?[1-9]\d{0,38})$/)
    .optional(),
  locked: amountText,
  staked: amountText,
  gas: amountText
})
/** The node's money, in smallest units of the token; gas in wei. */
export type WalletView = z.output<typeof walletView>

/** Signed: negative when money was locked, staked or withdrawn. */
const changeText = z.string().regex(/^(0|-?[1-9]\d{0,38})$/, 'expected a whole number of smallest units as text')
const movementView = z.object({
  /** deposit, withdrawal, or what happened to a deal or a seat */
  kind: z.string().max(32),
  /** change of the free balance */
  amount: changeText,
  deal: id.optional(),
  role: z.enum(['creator', 'provider']).optional(),
  counterparty: id.optional(),
  transaction: id,
  at: time
})
export const historyView = z.object({
  account: id,
  settlement: settlementKind,
  token,
  /** oldest first */
  movements: z.array(movementView),
  /** false when older ones that were asked for could not be read in time */
  complete: z.boolean()
})
/** Movements of the free balance; `complete` is false when older ones could not be read in time. */
export type HistoryView = z.output<typeof historyView>

export const receiptView = z.object({ transaction: z.string().max(128) })
/** The transaction that did it. */
export type ReceiptView = z.output<typeof receiptView>

export const depositRequest = z.strictObject({ amount: amountText })
export const withdrawRequest = z.strictObject({ amount: amountText, to: hexAddress })
