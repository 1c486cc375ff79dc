import type { OnLog } from '../engine.ts'

const HEADER = 8
const STREAMS: Record<number, 'stdout' | 'stderr'> = { 1: 'stdout', 2: 'stderr' }

/**
 * Takes apart the daemon's stream of a container without a terminal: frames of stream number, three zero bytes, u32
 * length, bytes. Passes bytes on as they come, so a frame of any length costs no memory.
 */
export class LogDemuxer {
  readonly #onLog: OnLog
  #header = Buffer.alloc(0)
  #left = 0
  #stream: 'stdout' | 'stderr' = 'stdout'

  constructor(onLog: OnLog) {
    this.#onLog = onLog
  }

  push(chunk: Uint8Array): void {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    while (rest.byteLength > 0) {
      if (this.#left === 0) rest = this.#readHeader(rest)
      if (this.#left === 0) continue
      const piece = rest.subarray(0, this.#left)
      if (piece.byteLength === 0) continue
      this.#onLog(this.#stream, Uint8Array.from(piece))
      this.#left -= piece.byteLength
      rest = rest.subarray(piece.byteLength)
    }
  }

  #readHeader(bytes: Buffer): Buffer {
    const missing = HEADER - this.#header.byteLength
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, missing)])
    if (this.#header.byteLength === HEADER) {
      this.#stream = STREAMS[this.#header[0] ?? 1] ?? 'stdout'
      this.#left = this.#header.readUInt32BE(4)
      this.#header = Buffer.alloc(0)
    }
    return bytes.subarray(missing)
  }
}

/** Feeds a stream of the daemon into a demuxer; resolves when it ends, however it ends. */
export function pumpLogs(stream: NodeJS.ReadableStream, onLog: OnLog): Promise<void> {
  const demuxer = new LogDemuxer(onLog)
  return new Promise(resolve => {
    stream.on('data', chunk => demuxer.push(chunk))
    // an aborted request reports more than one error
    stream.on('error', () => undefined)
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve())
  })
}

/**
 * Passes output on and counts it, so that the same output told again from the start can be passed on from where the first telling
 * ended: a daemon that follows a log may leave out a last line without a line break.
 */
export function counted(onLog: OnLog): { first: OnLog; again: OnLog } {
  const seen = { stdout: 0, stderr: 0 }
  const skip = { stdout: 0, stderr: 0 }
  return {
    first: (stream, chunk) => {
      seen[stream] += chunk.byteLength
      onLog(stream, chunk)
    },
    again: (stream, chunk) => {
      const known = Math.min(seen[stream] - skip[stream], chunk.byteLength)
      skip[stream] += known
      if (known < chunk.byteLength) onLog(stream, chunk.subarray(known))
    }
  }
}
