import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { equals } from 'uint8arrays/equals'
import { messageOf, NonCanonicalError, TooLargeError } from './errors.ts'
import { sha256 } from './hash.ts'

const SHA2_256 = 0x12

/** A dag-cbor block: what is hashed, signed and stored are exactly these bytes. */
export interface Block {
  cid: CID
  bytes: Uint8Array
}

/** Canonical dag-cbor: map keys in length-first order, shortest integers, no undefined, no float where an integer fits. */
export function encode(value: unknown): Uint8Array {
  const encoded = dagCbor.encode(value)
  // cborg gives a Buffer for short values, whose slice() shares memory unlike a Uint8Array's
  return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength)
}

/** Encodes a value and names it by CIDv1 (dag-cbor, sha2-256). */
export function toBlock(value: unknown): Block {
  const bytes = encode(value)
  return { cid: cidOf(bytes), bytes }
}

/** CIDv1 (dag-cbor, sha2-256) of encoded bytes. */
export function cidOf(bytes: Uint8Array): CID {
  return CID.createV1(dagCbor.code, Digest.create(SHA2_256, sha256(bytes)))
}

/** The CID (dag-cbor, sha2-256) that a 32-byte digest stands for, as contracts carry it. */
export function cidFromDigest(digest: Uint8Array): CID {
  return CID.createV1(dagCbor.code, Digest.create(SHA2_256, digest))
}

/**
 * Decodes bytes from a stranger. Two different byte strings must never mean the same thing, or one fact would have two
 * ids: bytes that do not re-encode to themselves are refused.
 *
 * @throws TooLargeError, NonCanonicalError
 */
export function decodeCanonical(bytes: Uint8Array, what: string, maxBytes: number): unknown {
  if (bytes.byteLength > maxBytes) throw new TooLargeError(`${what} (bytes)`, bytes.byteLength, maxBytes)
  let value: unknown
  let canonical: boolean
  try {
    value = dagCbor.decode(bytes)
    // inside the try: what nests deep enough to decode may still nest too deep to encode
    canonical = equals(encode(value), bytes)
  } catch (cause) {
    throw new NonCanonicalError(`${what} is not dag-cbor: ${messageOf(cause)}`, { field: what, cause })
  }
  if (!canonical) {
    throw new NonCanonicalError(`${what} is not in canonical form`, { field: what, remedy: 'encode it with dag-cbor' })
  }
  return value
}
