/** A seeded discrete-event world: one seed, one exact course of events. Time is virtual. */
export class World {
  nowMs = 1_700_000_000_000
  #queue: { atMs: number; seq: number; work: () => void }[] = []
  #seq = 0
  #random: number

  constructor(seed: number) {
    this.#random = (seed * 2_654_435_761 + 1) >>> 0
  }

  get nowSec(): number {
    return Math.floor(this.nowMs / 1000)
  }

  /** mulberry32: 0 ≤ x < 1 */
  random(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0
    let t = this.#random
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  between(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1))
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)] as T
  }

  after(delayMs: number, work: () => void): void {
    const entry = { atMs: this.nowMs + delayMs, seq: this.#seq++, work }
    let at = this.#queue.length
    // few are waiting at a time, and most new ones come late
    while (at > 0 && isLater(this.#queue[at - 1], entry)) at--
    this.#queue.splice(at, 0, entry)
  }

  /** Carries out events until `done` or the time is over; `check` after each. */
  run(untilMs: number, done: () => boolean, check: () => void): void {
    while (this.nowMs < untilMs && !done()) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.nowMs = next.atMs
      next.work()
      check()
    }
  }
}

function isLater(a: { atMs: number; seq: number } | undefined, b: { atMs: number; seq: number }): boolean {
  return a !== undefined && (a.atMs > b.atMs || (a.atMs === b.atMs && a.seq > b.seq))
}
