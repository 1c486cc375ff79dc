import { SYNC_LIMITS } from '../../protocols/offers/sync/limits.ts'
import type { SessionReport } from '../../protocols/offers/sync/session.ts'

/** A timer that fires a little early is no reason to leave a peer out for a whole interval. */
const TIMER_SLACK_MS = 500
/** Books that differ for good, because one has no room, cost the ids of the difference each time: asked less and less often. */
const MAX_WAIT_MS = 60_000
/** Peers remembered; the one met longest ago is forgotten first. */
const MAX_PEERS = 1_000

interface Pace {
  /** when the last session began, whoever opened it */
  atMs: number
  waitMs: number
}

/** When a session with a peer may be opened again. */
export class SyncPace {
  readonly #peers = new Map<string, Pace>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  mayOpen(peer: string): boolean {
    const pace = this.#peers.get(peer)
    return pace === undefined || this.#nowMs() - pace.atMs >= pace.waitMs - TIMER_SLACK_MS
  }

  began(peer: string): void {
    this.#set(peer, { atMs: this.#nowMs(), waitMs: this.#peers.get(peer)?.waitMs ?? SYNC_LIMITS.perPeerMs })
  }

  /** Twice the wait after a session that found differences and moved nothing; the usual one after any other. */
  ended(peer: string, { received, sent, differed }: SessionReport): void {
    const pace = this.#peers.get(peer)
    if (pace === undefined) return
    const isIdle = differed && received + sent === 0
    this.#set(peer, { ...pace, waitMs: isIdle ? Math.min(2 * pace.waitMs, MAX_WAIT_MS) : SYNC_LIMITS.perPeerMs })
  }

  /** A new connection: much may have happened meanwhile. */
  met(peer: string): void {
    const pace = this.#peers.get(peer)
    if (pace !== undefined) this.#set(peer, { ...pace, waitMs: SYNC_LIMITS.perPeerMs })
  }

  #set(peer: string, pace: Pace): void {
    this.#peers.delete(peer)
    this.#peers.set(peer, pace)
    if (this.#peers.size > MAX_PEERS) this.#peers.delete(this.#peers.keys().next().value ?? '')
  }
}
