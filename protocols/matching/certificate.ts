import { z } from 'zod'
import { type Block, cidFromDigest, cidOf, decodeCanonical, encode } from '../common/cbor.ts'
import { TooLargeError } from '../common/errors.ts'
import { parse, toWire } from '../common/parse.ts'
import { amount, bytesUpTo, cid, uint } from '../common/values.ts'
import { type SignedHead, signedHead } from '../offers/head.ts'
import { type JobInput, RULE_VERSION } from './input.ts'
import type { Ranked } from './rank.ts'

export const CERTIFICATE_LIMITS = {
  /** more refusals than this and the job is gossiped instead */
  candidates: 16,
  /** one signed refusal of the deal protocol */
  refusalBytes: 1024,
  certificateBytes: 24 * 1024
} as const

/** Which offers the creator chose from and in which order: frozen before the first proposal, named in the deal. */
export const certificate = z.strictObject({
  version: z.literal(1),
  /** version of `feasible`, `ask` and `rank` */
  rules: uint,
  /** the creator's book at that time, signed */
  head: signedHead,
  /** id of the job offer */
  job: cid,
  candidates: z.array(z.strictObject({ offer: cid, ask: amount })).max(CERTIFICATE_LIMITS.candidates),
  /** signed refusals that excuse a skipped rank, as the deal protocol encodes them */
  refusals: z.array(bytesUpTo(CERTIFICATE_LIMITS.refusalBytes)).max(CERTIFICATE_LIMITS.candidates)
})
export type Certificate = z.output<typeof certificate>

const WHAT = 'match certificate'

/** The certificate of a ranking: its first 16 places. */
export function makeCertificate(
  job: JobInput,
  ranked: readonly Ranked[],
  head: SignedHead,
  refusals: readonly Uint8Array[] = []
): Certificate {
  const first = ranked.slice(0, CERTIFICATE_LIMITS.candidates)
  return {
    version: 1,
    rules: RULE_VERSION,
    head,
    job: cidFromDigest(job.id),
    candidates: first.map(({ id, ask }) => ({ offer: cidFromDigest(id), ask })),
    refusals: [...refusals]
  }
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
