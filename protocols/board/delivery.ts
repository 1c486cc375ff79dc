import type { CID } from 'multiformats/cid'
import { type Hex, toHex } from '../common/values.ts'
import type { Outcome } from '../job/schema.ts'
import type { BoardRun } from './types.ts'

/** The board's numbers; how a run ended otherwise is paid by nobody. */
export const BOARD_OUTCOMES: readonly Outcome[] = ['exited', 'timeout', 'out-of-memory', 'disk-full']

/** CIDv1 of a dag-cbor block, sha2-256, 32 bytes. */
const SPEC_CID = [0x01, 0x71, 0x12, 0x20] as const
const CID_BYTES = 36
/** A specification of this size goes into the request itself. */
export const BLOCK_MAX_BYTES = 4096

/** The digest in what a request names: a CID; undefined when it is the specification's block. */
export function cidOfJob(job: Uint8Array): Uint8Array | undefined {
  const isCid = job.byteLength === CID_BYTES && SPEC_CID.every((byte, i) => job[i] === byte)
  return isCid ? job : undefined
}

/** What the board is told of a run; undefined for one that it does not take. */
export function runOf(
  manifest: { outcome: Outcome; exitCode?: number | undefined; stdout: CID; outputs: CID },
  salt: Hex
): BoardRun | undefined {
  const outcome = BOARD_OUTCOMES.indexOf(manifest.outcome)
  if (outcome < 0) return undefined
  return {
    outcome,
    exitCode: manifest.exitCode ?? 0,
    stdoutCodec: manifest.stdout.code,
    stdout: toHex(manifest.stdout.multihash.digest),
    outputs: toHex(manifest.outputs.multihash.digest),
    salt
  }
}

/** The nonce of the deal for a request: the id itself, whose lowest eight bits number attempts. */
export const nonceOfRequest = (id: Hex): Hex => id
