import { z } from 'zod'
import { decodeCanonical, encode } from '../../common/cbor.ts'
import { TooLargeError } from '../../common/errors.ts'
import { parse, toWire } from '../../common/parse.ts'
import { address, bytes32, bytesUpTo, signature65, uint } from '../../common/values.ts'
import { deal } from '../../deal/schema.ts'
import { signedHead } from '../../offers/head.ts'
import { inclusion } from '../../offers/merkle.ts'
import { OFFER_LIMITS } from '../../offers/schema.ts'
import { CERTIFICATE_LIMITS } from '../certificate.ts'

export const BUNDLE_LIMITS = {
  /** the job offer and the candidates */
  facts: 1 + CERTIFICATE_LIMITS.candidates,
  /** one that holds is enough; what is found first may not hold */
  omissions: 16,
  /** all of the above at their largest, with 2 KiB for each omission's head and proof */
  bundleBytes:
    CERTIFICATE_LIMITS.certificateBytes +
    (1 + CERTIFICATE_LIMITS.candidates) * OFFER_LIMITS.factBytes +
    16 * (OFFER_LIMITS.factBytes + 2048) +
    4096
} as const

const fact = bytesUpTo(OFFER_LIMITS.factBytes)

/** The terms with the creator's signature, and the EIP-712 domain it is made under: they bind the creator to the certificate. */
const dealProof = z.strictObject({
  terms: deal,
  creatorSignature: signature65,
  domain: z.strictObject({ chainId: uint, escrow: address, salt: bytes32.optional() })
})
export type DealProof = z.output<typeof dealProof>

/** An offer that the creator's signed head shows it knew. */
const omission = z.strictObject({ head: signedHead, fact, proof: inclusion })
export type Omission = z.output<typeof omission>

/** Everything that a match is checked with: whoever has it needs no node and no network. */
export const matchBundle = z.strictObject({
  version: z.literal(1),
  /** without it nothing shows who made the certificate, nor whom it came to */
  deal: dealProof.optional(),
  certificate: bytesUpTo(CERTIFICATE_LIMITS.certificateBytes),
  /** signed facts as they travel, found by the CIDs that the certificate names */
  facts: z.array(fact).max(BUNDLE_LIMITS.facts),
  omissions: z.array(omission).max(BUNDLE_LIMITS.omissions)
})
export type MatchBundle = z.output<typeof matchBundle>

const WHAT = 'match bundle'

/** @throws InvalidInputError, TooLargeError */
export function encodeBundle(bundle: MatchBundle): Uint8Array {
  const bytes = encode(toWire(matchBundle, bundle, WHAT))
  const limit = BUNDLE_LIMITS.bundleBytes
  if (bytes.byteLength > limit) throw new TooLargeError(`${WHAT} (bytes)`, bytes.byteLength, limit)
  return bytes
}

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeBundle(bytes: Uint8Array): MatchBundle {
  return parse(matchBundle, decodeCanonical(bytes, WHAT, BUNDLE_LIMITS.bundleBytes), WHAT)
}
