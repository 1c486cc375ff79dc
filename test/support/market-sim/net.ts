import type { Wire } from '../deal/ground.ts'
import type { World } from '../deal/world.ts'
import type { Kind, Meter } from './meter.ts'
import type { MarketOptions } from './options.ts'

/** One way, ms: what every path has, and what the two ends add, each up to the second number. */
const PATH_MS = 5
const END_MS = [2, 60] as const
/** How much slower a message may be than another on the same path, in percent: messages overtake each other. */
const JITTER_PERCENT = 25
/** What a lost packet costs a stream. */
const RETRANSMIT_MS = 250

/** Paths between nodes. Each node is some way from the middle. A lost gossip message is lost for good, a stream repeats it. */
export class Net implements Wire {
  readonly #world: World
  readonly #options: MarketOptions
  readonly meter: Meter
  readonly #endMs: Uint8Array
  readonly #half: Uint8Array
  readonly #numbers = new Map<string, number>()
  /** while it lasts, the two halves do not hear each other */
  isParted = false

  constructor(world: World, options: MarketOptions, nodes: number, meter: Meter) {
    this.#world = world
    this.#options = options
    this.meter = meter
    this.#endMs = Uint8Array.from({ length: nodes }, () => world.between(...END_MS))
    this.#half = Uint8Array.from({ length: nodes }, () => world.between(0, 1))
  }

  name(address: string, node: number): void {
    this.#numbers.set(address, node)
  }

  reaches(from: number, to: number): boolean {
    return !this.isParted || this.#half[from] === this.#half[to]
  }

  /** What the path takes at least, ms. */
  leastMs(from: number, to: number): number {
    return PATH_MS + (this.#endMs[from] ?? 0) + (this.#endMs[to] ?? 0)
  }

  /** ms until a gossip message arrives, or undefined. Whole ms: events of one time come in the order in which they were made. */
  delayMs(from: number, to: number): number | undefined {
    if (!this.reaches(from, to) || this.#isUnlucky(this.#options.lossPerMille)) return undefined
    return this.#pathMs(from, to)
  }

  /** ms until a message of a stream arrives; undefined: the stream broke. */
  streamMs(from: number, to: number): number | undefined {
    if (!this.reaches(from, to) || this.#isUnlucky(this.#options.breakPerMille)) return undefined
    let delayMs = this.#pathMs(from, to)
    while (this.#isUnlucky(this.#options.lossPerMille)) delayMs += RETRANSMIT_MS
    return delayMs
  }

  /** Brings a message, once, twice or never. */
  send(from: number, to: number, kind: Kind, sizeBytes: number, arrive: () => void): void {
    const delayMs = this.delayMs(from, to)
    if (delayMs === undefined) return
    const count = this.#isUnlucky(this.#options.duplicatePerMille) ? 2 : 1
    for (let i = 0; i < count; i++) {
      this.#world.after(delayMs + i * this.#world.between(1, 500), () => {
        this.meter.count(to, kind, sizeBytes)
        arrive()
      })
    }
  }

  /** Requests and replies of deals. */
  carry(from: string, to: string, sizeBytes: number): number | undefined {
    const [source, target] = [this.#numbers.get(from), this.#numbers.get(to)]
    if (source === undefined || target === undefined) return undefined
    const delayMs = this.streamMs(source, target)
    if (delayMs !== undefined) this.meter.count(target, 'deal', sizeBytes)
    return delayMs
  }

  #pathMs(from: number, to: number): number {
    const leastMs = this.leastMs(from, to)
    return leastMs + Math.floor((leastMs * this.#world.random() * JITTER_PERCENT) / 100)
  }

  #isUnlucky(perMille: number): boolean {
    return perMille > 0 && this.#world.random() * 1_000 < perMille
  }
}
