import type { Connection } from '@libp2p/interface'
import { messageOf } from '../../protocols/common/errors.ts'
import type { AddResult, OfferBook } from '../../protocols/offers/book.ts'
import { factDigest } from '../../protocols/offers/fact.ts'
import type { SignedHead } from '../../protocols/offers/head.ts'
import type { HeadLog } from '../../protocols/offers/head-log.ts'
import { keyOfPeerId } from '../../protocols/offers/peer-key.ts'
import { roundAt } from '../../protocols/offers/round.ts'
import type { Fact } from '../../protocols/offers/schema.ts'
import { DeclinedIds, declinedUntil } from '../../protocols/offers/sync/declined.ts'
import { SyncViolationError } from '../../protocols/offers/sync/errors.ts'
import { SYNC_LIMITS, SYNC_PROTOCOL } from '../../protocols/offers/sync/limits.ts'
import type { Verdict } from '../../protocols/offers/validate.ts'
import type { AbortOptions, Clock, Log } from '../components.ts'
import { isBadPeerError, RateLimitedError, toStreamError } from './errors.ts'
import { handleStream } from './handle.ts'
import type { Host } from './host.ts'
import { open } from './streams.ts'
import { SyncPace } from './sync-pace.ts'
import {
  answerSync,
  FRAME_TIMEOUT_MS,
  initiateSync,
  SESSION_TIMEOUT_MS,
  type SyncParts,
  type SyncReport
} from './sync-stream.ts'
import { type TokenBuckets, tokenBuckets } from './token-bucket.ts'

/** Sessions that others opened, at the same time: each holds the order and the sums of the book, some MB when it is full. */
const MAX_INBOUND = 8
/** Sessions opened at the same time: the first of many new neighbours bring what there is, the others are asked later. */
const MAX_OUTBOUND = 4
/** Sessions served in a second for all peers together: each hashes the book once, 40 ms when it is full. */
const SERVED_PER_SECOND = 4
const SERVED_BURST = 20
/** Sessions a peer may open at once: one on connect, one of its timer, one after a restart. Afterwards one in 5 s. */
const BURST = 3

export interface OfferSyncInit {
  /** a session with a random neighbour this often */
  everyMs: number
  /** @default 5,000 */
  frameTimeoutMs?: number
  /** @default 30,000 */
  sessionTimeoutMs?: number
}

export interface OfferSyncComponents {
  host: Host
  book: OfferBook
  clock: Clock
  log: Log
  /** what this node's book comes to, and what others say of theirs */
  heads: Pick<HeadLog, 'latest' | 'heard'>
  /** checks a fact that a neighbour gave: signatures, time, admission, not the rate */
  judge(fact: Fact): Promise<Verdict>
  /** books a fact that holds */
  add(fact: Fact): AddResult
  /** told after each session how far the peer's clock is ahead. @default nobody */
  onClock?(peer: string, aheadMs: number): void
}

/** Sessions that ended well, those of ours that did not, and the facts they moved. */
export interface SyncCounts {
  sessions: number
  failures: number
  received: number
  sent: number
}

/** `/dcn/sync/1.0.0`: with a new neighbour at once, with a random one now and then. What it can cost is in docs/offers.md. */
export class OfferSync {
  readonly counts: SyncCounts = { sessions: 0, failures: 0, received: 0, sent: 0 }
  readonly #init: OfferSyncInit
  readonly #c: OfferSyncComponents
  readonly #parts: Omit<SyncParts, 'heard'>
  readonly #declined = new DeclinedIds()
  readonly #pace: SyncPace
  readonly #running = new Set<Promise<void>>()
  readonly #served: TokenBuckets
  #shutdown: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #unhandle: (() => Promise<void>) | undefined

  constructor(init: OfferSyncInit, components: OfferSyncComponents) {
    this.#init = init
    this.#c = components
    const { book, clock, heads } = components
    this.#pace = new SyncPace(() => clock.nowMs())
    this.#served = tokenBuckets(SERVED_PER_SECOND, SERVED_BURST, () => clock.nowMs())
    this.#parts = {
      book,
      clock,
      lacks: id => !book.knows(id) && !this.#declined.has(id),
      head: () => heads.latest(clock.nowMs()),
      take: fact => this.#take(fact),
      frameTimeoutMs: init.frameTimeoutMs ?? FRAME_TIMEOUT_MS,
      sessionTimeoutMs: init.sessionTimeoutMs ?? SESSION_TIMEOUT_MS
    }
  }

  async start(): Promise<void> {
    if (this.#shutdown !== undefined) return
    const shutdown = new AbortController()
    this.#shutdown = shutdown
    const { libp2p, penalties } = this.#c.host
    const strike = (peer: string): void => void penalties.strike(peer)
    const limits = {
      // the session's own deadline comes first and says whose fault it was
      timeoutMs: 2 * this.#parts.sessionTimeoutMs,
      maxInboundStreams: BURST,
      perPeerPerSecond: 1000 / SYNC_LIMITS.perPeerMs,
      burst: BURST,
      maxConcurrent: MAX_INBOUND,
      onBadPeer: strike,
      onExcess: strike,
      now: () => this.#c.clock.nowMs()
    }
    this.#unhandle = await handleStream(libp2p, SYNC_PROTOCOL, limits, SYNC_LIMITS.frameBytes, async (stream, peer) => {
      if (!this.#served.take('everybody')) throw new RateLimitedError(SYNC_PROTOCOL, peer, `${SERVED_BURST} at once`)
      this.#pace.began(peer)
      this.#ended(peer, await answerSync(stream, this.#with(peer), shutdown.signal))
    })
    // a new neighbour may know what was said before we came
    libp2p.addEventListener('peer:identify', this.#onIdentify)
    for (const connection of libp2p.getConnections()) this.#greet(connection)
    this.#timer = setInterval(() => this.#tick(), this.#init.everyMs)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    if (this.#shutdown === undefined) return
    this.#shutdown.abort()
    this.#shutdown = undefined
    clearInterval(this.#timer)
    this.#c.host.libp2p.removeEventListener('peer:identify', this.#onIdentify)
    await this.#unhandle?.()
    await Promise.allSettled([...this.#running])
  }

  /** What was not wanted may be wanted now: who is admitted has changed. */
  forgive(): void {
    this.#declined.clear()
  }

  /** Brings both books in step with each other. @throws SyncViolationError, after a strike, or what went wrong with the stream */
  async syncWith(peer: string, options: AbortOptions = {}): Promise<SyncReport> {
    const { host } = this.#c
    this.#pace.began(peer)
    const signal = options.signal ?? new AbortController().signal
    const stream = await open(host.libp2p, { peer, addrs: [] }, SYNC_PROTOCOL, signal)
    try {
      const report = await initiateSync(stream, this.#with(peer), signal)
      this.#ended(peer, report)
      return report
    } catch (reason) {
      const error = toStreamError(reason, SYNC_PROTOCOL, SYNC_LIMITS.frameBytes)
      this.counts.failures++
      stream.abort(error)
      if (isBadPeerError(error)) host.penalties.strike(peer)
      throw error
    }
  }

  /** A session with one peer: its head is its own, or it could fill the places of others. */
  #with(peer: string): SyncParts {
    const own = keyOfPeerId(peer)
    const heard = (signed: SignedHead): void => {
      if (signed.head.peerKey !== own)
        throw new SyncViolationError("another node's head", { value: signed.head.peerKey })
      this.#c.heads.heard(signed)
    }
    return { ...this.#parts, heard }
  }

  async #take(fact: Fact): Promise<void> {
    if (this.#c.book.get(fact.id) !== undefined) return
    const verdict = await this.#c.judge(fact)
    if (verdict.verdict === 'reject') {
      throw new SyncViolationError(`a fact that cannot be right: ${verdict.detail}`, { value: verdict.reason })
    }
    const added =
      verdict.verdict === 'accept' ? this.#c.add(fact) : { result: 'refused' as const, reason: verdict.reason }
    if (added.result !== 'refused') return
    const until = declinedUntil(fact, added.reason, roundAt(this.#c.clock.nowMs(), this.#c.book.roundMs))
    if (until !== undefined) this.#declined.add(factDigest(fact), until)
  }

  #ended(peer: string, report: SyncReport): void {
    this.#pace.ended(peer, report)
    this.#c.onClock?.(peer, report.aheadMs)
    const { received, sent, left } = report
    this.counts.sessions++
    this.counts.received += received
    this.counts.sent += sent
    if (received + sent > 0) this.#c.log.debug({ peer, received, sent, left }, 'books brought in step with a neighbour')
  }

  readonly #onIdentify = (event: CustomEvent<{ connection: Connection; protocols: string[] }>): void => {
    if (event.detail.protocols.includes(SYNC_PROTOCOL)) this.#greet(event.detail.connection)
  }

  /** Whoever dialled opens the first session, or both would bring the same facts twice. */
  #greet({ direction, remotePeer }: Connection): void {
    this.#pace.met(remotePeer.toString())
    if (direction === 'outbound') this.#background(remotePeer.toString())
  }

  #tick(): void {
    const { clock, book, host } = this.#c
    this.#declined.expire(roundAt(clock.nowMs(), book.roundMs))
    const peers = host.libp2p
      .getPeers()
      .map(String)
      .filter(peer => this.#pace.mayOpen(peer))
    const peer = peers[Math.floor(Math.random() * peers.length)]
    if (peer !== undefined) this.#background(peer)
  }

  #background(peer: string): void {
    const shutdown = this.#shutdown
    if (shutdown === undefined || this.#running.size >= MAX_OUTBOUND || !this.#pace.mayOpen(peer)) return
    const work: Promise<void> = this.syncWith(peer, { signal: shutdown.signal })
      .then(() => undefined)
      .catch(error => this.#c.log.debug({ peer, error: messageOf(error) }, 'sync with a neighbour failed'))
      .finally(() => this.#running.delete(work))
    this.#running.add(work)
  }
}
