/** The score of node/network/gossip for messages that were rejected: weight × count², which falls by a hundredth a second. */
const WEIGHT = -20
const DECAY_PER_SEC = 0.99
const THRESHOLD = -80

/** Peers whose gossip is not even looked at: two rejected messages are enough. */
export class Graylist {
  readonly #counts = new Map<string, { count: number; atMs: number }>()
  readonly #now: () => number
  readonly #strikes: (peer: string) => number

  /** @param strikes the score of a peer for other offences, 0 or less */
  constructor(now: () => number, strikes: (peer: string) => number) {
    this.#now = now
    this.#strikes = strikes
  }

  add(peer: string): void {
    this.#counts.set(peer, { count: this.#count(peer) + 1, atMs: this.#now() })
  }

  has(peer: string): boolean {
    return this.#counts.size > 0 && WEIGHT * this.#count(peer) ** 2 + this.#strikes(peer) <= THRESHOLD
  }

  #count(peer: string): number {
    const known = this.#counts.get(peer)
    return known === undefined ? 0 : known.count * DECAY_PER_SEC ** ((this.#now() - known.atMs) / 1_000)
  }
}
