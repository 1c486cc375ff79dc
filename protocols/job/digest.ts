import type { CID } from 'multiformats/cid'
import { encode } from '../common/cbor.ts'
import { sha256 } from '../common/hash.ts'
import type { JobSpec, Outcome } from './schema.ts'

/** What a run left, as far as two runs can be compared. */
export interface ResultParts {
  outcome: Outcome
  /** undefined when the program did not end by itself */
  exitCode?: number | undefined
  /** UnixFS file */
  stdout: CID
  /** UnixFS directory with one entry per output name */
  outputs: CID
}

/** How a judge's run can end that a provider's result cannot: it had nothing that it could run. */
export type Unjudged =
  /** the specification or an input could not be had from anybody, the provider included, whose duty it is */
  | 'unavailable'
  /** the deal does not follow from its specification: no honest provider signs that */
  | 'invalid'

/**
 * The block whose digest two honest runs of one job share: the dag-cbor map of the parts that `include` names. A run that
 * something else ended stopped at a point that no two machines share, so only what ended it counts.
 */
export function digestBlock(parts: ResultParts, include: JobSpec['verify']['include']): Uint8Array {
  if (parts.outcome !== 'exited') return outcomeBlock(parts.outcome)
  const all = { exitCode: parts.exitCode ?? null, stdout: parts.stdout, outputs: parts.outputs }
  return encode(Object.fromEntries(include.map(name => [name, all[name]])))
}

/** sha2-256 of the digest block: what a provider commits to and judges vote for. */
export function resultDigest(parts: ResultParts, include: JobSpec['verify']['include']): Uint8Array {
  return sha256(digestBlock(parts, include))
}

/** The digest of every run that ended this way. */
export function outcomeDigest(outcome: Exclude<Outcome, 'exited'> | Unjudged): Uint8Array {
  return sha256(outcomeBlock(outcome))
}

const outcomeBlock = (outcome: string): Uint8Array => encode({ outcome })
