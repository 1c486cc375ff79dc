import { z } from 'zod'
import type { Address } from '../../protocols/common/values.ts'
import { amountText, token } from '../http/views/parts.ts'

const account = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an account: 0x and 40 hex digits')
  .transform(text => text.toLowerCase() as Address)
const when = z.int().nonnegative()
const count = z.int().nonnegative()

/** What `GET /api/v1/faucet` says. Amounts in the smallest unit, coin in wei, times unix ms. */
export const faucetInfo = z.object({
  network: z.object({ name: z.string().max(64), chainId: count }),
  contract: z.string().max(64),
  token,
  coin: amountText,
  tokens: amountText,
  intervalSec: count,
  /** claims a day */
  perIp: count,
  perDay: count,
  leftToday: count,
  /** whether there is enough in it for one claim */
  isFilled: z.boolean(),
  /** leading zero bits; 0: none */
  work: count
})
export type FaucetInfo = z.output<typeof faucetInfo>

export const claimView = z.object({
  account: z.string().max(64),
  /** sent: wait and ask again */
  state: z.enum(['sent', 'done', 'failed']),
  coin: amountText,
  tokens: amountText,
  transaction: z.string().max(80).optional(),
  /** from when on it may claim again */
  nextAt: when.optional()
})
export type ClaimView = z.output<typeof claimView>

export const accountView = z.object({
  account: z.string().max(64),
  /** absent: at once */
  nextAt: when.optional(),
  last: claimView.optional(),
  /** what is to be worked on for a claim; absent where it costs none */
  work: z.object({ challenge: z.string().max(128), bits: count, until: when }).optional()
})
export type AccountView = z.output<typeof accountView>

export const accountParams = z.strictObject({ account })
export const claimRequest = z.strictObject({
  account,
  challenge: z.string().max(128).optional(),
  answer: z.string().max(16).optional()
})
export type ClaimRequest = z.output<typeof claimRequest>
