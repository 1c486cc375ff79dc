import type { Stream } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { CarReader } from '../../../protocols/data/car-reader.ts'
import { lengthPrefixed } from '../../../protocols/data/car-writer.ts'
import { ReceiveCredit } from '../../../protocols/data/credit.ts'
import { CarViolationError } from '../../../protocols/data/errors.ts'
import { CAR_LIMITS, CAR_PROTOCOL } from '../../../protocols/data/limits.ts'
import { encodeControl } from '../../../protocols/data/messages.ts'
import { withDeadline } from '../../network/deadline.ts'
import { toStreamError } from '../../network/errors.ts'
import { type Dialer, open } from '../../network/streams.ts'
import type { Source } from '../storage.ts'
import { CarCutError, CarEndedError, CarUnknownError } from './errors.ts'

const DIAL_TIMEOUT_MS = 10_000
/** A peer that has sent nothing at all is given up sooner: there is another way to ask it. */
const FIRST_BYTES_MS = 10_000
const CHECK_MS = 250
/** The peer closes its side after ours; a stream that stays half open would count against both. */
const CLOSE_MS = 5_000

export interface CarStreamInit {
  /** a block that came, not yet checked; `done` when its bytes are dealt with. What it throws ends the stream */
  onBlock: (cid: CID, bytes: Uint8Array, done: () => void) => void
  /** something is still to come */
  isWaiting: () => boolean
  signal: AbortSignal
  stallMs: number
}

/** One stream, seen from the receiver. */
export interface CarStream {
  /** asks for these, at least one; to be called once */
  start(wants: readonly CID[]): void
  want(cid: CID): void
  skip(cid: CID): void
  /** what ended it; never rejects */
  readonly ended: Promise<unknown>
  /** @param isDone all has come: the stream is closed in order */
  close(isDone: boolean): void
}

/** @throws PeerUnreachableError, CarUnknownError */
export async function openCarStream(libp2p: Dialer, from: Source, init: CarStreamInit): Promise<CarStream> {
  const stream = await withDeadline('dial', DIAL_TIMEOUT_MS, init.signal, signal =>
    open(libp2p, from, CAR_PROTOCOL, signal)
  ).catch(error => {
    const { cause } = error as Error
    const isUnknown = cause instanceof Error && cause.name === 'UnsupportedProtocolError'
    throw isUnknown ? new CarUnknownError(cause) : error
  })
  return new Receiver(stream, init)
}

class Receiver implements CarStream {
  readonly ended: Promise<unknown>
  readonly #stream: Stream
  readonly #init: CarStreamInit
  readonly #reader = new CarReader()
  readonly #credit = new ReceiveCredit()
  readonly #end: (why: unknown) => void
  readonly #watchdog: NodeJS.Timeout
  #wants: CID[] = []
  #skips: CID[] = []
  /** what the header must name */
  #roots: readonly CID[] = []
  #isScheduled = false
  #isOver = false
  /** bytes of whole blocks that are not dealt with: while there are any, silence is our own doing */
  #busyBytes = 0
  #heardAt = performance.now()

  constructor(stream: Stream, init: CarStreamInit) {
    this.#stream = stream
    this.#init = init
    const ended = Promise.withResolvers<unknown>()
    this.ended = ended.promise
    this.#end = ended.resolve
    this.#watchdog = setInterval(() => this.#watch(), Math.min(CHECK_MS, init.stallMs))
    this.#watchdog.unref()
    init.signal.addEventListener('abort', this.#onAbort, { once: true })
    stream.addEventListener('message', this.#onMessage)
    stream.addEventListener('remoteCloseWrite', this.#onEnd)
    stream.addEventListener('close', this.#onEnd)
  }

  start(wants: readonly CID[]): void {
    this.#wants.push(...wants)
    this.#roots = this.#wants.slice(0, CAR_LIMITS.wants)
    this.#tell()
  }

  want(cid: CID): void {
    this.#wants.push(cid)
    this.#schedule()
  }

  skip(cid: CID): void {
    this.#skips.push(cid)
    this.#schedule()
  }

  close(isDone: boolean): void {
    if (this.#isOver) return
    this.#finish(new CarCutError('closed'))
    if (!isDone) {
      this.#stream.abort(new CarCutError('closed'))
      return
    }
    this.#stream.close({ signal: AbortSignal.timeout(CLOSE_MS) }).catch(() => undefined)
    setTimeout(() => this.#stream.abort(new CarCutError('not closed by the peer')), CLOSE_MS).unref()
  }

  /** Whatever the reason, it is ours and not the peer's. */
  readonly #onAbort = (): void => this.#stop(new CarCutError('given up', this.#init.signal.reason))

  readonly #onEnd = (event: Event): void => {
    const { error } = event as Event & { error?: unknown }
    this.#stop(new CarCutError(error instanceof Error ? error.message : 'the stream ended early', error))
  }

  readonly #onMessage = ({ data }: { data: Uint8Array | Iterable<Uint8Array> }): void => {
    this.#heardAt = performance.now()
    try {
      for (const chunk of data instanceof Uint8Array ? [data] : data) this.#take(chunk)
    } catch (reason) {
      this.#stop(toStreamError(reason, CAR_PROTOCOL, CAR_LIMITS.blockBytes))
    }
  }

  #take(chunk: Uint8Array): void {
    if (this.#isOver) return
    this.#credit.receive(chunk.byteLength)
    for (const part of this.#reader.push(chunk)) {
      if (part.kind === 'end') throw new CarEndedError(part.end)
      if (part.kind === 'header') {
        this.#checkRoots(part.roots)
        this.#credit.consume(part.wireBytes)
      } else {
        this.#busyBytes += part.wireBytes
        this.#init.onBlock(part.cid, part.bytes, () => this.#done(part.wireBytes))
      }
    }
  }

  #done(wireBytes: number): void {
    this.#busyBytes -= wireBytes
    this.#heardAt = performance.now()
    this.#credit.consume(wireBytes)
    if (this.#credit.isDue) this.#schedule()
  }

  #checkRoots(roots: readonly CID[]): void {
    const expected = this.#roots
    if (roots.length === expected.length && roots.every((root, i) => root.equals(expected[i]))) return
    throw new CarViolationError('a header that names other roots')
  }

  /** What is said in one turn goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#isOver) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (!this.#isOver) this.#tell()
    })
  }

  #tell(): void {
    try {
      do {
        const want = this.#wants.splice(0, CAR_LIMITS.wants)
        const skip = this.#skips.splice(0, CAR_LIMITS.skips)
        this.#stream.send(lengthPrefixed(encodeControl({ consumed: this.#credit.tell(), want, skip })))
      } while (this.#wants.length > 0 || this.#skips.length > 0)
    } catch (reason) {
      this.#stop(toStreamError(reason, CAR_PROTOCOL, CAR_LIMITS.blockBytes))
    }
  }

  #watch(): void {
    if (this.#busyBytes > 0 || !this.#init.isWaiting()) return
    const { stallMs } = this.#init
    const patienceMs = this.#credit.received === 0 ? Math.min(FIRST_BYTES_MS, stallMs) : stallMs
    if (performance.now() - this.#heardAt <= patienceMs) return
    this.#stop(new CarCutError(`nothing came for ${Math.round(patienceMs / 1000)} s`))
  }

  #stop(why: unknown): void {
    if (this.#isOver) return
    this.#finish(why)
    this.#stream.abort(why instanceof Error ? why : new CarCutError(String(why)))
  }

  #finish(why: unknown): void {
    this.#isOver = true
    clearInterval(this.#watchdog)
    this.#init.signal.removeEventListener('abort', this.#onAbort)
    this.#stream.removeEventListener('message', this.#onMessage)
    this.#stream.removeEventListener('remoteCloseWrite', this.#onEnd)
    this.#stream.removeEventListener('close', this.#onEnd)
    this.#end(why)
  }
}
