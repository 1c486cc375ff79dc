/**
 * Messages between the node and a sandbox process, over one socket: u32 header length, u32 body length (big-endian),
 * a JSON header, raw bytes. Our own framing rather than Node's IPC channel, because what comes out of a sandbox is
 * hostile: its size is refused before it is buffered, and nothing of it is ever deserialised into objects by V8.
 */
export interface Frame {
  header: unknown
  body: Uint8Array
}

/** Largest header: a job's arguments and environment are at most 64 KiB encoded, JSON escapes at most double them. */
export const MAX_HEADER_BYTES = 512 * 1024
/** Largest body: one piece of an input, an output or a log, or the source of a module. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024
const PREFIX = 8
const EMPTY = new Uint8Array(0)

/** A frame larger than both sides agreed on: the peer is broken or hostile, the channel is of no more use. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

export function encodeFrame(header: object, body: Uint8Array = EMPTY): Uint8Array {
  const head = Buffer.from(JSON.stringify(header))
  if (head.byteLength > MAX_HEADER_BYTES) throw new FrameError(`header of ${head.byteLength} bytes`)
  if (body.byteLength > MAX_BODY_BYTES) throw new FrameError(`body of ${body.byteLength} bytes`)
  const prefix = Buffer.allocUnsafe(PREFIX)
  prefix.writeUInt32BE(head.byteLength, 0)
  prefix.writeUInt32BE(body.byteLength, 4)
  return Buffer.concat([prefix, head, body])
}

/** Cuts a byte stream into frames; holds at most one unfinished frame. */
export class FrameReader {
  #chunks: Uint8Array[] = []
  #held = 0
  #needed = PREFIX;

  /** @throws FrameError for a frame over the limits or a header that is not JSON */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#chunks.push(chunk)
    this.#held += chunk.byteLength
    while (this.#held >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? Buffer.from(chunk) : Buffer.concat(this.#chunks)
      const [frames, rest, needed] = cut(bytes)
      this.#chunks = rest.byteLength === 0 ? [] : [rest]
      this.#held = rest.byteLength
      this.#needed = needed
      yield* frames
    }
  }
}

function cut(bytes: Buffer): [Frame[], Buffer, number] {
  const frames: Frame[] = []
  let at = 0
  for (;;) {
    if (bytes.byteLength - at < PREFIX) return [frames, bytes.subarray(at), PREFIX]
    const head = bytes.readUInt32BE(at)
    const body = bytes.readUInt32BE(at + 4)
    if (head > MAX_HEADER_BYTES || body > MAX_BODY_BYTES) throw new FrameError(`frame of ${head} + ${body} bytes`)
    const end = at + PREFIX + head + body
    if (bytes.byteLength < end) return [frames, bytes.subarray(at), end - at]
    frames.push({
      header: parseHeader(bytes.toString('utf8', at + PREFIX, at + PREFIX + head)),
      body: bytes.subarray(at + PREFIX + head, end)
    })
    at = end
  }
}

function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new FrameError('header is not JSON')
  }
}
