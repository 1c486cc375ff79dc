/** A peer may send this much garbage before it is cut off; a mistake or two of a newer version is forgiven. */
const STRIKES = 10
/** One strike is forgotten after this time. */
const FORGET_MS = 60_000
/** How long a cut-off peer stays out. */
const BAN_MS = 10 * 60_000
/** Peers remembered; more are forgotten oldest first, so that fresh ids cannot fill memory. */
const MAX_PEERS = 4096
/** Gossip score of one strike: nine strikes are still above the default graylist threshold of -80. */
const SCORE_PER_STRIKE = -8

export interface PenaltyInit {
  /** unix milliseconds */
  now: () => number
  /** called once when a peer is cut off; closes its connections */
  onBan: (peer: string) => void
  /** @default 10 */
  strikes?: number
  /** @default 60000 */
  forgetMs?: number
  /** @default 600000 */
  banMs?: number
}

/** Counts what peers did wrong and cuts off those that do not stop. */
export interface Penalties {
  /** one more piece of garbage; true when the peer is (now) cut off */
  strike(peer: string): boolean
  isBanned(peer: string): boolean
  /** for the gossip score: 0 for a good peer, negative otherwise */
  score(peer: string): number
}

interface PeerState {
  strikes: number
  at: number
  bannedUntil: number
}

export function penalties(init: PenaltyInit): Penalties {
  const { now, onBan, strikes: limit = STRIKES, forgetMs = FORGET_MS, banMs = BAN_MS } = init
  const peers = new Map<string, PeerState>()

  const current = (peer: string): PeerState => {
    const at = now()
    const state = peers.get(peer)
    if (state === undefined) return { strikes: 0, at, bannedUntil: 0 }
    const left = Math.max(0, state.strikes - Math.max(0, at - state.at) / forgetMs)
    return { strikes: left, at, bannedUntil: state.bannedUntil }
  }

  return {
    strike(peer) {
      const state = current(peer)
      const strikes = state.strikes + 1
      const wasBanned = state.bannedUntil > state.at
      // a fraction decays between two strikes of a burst, hence not `strikes >= limit`
      const banned = wasBanned || strikes > limit - 0.5
      peers.delete(peer)
      peers.set(peer, { strikes, at: state.at, bannedUntil: banned ? state.at + banMs : 0 })
      if (peers.size > MAX_PEERS) peers.delete(peers.keys().next().value ?? '')
      if (banned && !wasBanned) onBan(peer)
      return banned
    },
    isBanned: peer => (peers.get(peer)?.bannedUntil ?? 0) > now(),
    score: peer => (peers.has(peer) ? SCORE_PER_STRIKE * current(peer).strikes : 0)
  }
}
