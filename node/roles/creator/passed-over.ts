import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { PastAttempt } from '../../../protocols/deal/creator-types.ts'

/** Whoever agreed and did nothing, or was outvoted, is passed over this long, twice as long each time it happens again. */
const REST_MS = 10 * 60_000
const MOST_MS = 60 * 60_000
const MAX_ACCOUNTS = 1_024
/** What a provider does of its own free will and what costs its creator time: an attempt that ended so was worth nothing. */
const WORTHLESS: ReadonlySet<PastAttempt['ended']> = new Set(['never-opened', 'timed-out'])

/**
 * Providers whose deals were of no use to this node: agreeing costs them nothing, and each job would wait for them anew; and nobody
 * fines them for a result that the other replicas outvoted where there is no court. What one node has seen itself, for its own jobs
 * alone, and forgotten with the process: no reputation that others would have to believe.
 */
export class PassedOver {
  readonly #known = new Map<Address, { times: number; untilMs: number }>()
  readonly #noted = new Set<string>()

  /** Takes in what a job went through; each deal counts once. */
  note(past: readonly PastAttempt[]): void {
    for (const { provider, dealId, ended, atMs } of past) if (WORTHLESS.has(ended)) this.add(provider, dealId, atMs)
  }

  /** Counts one deal, once, against its provider. */
  add(provider: Address, dealId: Hex, atMs: number): void {
    if (this.#noted.has(dealId)) return
    keep(this.#noted, dealId)
    const times = (this.#known.get(provider)?.times ?? 0) + 1
    this.#known.delete(provider)
    this.#known.set(provider, { times, untilMs: atMs + Math.min(MOST_MS, REST_MS * 2 ** Math.min(times - 1, 10)) })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_ACCOUNTS) break
      this.#known.delete(oldest)
    }
  }

  /** Who is passed over now, as long as there is anybody else. */
  resting(nowMs: number): Address[] {
    return [...this.#known].filter(([, { untilMs }]) => untilMs > nowMs).map(([account]) => account)
  }
}

function keep(noted: Set<string>, dealId: string): void {
  noted.add(dealId)
  for (const oldest of noted) {
    if (noted.size <= MAX_ACCOUNTS) break
    noted.delete(oldest)
  }
}
