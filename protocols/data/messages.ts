import { z } from 'zod'
import { decodeCanonical, encode } from '../common/cbor.ts'
import { parse, toWire } from '../common/parse.ts'
import { cid, uint } from '../common/values.ts'
import { CAR_LIMITS } from './limits.ts'

/**
 * What the receiver says, in frames with a length prefix: the first one opens the transfer, the others go beside the data.
 */
const control = z.strictObject({
  /** bytes of the stream dealt with since it began: the sender may have the window's size more under way */
  consumed: uint,
  /** to send, each with all that it links to, after what was asked for before */
  want: z.array(cid).max(CAR_LIMITS.wants),
  /** not to send, nor what only they link to: the receiver has them */
  skip: z.array(cid).max(CAR_LIMITS.skips)
})
export type CarControl = z.output<typeof control>

/** Why the sender ends before all has been sent. */
export const CAR_ENDS = ['missing', 'limit'] as const

const end = z.strictObject({
  /** `missing`: the sender lacks `cid`; `limit`: as many blocks as one stream may have, the rest in another */
  reason: z.enum(CAR_ENDS),
  cid: cid.nullable()
})
export type CarEnd = z.output<typeof end>

export const encodeControl = (value: CarControl): Uint8Array => encode(toWire(control, value, 'car control'))
export const encodeEnd = (value: CarEnd): Uint8Array => encode(toWire(end, value, 'car end'))

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeControl(bytes: Uint8Array): CarControl {
  return parse(control, decodeCanonical(bytes, 'car control', CAR_LIMITS.controlBytes), 'car control')
}

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeEnd(bytes: Uint8Array): CarEnd {
  return parse(end, decodeCanonical(bytes, 'car end', CAR_LIMITS.endBytes), 'car end')
}
