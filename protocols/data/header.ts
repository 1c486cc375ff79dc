import type { CID } from 'multiformats/cid'
import { z } from 'zod'
import { decodeCanonical, encode } from '../common/cbor.ts'
import { parse } from '../common/parse.ts'
import { cid } from '../common/values.ts'
import { CAR_LIMITS } from './limits.ts'

/** The header of CAR version 1: the roots are the CIDs of the first control frame. */
const header = z.strictObject({ version: z.literal(1), roots: z.array(cid).max(CAR_LIMITS.wants) })

export const encodeHeader = (roots: readonly CID[]): Uint8Array => encode({ version: 1, roots })

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeHeader(bytes: Uint8Array): CID[] {
  return parse(header, decodeCanonical(bytes, 'car header', CAR_LIMITS.headerBytes), 'car header').roots
}
