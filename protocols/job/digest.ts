import type { CID } from 'multiformats/cid'
import { encode } from '../common/cbor.ts'
import { sha256 } from '../common/hash.ts'
import type { JobSpec } from './schema.ts'

/** What a run left, as far as two runs can be compared. */
export interface ResultParts {
  /** undefined when the program did not end by itself; counts as null in the digest */
  exitCode?: number | undefined
  /** UnixFS file */
  stdout: CID
  /** UnixFS directory with one entry per output name */
  outputs: CID
}

/** The 32 bytes that two honest runs of one job share: sha2-256 of the dag-cbor map of the parts that `include` names. */
export function resultDigest(parts: ResultParts, include: JobSpec['verify']['include']): Uint8Array {
  const all = { exitCode: parts.exitCode ?? null, stdout: parts.stdout, outputs: parts.outputs }
  return sha256(encode(Object.fromEntries(include.map(name => [name, all[name]]))))
}
