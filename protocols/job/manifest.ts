import { type Block, cidOf, decodeCanonical, encode } from '../common/cbor.ts'
import { compact } from '../common/compact.ts'
import { TooLargeError } from '../common/errors.ts'
import { parse, toWire } from '../common/parse.ts'
import { MANIFEST_MAX_BYTES, type ResultManifest, resultManifest } from './schema.ts'

const WHAT = 'result manifest'

/** The block whose digest the signed Result names. @throws InvalidInputError, TooLargeError */
export function encodeManifest(manifest: ResultManifest): Block {
  const bytes = encode(toWire(resultManifest, compact(manifest), WHAT))
  if (bytes.byteLength > MANIFEST_MAX_BYTES)
    throw new TooLargeError(`${WHAT} (bytes)`, bytes.byteLength, MANIFEST_MAX_BYTES)
  return { cid: cidOf(bytes), bytes }
}

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeManifest(bytes: Uint8Array): ResultManifest {
  return parse(resultManifest, decodeCanonical(bytes, WHAT, MANIFEST_MAX_BYTES), WHAT)
}
