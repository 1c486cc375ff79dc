import { messageOf } from '../../protocols/common/errors.ts'
import type { AddResult, OfferBook } from '../../protocols/offers/book.ts'
import { encodeFact } from '../../protocols/offers/fact.ts'
import { RateLimiter } from '../../protocols/offers/rate-limit.ts'
import type { Fact } from '../../protocols/offers/schema.ts'
import {
  answerSync,
  decodeSyncFrame,
  decodeSyncRequest,
  encodeSyncFrame,
  encodeSyncRequest,
  mergeSync,
  nextStart,
  SYNC_LIMITS,
  SYNC_PROTOCOL,
  type SyncFrame,
  syncRequest
} from '../../protocols/offers/sync.ts'
import { type ValidatorContext, type Verdict, validateFact } from '../../protocols/offers/validate.ts'
import type { AbortOptions, Clock, Log } from '../components.ts'
import { within } from './deadline.ts'
import type { Verdict as GossipVerdict } from './gossip.ts'
import { handleStream } from './handle.ts'
import type { Host } from './host.ts'
import { frames, open } from './streams.ts'

export interface OfferExchangeInit {
  network: string
  roundMs: number
  /** a round of anti-entropy with a random neighbour this often */
  syncEveryMs: number
}

export interface OfferExchangeComponents {
  host: Host
  book: OfferBook
  clock: Clock
  log: Log
  verify: Pick<ValidatorContext, 'verifyEd25519' | 'verifyBind' | 'admits'>
  /** a fact that was not in the book before */
  onFact(fact: Fact): void
}

/** One session with a peer, the dial included. */
const SYNC_TIMEOUT_MS = 10_000
const EXPIRE_EVERY_MS = 5_000
/** Facts of ours kept for the first neighbour that listens; a node alone for long says the newest. */
const MAX_UNSENT = 64

/** Keeps the book of live facts in step with the network: gossip for speed, pulling from neighbours for completeness. */
export class OfferExchange {
  readonly #init: OfferExchangeInit
  readonly #c: OfferExchangeComponents
  readonly #rates = new RateLimiter()
  readonly #lastSync = new Map<string, number>()
  readonly #running = new Set<Promise<void>>()
  /** said while nobody listened: gossip sends nothing twice, so it must not be given these too early */
  readonly #unsent: Fact[] = []
  #shutdown: AbortController | undefined
  #timers: NodeJS.Timeout[] = []
  #unhandle: (() => Promise<void>) | undefined

  constructor(init: OfferExchangeInit, components: OfferExchangeComponents) {
    this.#init = init
    this.#c = components
  }

  async start(): Promise<void> {
    if (this.#shutdown !== undefined) return
    this.#shutdown = new AbortController()
    const { host, clock } = this.#c
    host.validate(data => this.#onGossip(data))
    host.pubsub.addEventListener('subscription-change', this.#onSubscription)
    host.pubsub.subscribe(host.topic)
    const limits = {
      timeoutMs: SYNC_TIMEOUT_MS,
      maxInboundStreams: 4,
      // a session is a few requests; more often than that is somebody else's loop
      perPeerPerSecond: 2,
      burst: 2 * SYNC_LIMITS.exchanges,
      onBadPeer: (peer: string) => void host.penalties.strike(peer),
      now: () => clock.nowMs()
    }
    this.#unhandle = await handleStream(
      host.libp2p,
      SYNC_PROTOCOL,
      limits,
      SYNC_LIMITS.frameBytes,
      async (stream, _peer, signal) => {
        const wire = frames(stream, SYNC_LIMITS.frameBytes)
        const asked = decodeSyncRequest((await wire.read({ signal })).subarray())
        for (const frame of answerSync(this.#c.book, asked, clock.nowMs())) {
          await wire.write(encodeSyncFrame(frame), { signal })
        }
        await stream.close({ signal })
      }
    )
    // a new neighbour may know what was said before we came
    host.libp2p.addEventListener('peer:identify', this.#onIdentify)
    for (const peer of host.libp2p.getPeers()) this.#background(peer.toString())
    this.#timers = [
      setInterval(() => this.#syncWithSomebody(), this.#init.syncEveryMs),
      setInterval(() => this.#c.book.expire(clock.nowMs()), EXPIRE_EVERY_MS)
    ]
    for (const timer of this.#timers) timer.unref()
  }

  async stop(): Promise<void> {
    if (this.#shutdown === undefined) return
    this.#shutdown.abort()
    this.#shutdown = undefined
    for (const timer of this.#timers) clearInterval(timer)
    this.#c.host.libp2p.removeEventListener('peer:identify', this.#onIdentify)
    await this.#unhandle?.()
    await Promise.allSettled([...this.#running])
    this.#c.host.pubsub.removeEventListener('subscription-change', this.#onSubscription)
    this.#c.host.pubsub.unsubscribe(this.#c.host.topic)
  }

  /** Takes a fact of ours into the book and tells the network. */
  async publish(fact: Fact): Promise<void> {
    this.#add(fact)
    const { pubsub, topic } = this.#c.host
    if (pubsub.getSubscribers(topic).length > 0) {
      await pubsub.publish(topic, encodeFact(fact))
      return
    }
    this.#unsent.push(fact)
    this.#unsent.splice(0, this.#unsent.length - MAX_UNSENT)
  }

  /** Checks bytes as if they had been gossiped, and books them when they hold. */
  async take(bytes: Uint8Array): Promise<Verdict> {
    const verdict = await validateFact(bytes, this.#context())
    if (verdict.verdict === 'accept') this.#add(verdict.fact)
    return verdict
  }

  /** Pulls what a peer knows and we do not. */
  async syncWith(peer: string, options: AbortOptions = {}): Promise<void> {
    const { book, log } = this.#c
    const before = book.size
    let start: Uint8Array | undefined
    for (let i = 0; i < SYNC_LIMITS.exchanges; i++) {
      const asked = start === undefined ? {} : { start }
      start = await this.#exchange(peer, asked, options)
      if (start === undefined) break
    }
    if (book.size > before) log.debug({ peer, facts: book.size - before }, 'facts learnt from a neighbour')
  }

  async #exchange(peer: string, from: { start?: Uint8Array }, options: AbortOptions): Promise<Uint8Array | undefined> {
    const { book, clock, host } = this.#c
    const signal = within(SYNC_TIMEOUT_MS, options.signal)
    const stream = await open(host.libp2p, { peer, addrs: [] }, SYNC_PROTOCOL, signal)
    try {
      const wire = frames(stream, SYNC_LIMITS.frameBytes)
      const asked = syncRequest(book, clock.nowMs(), from.start)
      await wire.write(encodeSyncRequest(asked), { signal })
      let left: number = SYNC_LIMITS.facts
      for (;;) {
        const frame: SyncFrame = decodeSyncFrame((await wire.read({ signal })).subarray())
        left -= frame.facts.length
        const report = await mergeSync(book, frame, bytes => this.#judge(bytes), clock.nowMs())
        if (report.rejected > 0 || left < 0) {
          host.penalties.strike(peer)
          return undefined
        }
        if (frame.last) return nextStart(asked, frame)
      }
    } finally {
      await stream.close({ signal }).catch(error => stream.abort(error instanceof Error ? error : new Error('closed')))
    }
  }

  /** A fact from a neighbour's book was within its rate when it was gossiped. */
  async #judge(bytes: Uint8Array) {
    const { withinRate: _unused, ...context } = this.#context()
    const verdict = await validateFact(bytes, context)
    if (verdict.verdict === 'accept' && this.#c.book.get(verdict.fact.id) === undefined) this.#c.onFact(verdict.fact)
    return verdict
  }

  async #onGossip(data: Uint8Array): Promise<GossipVerdict> {
    const verdict = await this.take(data)
    if (verdict.verdict !== 'accept')
      this.#c.log.debug({ reason: verdict.reason, detail: verdict.detail }, 'fact refused')
    return verdict.verdict
  }

  #add(fact: Fact): AddResult {
    const added = this.#c.book.add(fact, this.#c.clock.nowMs())
    if (added.result === 'added' || added.result === 'equivocation') this.#c.onFact(fact)
    return added
  }

  #context(): ValidatorContext {
    const nowMs = this.#c.clock.nowMs()
    return {
      network: this.#init.network,
      nowMs,
      roundMs: this.#init.roundMs,
      ...this.#c.verify,
      withinRate: account => this.#rates.allow(account, nowMs)
    }
  }

  readonly #onSubscription = (): void => {
    const { pubsub, topic } = this.#c.host
    if (this.#unsent.length === 0 || pubsub.getSubscribers(topic).length === 0) return
    const work = Promise.all(this.#unsent.splice(0).map(fact => pubsub.publish(topic, encodeFact(fact))))
      .then(() => undefined)
      .catch(error => this.#c.log.debug({ error: messageOf(error) }, 'facts could not be gossiped'))
      .finally(() => this.#running.delete(work))
    this.#running.add(work)
  }

  readonly #onIdentify = (event: CustomEvent<{ peerId: { toString(): string }; protocols: string[] }>): void => {
    if (event.detail.protocols.includes(SYNC_PROTOCOL)) this.#background(event.detail.peerId.toString())
  }

  #syncWithSomebody(): void {
    const peers = this.#c.host.libp2p.getPeers()
    const peer = peers[Math.floor(Math.random() * peers.length)]
    if (peer !== undefined) this.#background(peer.toString())
  }

  #background(peer: string): void {
    const shutdown = this.#shutdown
    const nowMs = this.#c.clock.nowMs()
    if (shutdown === undefined || nowMs - (this.#lastSync.get(peer) ?? 0) < SYNC_LIMITS.perPeerMs) return
    this.#lastSync.set(peer, nowMs)
    if (this.#lastSync.size > 1_000) this.#lastSync.delete(this.#lastSync.keys().next().value ?? '')
    const work = this.syncWith(peer, { signal: shutdown.signal })
      .catch(error => this.#c.log.debug({ peer, error: messageOf(error) }, 'sync with a neighbour failed'))
      .finally(() => this.#running.delete(work))
    this.#running.add(work)
  }
}
