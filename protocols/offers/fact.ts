import type { CID } from 'multiformats/cid'
import { z } from 'zod'
import { cidFromDigest, cidOf, decodeCanonical, encode } from '../common/cbor.ts'
import { compact } from '../common/compact.ts'
import { InvalidInputError, TooLargeError } from '../common/errors.ts'
import { sha256 } from '../common/hash.ts'
import { parse, toWire } from '../common/parse.ts'
import { bytes } from '../common/values.ts'
import { type Bind, bind, type Fact, type FactBody, factBody, OFFER_LIMITS } from './schema.ts'

/** Signs bytes with the Ed25519 key that the Bind names: 64 bytes. */
export type Sign = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>

export const SIGNATURE_BYTES = 64
const DAG_CBOR = 0x71
const SHA2_256 = 0x12

const BODY_BYTES: Record<FactBody['type'], number> = {
  resource: OFFER_LIMITS.resourceBytes,
  job: OFFER_LIMITS.jobBytes,
  withdrawal: OFFER_LIMITS.withdrawalBytes
}
const MAX_BODY_BYTES = Math.max(...Object.values(BODY_BYTES))

/** `[body, signature, bind]`: the body as bytes, because those bytes are what is signed and named. */
const wire = z.tuple([
  bytes.refine(b => b.byteLength <= MAX_BODY_BYTES, `expected at most ${MAX_BODY_BYTES} bytes`),
  bytes.refine(b => b.byteLength === SIGNATURE_BYTES, `expected ${SIGNATURE_BYTES} bytes`),
  bind
])

/** A signed fact of ours. @throws InvalidInputError, TooLargeError when the body breaks its limits */
export async function makeFact<B extends FactBody>(body: B, binding: Bind, sign: Sign): Promise<Fact<B>> {
  const plain = compact(body)
  const bodyBytes = encode(toWire(factBody, plain, body.type))
  checkBody(plain, bodyBytes.byteLength)
  const fact = { ...named(bodyBytes), body: plain, bodyBytes, signature: await sign(bodyBytes), bind: binding }
  encodeFact(fact)
  return fact
}

/** The bytes that travel. @throws InvalidInputError, TooLargeError */
export function encodeFact(fact: Fact): Uint8Array {
  const encoded = encode(toWire(wire, [fact.bodyBytes, fact.signature, fact.bind], 'fact'))
  if (encoded.byteLength > OFFER_LIMITS.factBytes) {
    throw new TooLargeError(
      'fact (bytes)',
      encoded.byteLength,
      OFFER_LIMITS.factBytes,
      'give fewer addresses or labels'
    )
  }
  return encoded
}

/**
 * A fact as a stranger sent it: well-formed and within its limits, its signatures not yet checked (`verifyFact`).
 *
 * @throws InvalidInputError, NonCanonicalError, TooLargeError
 */
export function decodeFact(encoded: Uint8Array): Fact {
  const [bodyBytes, signature, binding] = parse(wire, decodeCanonical(encoded, 'fact', OFFER_LIMITS.factBytes), 'fact')
  const body = parse(factBody, decodeCanonical(bodyBytes, 'fact body', MAX_BODY_BYTES), 'fact body')
  checkBody(body, bodyBytes.byteLength)
  return { ...named(bodyBytes), body, bodyBytes, signature, bind: binding }
}

/**
 * The gossip message id of a fact's bytes: over signature and Bind too. By the body alone, a copy with a spoilt signature
 * would arrive first, be rejected, and leave the honest copy looking like a duplicate.
 */
export function gossipId(encoded: Uint8Array): Uint8Array {
  return sha256(encoded)
}

/** Names the bytes that travel, signature and Bind included: what a store gives to whoever wants to check the fact. */
export function wireCid(fact: Fact): CID {
  return cidOf(encodeFact(fact))
}

/** The fact's id as the 32 bytes that matching, contracts and Merkle trees use. */
export function factDigest(fact: Pick<Fact, 'digest'>): Uint8Array {
  return fact.digest
}

function named(bodyBytes: Uint8Array): Pick<Fact, 'id' | 'digest'> {
  const digest = sha256(bodyBytes)
  return { id: cidFromDigest(digest), digest }
}

function checkBody(body: FactBody, size: number): void {
  if (size > BODY_BYTES[body.type]) {
    throw new TooLargeError(`${body.type} (bytes)`, size, BODY_BYTES[body.type], 'give fewer addresses or labels')
  }
  if (body.type === 'job') checkBlockCid(body.spec, 'spec')
  if (body.type === 'withdrawal') checkBlockCid(body.id, 'id')
}

/** A deal carries these digests as 32 bytes: any other kind of CID could not be told from them. */
function checkBlockCid(cid: CID, field: string): void {
  if (cid.version === 1 && cid.code === DAG_CBOR && cid.multihash.code === SHA2_256 && cid.multihash.size === 32) return
  const limit = 'a CIDv1 with dag-cbor and sha2-256'
  throw new InvalidInputError(`${field}: expected ${limit}`, { field, value: cid.toString(), limit })
}
