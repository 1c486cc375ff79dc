import { z } from 'zod'
import { decodeCanonical, encode } from '../../common/cbor.ts'
import { parse, toWire } from '../../common/parse.ts'
import { bytes, bytesUpTo, compareBytes, uint } from '../../common/values.ts'
import { signedHead } from '../head.ts'
import { OFFER_LIMITS } from '../schema.ts'
import { KEY_BYTES } from './key.ts'
import { FINGERPRINT_BYTES, ID_BYTES, NONCE_BYTES, SYNC_LIMITS } from './limits.ts'

const exactly = (size: number) => bytes.refine(b => b.byteLength === size, `expected ${size} bytes`)

/** Who starts a session says when it is, gives its half of the nonce, and what its book comes to (the signature is checked by whoever uses it). */
const open = z.strictObject({ version: z.literal(1), round: uint, nonce: exactly(NONCE_BYTES), head: signedHead })
export type SyncOpen = z.output<typeof open>

/** The answer: the same, and the fingerprint of all that takes part. Equal on both sides: nothing else is said. */
const accept = z.strictObject({ ...open.shape, fingerprint: exactly(FINGERPRINT_BYTES) })
export type SyncAccept = z.output<typeof accept>

export const RANGE = { skip: 0, fingerprint: 1, ids: 2 } as const
export type RangeKind = (typeof RANGE)[keyof typeof RANGE]

const idList = bytesUpTo(SYNC_LIMITS.ids * ID_BYTES).refine(
  b => b.byteLength % ID_BYTES === 0,
  `expected ids of ${ID_BYTES} bytes`
)

/** How long the third part of a range is, by kind. */
const DATA: Record<RangeKind, (size: number) => boolean> = {
  [RANGE.skip]: size => size === 0,
  [RANGE.fingerprint]: size => size === FINGERPRINT_BYTES,
  [RANGE.ids]: size => size % ID_BYTES === 0
}

/** `[upper, kind, data]`: from the upper bound of the range before it up to its own, which is exclusive; empty is the end. */
const range = z
  .tuple([
    bytesUpTo(KEY_BYTES),
    z.literal([RANGE.skip, RANGE.fingerprint, RANGE.ids]),
    idList.or(exactly(FINGERPRINT_BYTES))
  ])
  .refine(([, kind, data]) => DATA[kind](data.byteLength), 'expected data as long as its kind says')
export type SyncRange = z.output<typeof range>

const frame = z.strictObject({
  ranges: z.array(range).max(SYNC_LIMITS.ranges).refine(isAscending, 'expected ascending bounds'),
  /** ids that the reader lacks and may ask for */
  offer: idList,
  /** ids whose facts the reader is asked for */
  want: idList,
  /** encoded facts that were asked for */
  facts: z.array(bytesUpTo(OFFER_LIMITS.factBytes)).max(SYNC_LIMITS.facts),
  /** nothing is left to send unless the reader's next frame asks for it */
  done: z.boolean()
})
export type SyncFrame = z.output<typeof frame>

export const encodeSyncOpen = (value: SyncOpen): Uint8Array => encode(toWire(open, value, 'sync open'))
export const encodeSyncAccept = (value: SyncAccept): Uint8Array => encode(toWire(accept, value, 'sync accept'))
export const encodeSyncFrame = (value: SyncFrame): Uint8Array => encode(toWire(frame, value, 'sync frame'))

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeSyncOpen(encoded: Uint8Array): SyncOpen {
  return parse(open, decodeCanonical(encoded, 'sync open', SYNC_LIMITS.greetingBytes), 'sync open')
}

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeSyncAccept(encoded: Uint8Array): SyncAccept {
  return parse(accept, decodeCanonical(encoded, 'sync accept', SYNC_LIMITS.greetingBytes), 'sync accept')
}

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeSyncFrame(encoded: Uint8Array): SyncFrame {
  return parse(frame, decodeCanonical(encoded, 'sync frame', SYNC_LIMITS.frameBytes), 'sync frame')
}

/** Ids of a list, one after the other. */
export function idsIn(list: Uint8Array): Uint8Array[] {
  return Array.from({ length: list.byteLength / ID_BYTES }, (_, i) => list.subarray(i * ID_BYTES, (i + 1) * ID_BYTES))
}

function isAscending(ranges: readonly [upper: Uint8Array, ...unknown[]][]): boolean {
  return ranges.every(([upper], i) => {
    const before = ranges[i - 1]?.[0]
    if (upper.byteLength === 0) return i === ranges.length - 1
    return before === undefined || compareBytes(before, upper) < 0
  })
}
