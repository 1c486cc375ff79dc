import type { Hex } from '../../../protocols/common/values.ts'
import { holdsRoom } from '../../../protocols/deal/provider-machine.ts'
import type { ResourceOffer } from '../../../protocols/offers/schema.ts'
import type { SimProvider } from '../deal/sim-provider.ts'
import type { ToyEscrow } from '../deal/toy-escrow.ts'
import type { Peer } from './peer.ts'

/** A promise of docs/simulator.md that a world did not keep. */
export class BrokenPromise extends Error {
  readonly promise: string

  constructor(promise: string, detail: string) {
    super(`${promise}: ${detail}`)
    this.name = 'BrokenPromise'
    this.promise = promise
  }
}

const MAX_FACTS = 20_000

/** What must hold all the time. Noted where it is seen and thrown by the world, because the sides' own code catches errors. */
export class Watch {
  #broken: BrokenPromise | undefined
  /** looks at a provider's room, and at everything */
  looks = 0
  readonly #escrow: ToyEscrow
  #money = 0n

  constructor(escrow: ToyEscrow) {
    this.#escrow = escrow
  }

  /** From now on no money comes or goes. */
  sealMoney(): void {
    this.#money = this.#escrow.total
  }

  /** @throws BrokenPromise the first one noted */
  check(): void {
    if (this.#broken !== undefined) throw this.#broken
  }

  expect(holds: boolean, promise: string, detail: () => string): void {
    if (!holds) this.#broken ??= new BrokenPromise(promise, detail())
  }

  /** No provider holds more than it has: after each change of one of its deals. */
  room(provider: SimProvider, capacity: ResourceOffer['capacity']): void {
    this.looks++
    const needs = provider.live.filter(([, state]) => holdsRoom(state)).map(([, state]) => state.needs.resources)
    const sum = (key: 'cpuMillis' | 'memoryBytes' | 'diskBytes') => needs.reduce((total, n) => total + n[key], 0)
    const gpus = needs.reduce((total, n) => total + (n.gpus?.count ?? 0), 0)
    const over =
      sum('cpuMillis') > capacity.cpuMillis ||
      sum('memoryBytes') > capacity.memoryBytes ||
      sum('diskBytes') > capacity.diskBytes ||
      gpus > capacity.gpus.length
    this.expect(
      !over,
      'no double booking',
      () => `${provider.account} holds ${needs.length} jobs, more than it has room for`
    )
  }

  /** The rest, now and then: they cost a look at everything. */
  everything(peers: readonly Peer[], jobOfDeal: (deal: Hex) => string | undefined): void {
    this.looks++
    this.expect(
      this.#escrow.total === this.#money,
      'no money is made or lost',
      () => `${this.#escrow.total}, not ${this.#money}`
    )
    for (const { book, number } of peers) {
      if (book === undefined) continue
      this.expect(book.size <= MAX_FACTS, 'books are capped', () => `node ${number} holds ${book.size} facts`)
    }
    const open = new Map<string, string>()
    for (const [deal, { phase }] of this.#escrow.deals) {
      if (phase === 'closed') continue
      const job = jobOfDeal(deal) ?? deal
      this.expect(!open.has(job), 'one deal a job', () => `${job} is open as ${deal} and ${open.get(job)}`)
      open.set(job, deal)
    }
  }
}
