import type { Socket } from 'node:net'
import { encodeFrame } from './frames.ts'
import {
  CREDIT_BYTES,
  DIRECTORY_BYTES,
  type FromSandbox,
  type FromServing,
  PIECE_BYTES,
  type SandboxEnd,
  type SandboxRequest,
  type ToSandbox
} from './messages.ts'

/** Answer of the node to a request: an error for the program, or a value with bytes. */
export interface Reply {
  error?: string
  value?: unknown
  body: Uint8Array
}

/** A sandbox's end of the socket: requests with answers, logs and writes under credit. */
export class SandboxChannel {
  readonly #socket: Socket
  readonly #onPassed: (bytes: number) => void
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  readonly #forCredit: (() => void)[] = []
  readonly #forLogs: { calls: number; done: () => void }[] = []
  #nextId = 1
  #unacked = 0
  #logCalls = 0
  #pieces: Uint8Array[] = []
  #pieceBytes = 0
  #stream: 'stdout' | 'stderr' = 'stdout'
  #ended = false

  /** @param onPassed told of bytes that went through */
  constructor(socket: Socket, onPassed: (bytes: number) => void = () => undefined) {
    this.#socket = socket
    this.#onPassed = onPassed
  }

  send(message: FromSandbox | FromServing, body?: Uint8Array): void {
    if (this.#ended) return
    const frame = encodeFrame(message, body)
    this.#onPassed(frame.byteLength)
    this.#socket.write(frame)
  }

  receive(message: ToSandbox, body: Uint8Array): void {
    if (message.type === 'ack') {
      this.#unacked -= message.bytes
      if (this.#unacked < CREDIT_BYTES) for (const done of this.#forCredit.splice(0)) done()
    } else if (message.type === 'reply') {
      this.#waiting.get(message.id)?.({ ...message, body })
      this.#waiting.delete(message.id)
    }
  }

  request(message: SandboxRequest): Promise<Reply> {
    const id = this.#nextId++
    return new Promise(resolve => {
      this.#waiting.set(id, resolve)
      this.send({ ...message, id })
    })
  }

  /** The module that is to run. @throws Error when the node cannot give it */
  async program(sizeBytes: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(sizeBytes)
    for (let at = 0; at < sizeBytes; ) {
      const { error, body } = await this.request({ type: 'program', offset: at, length: PIECE_BYTES })
      if (error !== undefined || body.byteLength === 0) throw new Error(error ?? 'the program ends early')
      bytes.set(body, at)
      at += body.byteLength
    }
    return bytes
  }

  /** Sends a file's bytes in pieces, at the pace the node takes them. */
  async write(path: string, bytes: Uint8Array, append: boolean): Promise<void> {
    let at = 0
    do {
      const piece = bytes.subarray(at, at + PIECE_BYTES)
      this.send({ type: 'write', path, append: append || at > 0 }, piece)
      at += piece.byteLength
      await this.#spend(piece.byteLength)
    } while (at < bytes.byteLength)
  }

  /** An empty directory among the outputs. */
  async mkdir(path: string): Promise<void> {
    this.send({ type: 'mkdir', path })
    await this.#spend(DIRECTORY_BYTES)
  }

  /** A piece of log; pieces are sent together at the end of the turn, in order across both streams. */
  log(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (stream !== this.#stream) this.#flush()
    this.#stream = stream
    if (this.#pieces.length === 0) setImmediate(() => this.#flush())
    this.#pieces.push(bytes)
    this.#pieceBytes += bytes.byteLength
    this.#logCalls += 1
    if (this.#pieceBytes >= PIECE_BYTES) this.#flush()
    if (this.#forLogs.length > 0) this.#wakeDrains()
  }

  /** Resolves when `calls` pieces of log have arrived here from the isolate and the node is not behind. */
  async drained(calls: number): Promise<void> {
    if (this.#logCalls < calls) await new Promise<void>(done => this.#forLogs.push({ calls, done }))
    this.#flush()
    await this.#spend(0)
  }

  /** Answers of slices, one line each. */
  results(lines: readonly string[]): void {
    const body = Buffer.from(lines.join('\n'))
    this.send({ type: 'results', count: lines.length }, body)
    this.#unacked += body.byteLength
  }

  /** Resolves when the node is not behind. */
  async credit(): Promise<void> {
    await this.#spend(0)
  }

  end(message: SandboxEnd): void {
    this.#flush()
    this.send(message)
    this.#ended = true
  }

  #wakeDrains(): void {
    for (const waiter of this.#forLogs.splice(0)) {
      if (this.#logCalls >= waiter.calls) waiter.done()
      else this.#forLogs.push(waiter)
    }
  }

  #flush(): void {
    if (this.#pieces.length === 0) return
    const bytes = Buffer.concat(this.#pieces.splice(0))
    this.#pieceBytes = 0
    this.send({ type: 'log', stream: this.#stream }, bytes)
    this.#unacked += bytes.byteLength
  }

  async #spend(bytes: number): Promise<void> {
    this.#unacked += bytes
    while (this.#unacked >= CREDIT_BYTES) await new Promise<void>(done => this.#forCredit.push(done))
  }
}
