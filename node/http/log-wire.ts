import { isUtf8 } from 'node:buffer'
import type { LogChunk } from './api.ts'
import type { LogLine } from './views.ts'

/** Text where the bytes are UTF-8, so that people can read the stream; base64 where not, so that nothing is lost. */
export function toLogLine({ seq, at, stream, bytes }: LogChunk): LogLine {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer)
    ? { seq, at, stream, text: buffer.toString('utf8') }
    : { seq, at, stream, base64: buffer.toString('base64') }
}

export function fromLogLine({ seq, at, stream, text, base64 }: LogLine): LogChunk {
  return {
    seq,
    at,
    stream,
    bytes: Uint8Array.from(Buffer.from(text ?? base64 ?? '', text === undefined ? 'base64' : 'utf8'))
  }
}
