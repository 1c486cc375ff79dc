import type { CID } from 'multiformats/cid'
import { sha256 } from '../../../protocols/common/hash.ts'
import { compareBytes } from '../../../protocols/common/values.ts'
import { CarViolationError } from '../../../protocols/data/errors.ts'
import { Expected } from '../../../protocols/data/expected.ts'
import { nodeKey } from '../../../protocols/data/node-key.ts'
import { pause } from '../../network/deadline.ts'
import { isBadPeerError } from '../../network/errors.ts'
import { parseNode } from '../dag.ts'
import { limiter } from '../lock.ts'
import type { Source } from '../storage.ts'
import { type CarStream, openCarStream } from './car-stream.ts'
import { CarCutError, CarEndedError, CarUnknownError, PeerBusyError } from './errors.ts'
import type { CarPlaces } from './places.ts'

/** Blocks written at the same time: more gives 5 %, one at a time halves the speed. */
const PUTS = 8
/** Streams in a row that bring nothing before the peer is given up on this path. */
const IDLE_STREAMS = 2
/** Streams for one DAG: a link that breaks this often carries bitswap no better, but bitswap has limits of its own. */
const MAX_STREAMS = 64
const RETRY_MS = 200

export interface CarComponents {
  libp2p: Parameters<typeof openCarStream>[0]
  /** keeps a block that was checked */
  store(cid: CID, bytes: Uint8Array): Promise<unknown>
  places: CarPlaces
  /** the peer did what no honest peer does */
  strike(peer: string): void
}

interface Held {
  cid: CID
  bytes: Uint8Array
  done: () => void
}

/**
 * Gets the blocks of a DAG from one peer by `/dcn/car/1.0.0`. What the peer sends before it was asked for waits here, within the
 * window; a cut is followed by a new stream that asks for what is missing.
 */
export class CarSource {
  readonly #c: CarComponents
  readonly #from: Source
  readonly #signal: AbortSignal
  readonly #stallMs: number
  readonly #expected = new Expected()
  readonly #waiting = new Map<string, PromiseWithResolvers<Uint8Array>>()
  readonly #held = new Map<string, Held>()
  readonly #puts = limiter(PUTS)
  #stream: CarStream | undefined
  #running: Promise<void> | undefined
  #failure: unknown
  #isClosed = false
  #arrived = 0

  constructor(c: CarComponents, from: Source, signal: AbortSignal, stallMs: number) {
    this.#c = c
    this.#from = from
    this.#signal = signal
    this.#stallMs = stallMs
  }

  /** @throws what ended the transfer; later calls fail at once */
  get(cid: CID): Promise<Uint8Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const key = nodeKey(cid)
    const waiter = Promise.withResolvers<Uint8Array>()
    const held = this.#held.get(key)
    if (held !== undefined) {
      this.#held.delete(key)
      this.#hand(held, waiter)
      return waiter.promise
    }
    this.#waiting.set(key, waiter)
    if (this.#expected.want(cid)) this.#stream?.want(cid)
    this.#running ??= this.#run()
    return waiter.promise
  }

  /** The block is here: it need not be sent. */
  found(cid: CID): void {
    if (this.#expected.found(cid)) this.#stream?.skip(cid)
    const key = nodeKey(cid)
    this.#held.get(key)?.done()
    this.#held.delete(key)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stream?.close(this.#expected.isEmpty)
    this.#fail(new CarCutError('closed'))
  }

  /** One stream after another, until all has come or no more will. */
  async #run(): Promise<void> {
    let idle = 0
    try {
      for (let streams = 0; !this.#isClosed && !this.#expected.isEmpty; streams++) {
        const before = this.#arrived
        const why = await this.#runStream()
        if (isBadPeerError(why)) this.#c.strike(this.#from.peer)
        if (this.#isClosed || this.#expected.isEmpty) break
        idle = this.#arrived > before ? 0 : idle + 1
        if (isFinal(why) || idle >= IDLE_STREAMS || streams >= MAX_STREAMS) throw why
        await pause(RETRY_MS * idle, this.#signal)
        this.#signal.throwIfAborted()
      }
      this.#running = undefined
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Why the stream ended. */
  async #runStream(): Promise<unknown> {
    const place = this.#c.places.take(this.#from.peer)
    if (place === undefined) return new PeerBusyError(this.#from.peer)
    try {
      const stream = await openCarStream(this.#c.libp2p, this.#from, {
        onBlock: (cid, bytes, done) => this.#onBlock(cid, bytes, done),
        isWaiting: () => !this.#expected.isEmpty,
        signal: this.#signal,
        stallMs: this.#stallMs
      })
      if (this.#isClosed) stream.close(false)
      this.#stream = stream
      this.#expected.restart()
      stream.start(this.#expected.pending)
      return await stream.ended
    } catch (error) {
      return error
    } finally {
      this.#stream = undefined
      place.free()
    }
  }

  /** @throws CarViolationError */
  #onBlock(cid: CID, bytes: Uint8Array, done: () => void): void {
    if (compareBytes(sha256(bytes), cid.multihash.digest) !== 0) {
      throw new CarViolationError('a block that its CID does not name', { field: 'cid', value: cid.toString() })
    }
    const isNew = this.#expected.arrive(cid) === 'new'
    // of a known one too: whoever sent it before our word came sends what it links to as well
    for (const link of linksOf(cid, bytes)) if (this.#expected.link(link) === 'skip') this.#stream?.skip(link)
    if (!isNew) {
      done()
      return
    }
    this.#arrived++
    const key = nodeKey(cid)
    const waiter = this.#waiting.get(key)
    this.#waiting.delete(key)
    if (waiter === undefined) this.#held.set(key, { cid, bytes, done })
    else this.#hand({ cid, bytes, done }, waiter)
  }

  /** Stores and gives a block; only then may the peer send more in its place. */
  #hand({ cid, bytes, done }: Held, waiter: PromiseWithResolvers<Uint8Array>): void {
    this.#puts(() => this.#c.store(cid, bytes))
      .then(() => waiter.resolve(bytes), waiter.reject)
      .finally(done)
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    for (const waiter of this.#waiting.values()) waiter.reject(this.#failure)
    this.#waiting.clear()
    this.#held.clear()
  }
}

/** Whoever asked for the block says what is wrong with it. */
function linksOf(cid: CID, bytes: Uint8Array): CID[] {
  try {
    return parseNode(cid, bytes).children.map(child => child.cid)
  } catch {
    return []
  }
}

/** Another stream would end in the same way. */
function isFinal(why: unknown): boolean {
  if (why instanceof CarEndedError) return why.isFinal
  return isBadPeerError(why) || why instanceof PeerBusyError || why instanceof CarUnknownError
}
