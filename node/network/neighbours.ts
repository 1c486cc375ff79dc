import type { Hex } from '../../protocols/common/values.ts'
import type { OfferBook } from '../../protocols/offers/book.ts'
import { peerIdText } from '../../protocols/offers/peer-key.ts'
import type { Clock, Log } from '../components.ts'
import type { Host } from './host.ts'
import { connect } from './streams.ts'

/** Connections a node keeps up by itself: enough for a gossip mesh and for most deals to need no dial. */
const WANTED_PEERS = 12
const CHECK_EVERY_MS = 3_000
const DIAL_TIMEOUT_MS = 5_000
/** Dials under way at once: a large book must not become a storm. */
const MAX_DIALS = 4
/** A peer that could not be reached is left alone this long. */
const REST_MS = 60_000

/** Keeps this node connected to peers it knows from their offers, so that no single relay holds the network together. */
export class Neighbours {
  readonly #host: Host
  readonly #book: OfferBook
  readonly #clock: Clock
  readonly #log: Log
  readonly #dialling = new Set<string>()
  /** by raw key: thousands that rest cost no peer id each. A peer that moved, or found a relay, is tried again at once */
  readonly #rests = new Map<Hex, { untilMs: number; addrs: string }>()
  #timer: NodeJS.Timeout | undefined
  #shutdown = new AbortController()

  constructor(host: Host, book: OfferBook, clock: Clock, log: Log) {
    this.#host = host
    this.#book = book
    this.#clock = clock
    this.#log = log
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#shutdown = new AbortController()
    this.#timer = setInterval(() => this.look(), CHECK_EVERY_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#shutdown.abort()
  }

  /** Dials peers from the book while there are fewer neighbours than wanted. */
  look(): void {
    if (this.#timer === undefined) return
    const { libp2p } = this.#host
    const connected = new Set(libp2p.getPeers().map(String))
    const nowMs = this.#clock.nowMs()
    for (const fact of this.#book.live(nowMs, 'resource')) {
      if (connected.size + this.#dialling.size >= WANTED_PEERS || this.#dialling.size >= MAX_DIALS) return
      const { peerKey } = fact.bind
      const rest = this.#rests.get(peerKey)
      if (rest !== undefined && rest.untilMs > nowMs && rest.addrs === fact.body.addrs.join()) continue
      const peer = peerIdText(peerKey)
      const skip = peer === this.#host.peerId.toString() || connected.has(peer) || this.#dialling.has(peer)
      if (!skip) void this.#dial(peer, peerKey, fact.body.addrs)
    }
  }

  async #dial(peer: string, peerKey: Hex, addrs: string[]): Promise<void> {
    this.#dialling.add(peer)
    const signal = AbortSignal.any([this.#shutdown.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
    try {
      await connect(this.#host.libp2p, { peer, addrs }, { signal })
    } catch (error) {
      this.#log.debug({ peer, error }, 'neighbour cannot be reached')
      this.#rests.set(peerKey, { untilMs: this.#clock.nowMs() + REST_MS, addrs: addrs.join() })
      if (this.#rests.size > 1_000) this.#rests.delete(this.#rests.keys().next().value ?? peerKey)
    } finally {
      this.#dialling.delete(peer)
    }
  }
}
