import { EventQueue } from './event-queue.ts'

/** A seeded discrete-event world: one seed, one exact course of events. Time is virtual. */
export class World {
  nowMs = 1_700_000_000_000
  readonly #queue = new EventQueue()
  #held: Promise<unknown>[] = []
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
    this.#queue.push(this.nowMs + delayMs, work)
  }

  /** Work of the present event that goes on when its function has returned: no time passes until it is over. */
  hold(work: Promise<unknown>): void {
    this.#held.push(work)
  }

  /** Lets whatever the present event has set free go on before any time passes: promises that nobody here waits for. */
  settle(): void {
    this.hold(new Promise(resolve => setImmediate(resolve)))
  }

  /** Carries out events until `done` or the time is over; `check` after each. */
  run(untilMs: number, done: () => boolean, check: () => void): void {
    while (this.nowMs < untilMs && !done()) {
      if (!this.#next()) return
      check()
    }
  }

  /** The same for a world whose events call asynchronous code: it may only wait for other code, never for a real clock. */
  async runAsync(untilMs: number, done: () => boolean, check: () => void): Promise<void> {
    while (this.nowMs < untilMs && !done()) {
      if (!this.#next()) return
      while (this.#held.length > 0) await Promise.all(this.#held.splice(0))
      check()
    }
  }

  #next(): boolean {
    const next = this.#queue.pop()
    if (next === undefined) return false
    this.nowMs = next.atMs
    next.work()
    return true
  }
}
