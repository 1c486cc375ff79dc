import { PROVIDER_DONE, type ProviderState } from '../../protocols/deal/provider-machine.ts'
import { isEnd, type JobView } from '../http/views.ts'

/** Ends that are remembered, so that an end told twice is one. */
const MAX_REMEMBERED = 10_000

/** Counts what has ended since the node started: the journal has all of it, but to add that up for each scrape would cost too much. */
export class Tally {
  /** of this node's owner, by engine and state */
  readonly jobs = new Counts<{ engine: string; state: string }>()
  /** as a provider, by engine and how they ended */
  readonly deals = new Counts<{ engine: string; end: string }>()
  /** in the token's smallest unit */
  earned = 0n
  spent = 0n
  readonly #seen = new Set<string>()

  /** @param paid to providers, of all its deals together */
  job({ id, engine, state }: Pick<JobView, 'id' | 'engine' | 'state'>, paid: bigint): void {
    if (!isEnd(state) || !this.#isNew(`job ${id}`)) return
    this.jobs.add({ engine, state })
    this.spent += paid
  }

  deal({ dealId, phase, needs, end }: Pick<ProviderState, 'dealId' | 'phase' | 'needs' | 'end'>): void {
    if (!PROVIDER_DONE.includes(phase) || !this.#isNew(`deal ${dealId}`)) return
    this.deals.add({ engine: needs.engine, end: phase })
    this.earned += end?.toProvider ?? 0n
  }

  #isNew(name: string): boolean {
    if (this.#seen.has(name)) return false
    this.#seen.add(name)
    const [oldest] = this.#seen.size > MAX_REMEMBERED ? this.#seen : []
    if (oldest !== undefined) this.#seen.delete(oldest)
    return true
  }
}

/** How often each set of labels was seen: engines, states and ends are few. */
export class Counts<L extends Record<string, string>> {
  readonly #counts = new Map<string, { labels: L; value: number }>()

  add(labels: L): void {
    const key = JSON.stringify(labels)
    const known = this.#counts.get(key) ?? { labels, value: 0 }
    known.value++
    this.#counts.set(key, known)
  }

  list(): { labels: L; value: number }[] {
    return [...this.#counts.values()]
  }
}
