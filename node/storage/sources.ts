import type { HeliaWithLibp2p } from '@helia/libp2p'
import { peerIdFromCID } from '@libp2p/peer-id'
import type { CID } from 'multiformats/cid'
import { within } from '../network/deadline.ts'
import { type BitswapComponents, BitswapSource } from './bitswap-source.ts'
import { type CarComponents, CarSource } from './car/car-source.ts'
import { CarUnknownError, PeerBusyError } from './car/errors.ts'
import { ContentUnavailableError, isFinal } from './errors.ts'
import type { Source } from './storage.ts'

/** The network's routing may look for ever for what nobody has announced. */
const ROUTING_MS = 10_000
/** Peers that the routing names are asked one after the other, and each may be slow. */
const MAX_ROUTED = 4

export interface SourceComponents extends BitswapComponents {
  helia: BitswapComponents['helia'] & Pick<HeliaWithLibp2p, 'routing'>
  car: CarComponents
}

export interface SourcesInit {
  /** what the routing is asked for */
  root: CID
  /** asked first, in this order */
  from: readonly Source[]
  /** the first of them and nobody else */
  only: boolean
  /** by the bulk protocol first: pointless for a single block */
  bulk: boolean
  signal: AbortSignal
  stallMs: number
}

/** Something that may give blocks. */
interface Giver {
  get(cid: CID): Promise<Uint8Array>
  found(cid: CID): void
  close(): void
}

/** Where blocks come from that are not here: each named peer by CAR, then by bitswap; then the peers that the routing names; then anybody. */
export class Sources {
  readonly #c: SourceComponents
  readonly #init: SourcesInit
  readonly #givers: AsyncGenerator<Giver>
  /** in the order of asking; each is opened when the one before it did not have something */
  readonly #opened: Promise<Giver | undefined>[] = []
  readonly #open: Giver[] = []
  readonly #here: CID[] = []

  constructor(c: SourceComponents, init: SourcesInit) {
    this.#c = c
    this.#init = init
    this.#givers = this.#makeGivers()
  }

  /** @throws ContentUnavailableError, QuotaExceededError, TooLargeError; the signal's reason */
  async get(cid: CID): Promise<Uint8Array> {
    let first: unknown
    for (let i = 0; ; i++) {
      const giver = await this.#giver(i)
      if (giver === undefined) break
      try {
        return await giver.get(cid)
      } catch (error) {
        this.#throwIfAborted(cid)
        if (isFinal(error)) throw error
        // that somebody speaks another protocol explains nothing
        if (!(error instanceof CarUnknownError)) first ??= error
        // bitswap would look for others when the peer lacks something
        if (this.#init.only && !isWithoutStream(error)) break
      }
    }
    throw new ContentUnavailableError(cid, this.#init.from[0]?.peer, causeOf(first))
  }

  /** The block is here. */
  found(cid: CID): void {
    this.#here.push(cid)
    for (const giver of this.#open) giver.found(cid)
  }

  close(): void {
    for (const giver of this.#open) giver.close()
  }

  #giver(i: number): Promise<Giver | undefined> {
    this.#opened[i] ??= this.#givers.next().then(({ value }) => {
      if (value === undefined) return undefined
      const giver: Giver = value
      for (const cid of this.#here) giver.found(cid)
      this.#open.push(giver)
      return giver
    })
    return this.#opened[i]
  }

  async *#makeGivers(): AsyncGenerator<Giver, undefined> {
    const asked = new Set<string>()
    for (const from of this.#init.from) {
      asked.add(from.peer)
      yield* this.#ofPeer(from)
    }
    if (this.#init.only) return undefined
    for await (const from of this.#routed()) {
      if (asked.has(from.peer)) continue
      asked.add(from.peer)
      yield* this.#ofPeer(from)
    }
    yield this.#bitswap(undefined, within(ROUTING_MS, this.#init.signal))
    return undefined
  }

  *#ofPeer(from: Source): Generator<Giver> {
    const { signal, stallMs, bulk } = this.#init
    if (bulk) yield new CarSource(this.#c.car, from, signal, stallMs)
    yield this.#bitswap(from, signal)
  }

  #bitswap(from: Source | undefined, signal: AbortSignal): Giver {
    const source = new BitswapSource(this.#c, this.#init.root, from, signal, this.#init.stallMs)
    return { get: cid => source.get(cid), found: () => undefined, close: () => source.close() }
  }

  /** Peers that say they have the root. */
  async *#routed(): AsyncGenerator<Source> {
    const signal = within(ROUTING_MS, this.#init.signal)
    let count = 0
    try {
      for await (const { id, multiaddrs } of this.#c.helia.routing.findProviders(this.#init.root, { signal })) {
        yield { peer: peerIdFromCID(id).toString(), addrs: multiaddrs.map(String) }
        if (++count >= MAX_ROUTED) return
      }
    } catch {
      // nobody more is known
    }
  }

  /** A deadline of the caller is told as unavailable content, a cancellation as itself. */
  #throwIfAborted(cid: CID): void {
    const { signal, from } = this.#init
    if (!signal.aborted) return
    const { reason } = signal
    if (reason instanceof Error && /^(Request)?TimeoutError$/.test(reason.name)) {
      throw new ContentUnavailableError(cid, from[0]?.peer, reason)
    }
    throw reason
  }
}

/** Nothing was asked: bitswap is the only way. */
const isWithoutStream = (error: unknown): boolean => error instanceof CarUnknownError || error instanceof PeerBusyError

/** What the first one asked said is more to the point than that the routing knows nobody else. */
function causeOf(error: unknown): unknown {
  return error instanceof ContentUnavailableError ? error.cause : error
}
