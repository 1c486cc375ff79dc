import { encode } from '../common/cbor.ts'
import { sha256 } from '../common/hash.ts'
import { fromHex, type Hex } from '../common/values.ts'

export type LogStream = 'stdout' | 'stderr'

/** A piece of a job's output, numbered from 0. */
export interface LogChunk {
  seq: number
  stream: LogStream
  bytes: Uint8Array
}

export const LOG_LIMITS = {
  /** each of the two streams; what comes later is dropped, so that the kept part is the same wherever the job runs */
  streamBytes: 8 * 1024 * 1024,
  /** one chunk */
  chunkBytes: 32 * 1024,
  /** one reply */
  replyBytes: 256 * 1024,
  /** chunks in one reply */
  replyChunks: 1024,
  /** how long a reply waits for output before it comes back empty */
  waitMs: 15_000
} as const

/** Where the chain of a deal starts, so that no two deals share a prefix. */
export function logStart(deal: Hex): Uint8Array {
  return sha256(fromHex(deal))
}

/** The next link: whoever knows a link knows everything before it. The last one is the manifest's `logRoot`. */
export function logNext(link: Uint8Array, chunk: LogChunk): Uint8Array {
  return sha256(link, encode([chunk.seq, chunk.stream === 'stdout' ? 1 : 2, chunk.bytes]))
}
