import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { amountText, hexAddress, id, time } from './parts.ts'

const digest = z.string().regex(/^0x[0-9a-f]{64}$/, 'expected 0x and 64 lower-case hex digits')

/** A request on the job board, and what came of it. */
export const boardRequestView = z.object({
  id: digest,
  state: z.enum(['open', 'delivered', 'refunded']),
  /** open, and its time is over: its money can be sent back */
  expired: z.boolean(),
  /** that asked for it; only in the answer to the asking */
  transaction: z.string().max(128).optional(),
  mine: z.boolean(),
  requester: id,
  /** CID of the specification */
  spec: id,
  bid: amountText,
  fee: amountText,
  lane: amountText,
  callback: id.optional(),
  callbackGas: uint,
  callbackFailed: z.boolean(),
  createdAt: time,
  deadlineAt: time,
  /** who may serve it, in order, and from when on; at most 8 */
  turns: z.array(z.object({ seat: uint, owner: id, from: time })),
  result: z
    .object({
      agent: id,
      deal: digest,
      charge: amountText,
      /** undefined where the program did not end by itself */
      exitCode: uint.optional(),
      outcome: z.string().max(16),
      /** CID of the result's manifest, which names everything else */
      manifest: id,
      digest
    })
    .optional()
})
export type BoardRequestView = z.output<typeof boardRequestView>

export const boardRequest = z.strictObject({
  /** in the form of a file (docs/jobs.md) */
  spec: z.record(z.string(), z.unknown()),
  bid: amountText,
  fee: amountText,
  callback: hexAddress.optional(),
  callbackGas: uint.max(1_000_000).optional(),
  /** @default 60 */
  turnSec: uint.min(1).max(86_400).optional(),
  /** @default the seats that the court has */
  turns: uint
    .min(1)
    .max(2 ** 32 - 1)
    .optional(),
  /** @default an hour */
  timeoutSec: uint
    .min(1)
    .max(30 * 86_400)
    .optional(),
  /** @default the lowest that is free */
  lane: amountText.optional()
})
export type BoardRequestBody = z.output<typeof boardRequest>

/** What an account can take from the board. */
export const boardCreditView = z.object({ account: id, credit: amountText })
export type BoardCreditView = z.output<typeof boardCreditView>
