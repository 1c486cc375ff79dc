import { z } from 'zod'
import { decodeCanonical, encode } from '../common/cbor.ts'
import { parse, toWire } from '../common/parse.ts'
import { bytes32, bytesUpTo, uint } from '../common/values.ts'
import { LOG_LIMITS } from './chain.ts'

/**
 * Live logs, pulled by the creator: a request names the first chunk it lacks, the reply comes as soon as there is output,
 * or empty after a while. One message in flight bounds the memory of both sides; asking again from the same number
 * resumes after any break. See docs/logs.md.
 */
export const LOGS_PROTOCOL = '/dcn/logs/1.0.0'
export const LOGS_REQUEST_MAX_BYTES = 256

export const logsRequest = z.strictObject({ deal: bytes32, from: uint, waitMs: uint.max(LOG_LIMITS.waitMs) })
export type LogsRequest = z.output<typeof logsRequest>

/** an empty chunk would let a reader ask for the same number again and again */
const chunkBytes = bytesUpTo(LOG_LIMITS.chunkBytes).refine(b => b.byteLength > 0, 'expected at least 1 byte')
export const logsReply = z.strictObject({
  chunks: z
    .array(z.strictObject({ seq: uint, stream: z.enum(['stdout', 'stderr']), bytes: chunkBytes }))
    .max(LOG_LIMITS.replyChunks),
  /** no chunk will ever follow the ones up to and including the last of this reply */
  done: z.boolean()
})
export type LogsReply = z.output<typeof logsReply>

const REPLY_MAX = LOG_LIMITS.replyBytes + LOG_LIMITS.replyChunks * 48 + 64

export const encodeLogsRequest = (r: LogsRequest): Uint8Array => encode(toWire(logsRequest, r, 'logs request'))
export const encodeLogsReply = (r: LogsReply): Uint8Array => encode(toWire(logsReply, r, 'logs reply'))
export const decodeLogsRequest = (bytes: Uint8Array): LogsRequest =>
  parse(logsRequest, decodeCanonical(bytes, 'logs request', LOGS_REQUEST_MAX_BYTES), 'logs request')
export const decodeLogsReply = (bytes: Uint8Array): LogsReply =>
  parse(logsReply, decodeCanonical(bytes, 'logs reply', REPLY_MAX), 'logs reply')
export const LOGS_REPLY_MAX_BYTES = REPLY_MAX
