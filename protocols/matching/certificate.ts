import type { CID } from 'multiformats/cid'
import { z } from 'zod'
import { type Block, cidFromDigest, cidOf, decodeCanonical, encode } from '../common/cbor.ts'
import { TooLargeError } from '../common/errors.ts'
import { parse, toWire } from '../common/parse.ts'
import { type Address, address, amount, cid, uint } from '../common/values.ts'
import { type Refusal, refusal } from '../deal/messages.ts'
import { type SignedHead, signedHead } from '../offers/head.ts'
import { RULE_VERSION } from './input.ts'

export const CERTIFICATE_LIMITS = {
  /** more refusals than this and the job is gossiped instead */
  candidates: 16,
  refusals: 16,
  /** as many as a creator remembers refusals of */
  leftOut: 64,
  certificateBytes: 24 * 1024
} as const

/**
 * Which offers the creator chose from and in which order: frozen before the first proposal, named in the deal. A block's
 * `fact` is the CID of the signed fact as it travels (`wireCid`): whoever has the certificate can fetch what it speaks of.
 */
export const certificate = z.strictObject({
  version: z.literal(1),
  /** version of `feasible`, `ask` and `rank` */
  rules: uint,
  /** the creator's book at that time, signed; the ranking is made at its round */
  head: signedHead,
  /** id of the job offer */
  job: cid,
  jobFact: cid,
  candidates: z.array(z.strictObject({ offer: cid, fact: cid, ask: amount })).max(CERTIFICATE_LIMITS.candidates),
  /** signed refusals that excuse a skipped rank, oldest first */
  refusals: z.array(refusal).max(CERTIFICATE_LIMITS.refusals),
  /** accounts whose offers were not ranked, because none of a list with them could be asked at that time */
  leftOut: z.array(address).max(CERTIFICATE_LIMITS.leftOut)
})
export type Certificate = z.output<typeof certificate>

const WHAT = 'match certificate'

export interface CertificateInput {
  head: SignedHead
  /** `id`: the digest of the fact's body; `fact`: the CID of the signed fact */
  job: { id: Uint8Array; fact: CID }
  /** in order; the first 16 are taken */
  ranked: readonly { id: Uint8Array; fact: CID; ask: bigint }[]
  refusals?: readonly Refusal[]
  leftOut?: readonly Address[]
}

/** The certificate of a ranking: its first 16 places. */
export function makeCertificate({ head, job, ranked, refusals = [], leftOut = [] }: CertificateInput): Certificate {
  const first = ranked.slice(0, CERTIFICATE_LIMITS.candidates)
  return {
    version: 1,
    rules: RULE_VERSION,
    head,
    job: cidFromDigest(job.id),
    jobFact: job.fact,
    candidates: first.map(({ id, fact, ask }) => ({ offer: cidFromDigest(id), fact, ask })),
    refusals: refusals.slice(0, CERTIFICATE_LIMITS.refusals),
    leftOut: leftOut.slice(0, CERTIFICATE_LIMITS.leftOut)
  }
}

/**
 * The same certificate with one more refusal: what the next proposal down the list names. Unchanged when it holds as many as
 * it may.
 */
export function withRefusal(bytes: Uint8Array, refused: Refusal): Uint8Array {
  const before = decodeCertificate(bytes)
  if (before.refusals.length >= CERTIFICATE_LIMITS.refusals) return bytes
  return encodeCertificate({ ...before, refusals: [...before.refusals, refused] }).bytes
}

/** @throws InvalidInputError, TooLargeError */
export function encodeCertificate(value: Certificate): Block {
  const bytes = encode(toWire(certificate, value, WHAT))
  const limit = CERTIFICATE_LIMITS.certificateBytes
  if (bytes.byteLength > limit) throw new TooLargeError(`${WHAT} (bytes)`, bytes.byteLength, limit)
  return { cid: cidOf(bytes), bytes }
}

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeCertificate(bytes: Uint8Array): Certificate {
  return parse(certificate, decodeCanonical(bytes, WHAT, CERTIFICATE_LIMITS.certificateBytes), WHAT)
}
