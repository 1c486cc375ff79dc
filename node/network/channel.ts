import type { Stream } from '@libp2p/interface'
import { TooLargeError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import type { DialTarget } from './addresses.ts'
import { withDeadline } from './deadline.ts'
import { ProtocolViolationError, RequestTimeoutError, StreamFailedError, toStreamError } from './errors.ts'
import { type HandleLimits, handleStream, type Registrar } from './handle.ts'
import { type Dialer, frames, open } from './streams.ts'

/** Messages a sender may have unread at the other side. Memory per stream is this times the message cap. */
const WINDOW = 8
/** A sign of life this often per idle time, so that one lost in a stall does not end the stream. */
const HEARTBEATS_PER_IDLE = 3

/** First byte of a frame. */
const FRAME = { data: 0, ack: 1, beat: 2, end: 3 } as const

export interface ChannelLimits {
  maxMessageBytes: number
  /** the channel fails when nothing at all, not even a heartbeat, came for this long */
  idleMs: number
}

/**
 * Messages both ways over one stream, in order, with backpressure: `send` waits while the reader is 8 messages behind. Iterate
 * once to receive; the iteration ends when the other side closed, and throws when the stream failed.
 */
export interface Channel extends AsyncIterable<Uint8Array> {
  send(bytes: Uint8Array, options?: AbortOptions): Promise<void>
  /** tells the other side that no more comes; what was sent is still delivered */
  close(): Promise<void>
  abort(error: Error): void
}

/** Opens a channel to a peer. `timeoutMs` is for the dial. */
export async function openStream(
  libp2p: Dialer,
  target: DialTarget,
  protocol: string,
  options: ChannelLimits & AbortOptions & { timeoutMs: number }
): Promise<Channel> {
  const stream = await withDeadline(protocol, options.timeoutMs, options.signal, s => open(libp2p, target, protocol, s))
  return new FrameChannel(stream, protocol, options, options.signal)
}

/** Serves channels. The channel is closed when `serve` returns and aborted when it throws. */
export function handleChannel(
  libp2p: Registrar,
  protocol: string,
  limits: HandleLimits & ChannelLimits,
  serve: (channel: Channel, peer: string, context: { signal: AbortSignal }) => Promise<void>
): Promise<() => Promise<void>> {
  return handleStream(libp2p, protocol, limits, limits.maxMessageBytes, async (stream, peer, signal) => {
    const channel = new FrameChannel(stream, protocol, limits, signal)
    await serve(channel, peer, { signal })
    await channel.close()
    await channel.ended
  })
}

class FrameChannel implements Channel {
  /** settles, without an error, when nothing is left to do */
  readonly ended: Promise<void>
  readonly #stream: Stream
  readonly #protocol: string
  readonly #limits: ChannelLimits
  readonly #signal: AbortSignal | undefined
  readonly #messages: ReturnType<typeof frames>
  readonly #inbox: Uint8Array[] = []
  readonly #onAbort = (): void => this.abort(asError(this.#signal?.reason))
  readonly #beat: NodeJS.Timeout
  #credits = WINDOW
  #closed = false
  #remoteEnded = false
  #error: Error | undefined
  #wake = Promise.withResolvers<void>()

  constructor(stream: Stream, protocol: string, limits: ChannelLimits, signal?: AbortSignal) {
    this.#stream = stream
    this.#protocol = protocol
    this.#limits = limits
    this.#signal = signal
    const frameBytes = limits.maxMessageBytes + 1
    // a whole window may arrive before the first of it is read
    this.#messages = frames(stream, frameBytes, WINDOW * frameBytes)
    this.#beat = setInterval(() => this.#write(FRAME.beat), limits.idleMs / HEARTBEATS_PER_IDLE)
    this.#beat.unref()
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    this.ended = this.#pump()
  }

  async send(bytes: Uint8Array, options: AbortOptions = {}): Promise<void> {
    if (bytes.byteLength > this.#limits.maxMessageBytes) {
      throw new TooLargeError(`message of ${this.#protocol} (bytes)`, bytes.byteLength, this.#limits.maxMessageBytes)
    }
    while (this.#credits === 0) {
      this.#throwIfOver()
      await this.#woken(options.signal)
    }
    this.#throwIfOver()
    options.signal?.throwIfAborted()
    this.#credits--
    this.#write(FRAME.data, bytes)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#write(FRAME.end)
    this.#notify()
    if (this.#remoteEnded) await this.#finish()
  }

  abort(error: Error): void {
    if (this.#error !== undefined) return
    this.#error = error
    this.#stream.abort(error)
    this.#notify()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (true) {
      const next = this.#inbox.shift()
      if (next !== undefined) {
        yield next
        // acknowledged once the reader asks for more: it has dealt with this one
        this.#write(FRAME.ack)
        continue
      }
      if (this.#remoteEnded) return
      if (this.#error !== undefined) throw this.#error
      await this.#woken()
    }
  }

  /** Reads frames until both sides are done. */
  async #pump(): Promise<void> {
    try {
      while (!(this.#remoteEnded && this.#closed)) {
        const frame = await withDeadline(this.#protocol, this.#limits.idleMs, undefined, signal =>
          this.#messages.read({ signal })
        )
        this.#accept(frame.subarray())
        this.#notify()
      }
      await this.#finish()
    } catch (reason) {
      // after both ends said so, a torn stream is only a fast goodbye
      if (!(this.#remoteEnded && this.#closed)) {
        this.abort(toStreamError(reason, this.#protocol, this.#limits.maxMessageBytes))
      }
    } finally {
      clearInterval(this.#beat)
      this.#signal?.removeEventListener('abort', this.#onAbort)
      this.#notify()
    }
  }

  #accept(frame: Uint8Array): void {
    const type = frame[0]
    if (type === FRAME.data) {
      if (this.#inbox.length >= WINDOW || this.#remoteEnded) throw new ProtocolViolationError('message without credit')
      this.#inbox.push(frame.slice(1))
    } else if (type === FRAME.ack) {
      if (this.#credits >= WINDOW) throw new ProtocolViolationError('acknowledgement without a message')
      this.#credits++
    } else if (type === FRAME.end) {
      this.#remoteEnded = true
    } else if (type !== FRAME.beat) {
      throw new ProtocolViolationError('unknown frame', { value: type })
    }
  }

  /** Never waits for drain: at most 8 messages and a few small frames can be queued. */
  #write(type: number, bytes: Uint8Array = new Uint8Array(0)): void {
    if (this.#error !== undefined || this.#stream.writeStatus !== 'writable') return
    const frame = new Uint8Array(1 + bytes.byteLength)
    frame[0] = type
    frame.set(bytes, 1)
    void this.#messages.write(frame).catch(reason => this.abort(toStreamError(reason, this.#protocol, 0)))
  }

  async #finish(): Promise<void> {
    await this.#stream.close({ signal: AbortSignal.timeout(this.#limits.idleMs) })
  }

  #throwIfOver(): void {
    if (this.#error !== undefined) throw this.#error
    if (this.#closed) throw new StreamFailedError(this.#protocol, new Error('the channel is closed'))
  }

  #notify(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers<void>()
  }

  async #woken(signal?: AbortSignal): Promise<void> {
    const { promise } = this.#wake
    if (signal === undefined) return promise
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await Promise.race([promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new RequestTimeoutError('stream', 0, reason)
}
