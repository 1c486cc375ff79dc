import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { TooLargeError } from '../../protocols/common/errors.ts'
import type { Hex } from '../../protocols/common/values.ts'
import { LOG_LIMITS, type LogChunk, type LogStream, logNext, logStart } from '../../protocols/logs/chain.ts'
import type { AbortOptions } from '../components.ts'

/** Record header on disk: kind (1 stdout, 2 stderr, 3 end) and length, big-endian. Zeros are what a power cut leaves. */
const HEADER_BYTES = 5
const KINDS = { stdout: 1, stderr: 2 } as const
const END = 3

/** Kept free at the end of stderr for the lines that say what was cut: two of under 100 bytes. */
const NOTICE_BYTES = 256

interface Entry {
  stream: LogStream
  offset: number
  length: number
}

/**
 * The output of one job as numbered chunks in a file: the provider writes it while the job runs, the creator keeps its
 * copy in the same form. Small writes are joined until somebody reads, so that a chatty program costs few chunks.
 */
export class LogStore {
  readonly #fd: number
  readonly #entries: Entry[] = []
  readonly #kept = { stdout: 0, stderr: 0 }
  #size = 0
  #open: { stream: LogStream; parts: Uint8Array[]; length: number } | undefined
  #link: Uint8Array
  #ended = false
  #closed = false
  readonly #noticed = new Set<LogStream>()
  #waiters = new Set<() => void>()

  constructor(path: string, deal: Hex) {
    this.#link = logStart(deal)
    this.#fd = openSync(path, 'a+', 0o600)
    this.#load()
    if (!this.#ended) ftruncateSync(this.#fd, this.#size)
  }

  /** chunks sealed so far, and whether there will be no more */
  get count(): number {
    return this.#entries.length
  }

  get ended(): boolean {
    return this.#ended
  }

  /** the file is closed: nothing can be added or read any more */
  get closed(): boolean {
    return this.#closed
  }

  /** last link of the hash chain over the sealed chunks */
  get root(): Uint8Array {
    return this.#link
  }

  /** Adds what the program wrote; what exceeds the stream's limit is dropped, and a line on stderr says so. */
  append(stream: LogStream, bytes: Uint8Array): boolean {
    const reserve = stream === 'stderr' ? NOTICE_BYTES : 0
    const fits = this.#keep(stream, bytes, LOG_LIMITS.streamBytes - reserve)
    if (!fits && !this.#noticed.has(stream)) {
      this.#noticed.add(stream)
      this.#keep('stderr', notice(stream), LOG_LIMITS.streamBytes)
    }
    return fits
  }

  /** Adds what is known to be the rest of a stream, from a result that was verified. */
  complete(stream: LogStream, bytes: Uint8Array): void {
    this.#keep(stream, bytes, LOG_LIMITS.streamBytes)
  }

  /** Adds a chunk received from another store, with its number. */
  appendChunk(chunk: LogChunk): void {
    if (this.#ended || this.#closed) return
    this.#seal()
    if (chunk.seq !== this.#entries.length) return
    if (this.#kept[chunk.stream] + chunk.bytes.byteLength > LOG_LIMITS.streamBytes) {
      throw new TooLargeError(`${chunk.stream} of the job`, this.#kept[chunk.stream], LOG_LIMITS.streamBytes)
    }
    this.#keep(chunk.stream, chunk.bytes, LOG_LIMITS.streamBytes)
    this.#seal()
  }

  /** No more output will come. */
  end(): void {
    if (this.#ended || this.#closed) return
    this.#seal()
    this.#ended = true
    writeSync(this.#fd, header(END, 0))
    this.#wake()
  }

  /** Sealed chunks from a number on, as many as fit one reply. */
  read(from: number, maxBytes: number = LOG_LIMITS.replyBytes): LogChunk[] {
    if (this.#closed) return []
    this.#seal()
    const chunks: LogChunk[] = []
    let bytes = 0
    for (let seq = from; seq < this.#entries.length && chunks.length < LOG_LIMITS.replyChunks; seq++) {
      const entry = this.#entries[seq]
      if (entry === undefined || bytes + entry.length > maxBytes) break
      bytes += entry.length
      chunks.push({ seq, stream: entry.stream, bytes: this.#bytesOf(entry) })
    }
    return chunks
  }

  /** Resolves when there is a chunk `from`, the log has ended, the time is over or the signal fires. */
  async wait(from: number, ms: number, options: AbortOptions = {}): Promise<void> {
    const { signal } = options
    if (this.#has(from) || signal?.aborted === true) return
    await new Promise<void>(resolve => {
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        this.#waiters.delete(check)
        resolve()
      }
      const check = () => {
        if (this.#has(from)) done()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done)
      this.#waiters.add(check)
    })
  }

  /** All kept bytes of one stream; none once closed. */
  bytes(stream: LogStream): Uint8Array {
    if (this.#closed) return new Uint8Array(0)
    this.#seal()
    return Buffer.concat(this.#entries.filter(e => e.stream === stream).map(e => this.#bytesOf(e)))
  }

  /** Output that nobody has read yet is written first. The number of a closed file may be another file's soon. */
  close(): void {
    if (this.#closed) return
    this.#seal()
    this.#closed = true
    this.#wake()
    closeSync(this.#fd)
  }

  #has(from: number): boolean {
    if (this.#ended || this.#closed) return true
    return this.#entries.length > from || (this.#open !== undefined && this.#entries.length >= from)
  }

  /** Whether all of it fitted. */
  #keep(stream: LogStream, bytes: Uint8Array, limit: number): boolean {
    if (this.#ended || this.#closed) return false
    const room = Math.max(0, limit - this.#kept[stream])
    const kept = bytes.byteLength > room ? bytes.subarray(0, room) : bytes
    this.#kept[stream] += kept.byteLength
    for (let i = 0; i < kept.byteLength; i += LOG_LIMITS.chunkBytes) {
      this.#add(stream, kept.subarray(i, i + LOG_LIMITS.chunkBytes))
    }
    if (kept.byteLength > 0) this.#wake()
    return kept.byteLength === bytes.byteLength
  }

  #add(stream: LogStream, bytes: Uint8Array): void {
    const fits = this.#open?.stream === stream && this.#open.length + bytes.byteLength <= LOG_LIMITS.chunkBytes
    if (!fits) this.#seal()
    this.#open ??= { stream, parts: [], length: 0 }
    // a copy: the caller may reuse its buffer
    this.#open.parts.push(Uint8Array.from(bytes))
    this.#open.length += bytes.byteLength
  }

  #seal(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const bytes = Buffer.concat(open.parts)
    writeSync(this.#fd, Buffer.concat([header(KINDS[open.stream], bytes.byteLength), bytes]))
    this.#push(open.stream, bytes)
  }

  #push(stream: LogStream, bytes: Uint8Array): void {
    const seq = this.#entries.length
    this.#entries.push({ stream, offset: this.#size + HEADER_BYTES, length: bytes.byteLength })
    this.#size += HEADER_BYTES + bytes.byteLength
    this.#link = logNext(this.#link, { seq, stream, bytes })
  }

  #bytesOf(entry: Entry): Uint8Array {
    const bytes = new Uint8Array(entry.length)
    readSync(this.#fd, bytes, 0, entry.length, entry.offset)
    return bytes
  }

  /** Rebuilds the index; a record that a crash cut off is left out. */
  #load(): void {
    const total = fstatSync(this.#fd).size
    const head = Buffer.alloc(HEADER_BYTES)
    while (this.#size + HEADER_BYTES <= total) {
      readSync(this.#fd, head, 0, HEADER_BYTES, this.#size)
      const kind = head.readUInt8(0)
      const length = head.readUInt32BE(1)
      if (kind === END) {
        this.#ended = true
        return
      }
      if (kind !== KINDS.stdout && kind !== KINDS.stderr) return
      if (this.#size + HEADER_BYTES + length > total || length > LOG_LIMITS.chunkBytes) return
      const stream: LogStream = kind === KINDS.stdout ? 'stdout' : 'stderr'
      const offset = this.#size + HEADER_BYTES
      this.#kept[stream] += length
      this.#push(stream, this.#bytesOf({ stream, offset, length }))
    }
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter()
  }
}

/** stderr is not compared between runs, so the line may stand there without making results differ. */
function notice(stream: LogStream): Uint8Array {
  const text = `\n[${stream} goes on; what is past ${LOG_LIMITS.streamBytes} bytes is not kept]\n`
  return new TextEncoder().encode(text)
}

function header(kind: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt8(kind, 0)
  bytes.writeUInt32BE(length, 1)
  return bytes
}
