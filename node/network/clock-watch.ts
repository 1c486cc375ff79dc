/** Facts are dated: a clock this far from the others' has its offers come late, or not at all. */
const WARN_MS = 2_000
/** Peers remembered, the one asked longest ago forgotten first: enough that a few liars do not move the median. */
const MAX_PEERS = 64

/** How this node's clock stands to its peers'. */
export interface ClockOpinion {
  /** by how much the peers are ahead, in the middle; negative when they are behind */
  aheadMs: number
  peers: number
}

/**
 * Compares clocks. Each peer counts once, with what it said last; nothing is set by it, a person is told. Liars that are the
 * majority of the neighbours can cause a false warning, and no more.
 */
export class ClockWatch {
  readonly #ahead = new Map<string, number>()
  readonly #onOff: (opinion: ClockOpinion) => void
  #wasOff = false

  /** @param onOff called when the clock is found to be off, once until it is right again */
  constructor(onOff: (opinion: ClockOpinion) => void) {
    this.#onOff = onOff
  }

  /** The peers' middle when it is too far from this clock. */
  get off(): ClockOpinion | undefined {
    const sorted = [...this.#ahead.values()].sort((a, b) => a - b)
    const aheadMs = sorted[Math.floor(sorted.length / 2)] ?? 0
    return Math.abs(aheadMs) > WARN_MS ? { aheadMs, peers: this.#ahead.size } : undefined
  }

  saw(peer: string, aheadMs: number): void {
    this.#ahead.delete(peer)
    this.#ahead.set(peer, aheadMs)
    if (this.#ahead.size > MAX_PEERS) this.#ahead.delete(this.#ahead.keys().next().value ?? peer)
    const { off } = this
    if (off !== undefined && !this.#wasOff) this.#onOff(off)
    this.#wasOff = off !== undefined
  }
}

/** For the event and for `dcn doctor`. */
export function clockWarning({ aheadMs, peers }: ClockOpinion): { message: string; remedy: string } {
  const by = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs > 0 ? 'behind' : 'ahead of'}`
  const whom = peers === 1 ? 'that of the one peer it was compared with' : `the middle of ${peers} peers`
  return {
    message: `the clock of this host is ${by} ${whom}, and offers are dated`,
    remedy: peers === 1 ? 'check the clocks of both hosts (NTP)' : 'set the clock, and keep it set (NTP)'
  }
}
