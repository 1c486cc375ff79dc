import { messageOf } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import type { OfferBook } from '../../protocols/offers/book.ts'
import type { AbortOptions, Clock, Log } from '../components.ts'

/** One look-up in this time: what a book may cost a chain node, however many accounts are in it. */
const LOOK_EVERY_MS = 1_000
/** What is this old is asked again. Whoever takes its deposit back keeps its place that much longer. */
const STALE_MS = 10 * 60_000
/** A chain node that does not answer is left alone this long. */
const REST_MS = 30_000
/** Accounts remembered: as many as a full book has when each says one thing. */
const MAX_ACCOUNTS = 20_000

export interface AccountWeightsComponents {
  /** free balance in the escrow */
  freeOf(account: Address, options?: AbortOptions): Promise<bigint>
  book: Pick<OfferBook, 'accounts'>
  clock: Clock
  log: Log
}

/**
 * Who stays when the book is full: what an account has in the escrow, as last seen, nothing for one not looked up yet. A
 * flood of fresh accounts waits behind those that were there before it. No ranking ever sees these numbers.
 */
export class AccountWeights {
  readonly #c: AccountWeightsComponents
  readonly #known = new Map<string, { free: bigint; atMs: number }>()
  #timer: NodeJS.Timeout | undefined
  #shutdown = new AbortController()
  #looking: Promise<void> | undefined
  #restUntilMs = 0

  constructor(components: AccountWeightsComponents) {
    this.#c = components
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#shutdown = new AbortController()
    this.#timer = setInterval(() => {
      this.#looking ??= this.look().finally(() => {
        this.#looking = undefined
      })
    }, LOOK_EVERY_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#shutdown.abort()
    await this.#looking
  }

  readonly weightOf = (account: string): bigint => this.#known.get(account)?.free ?? 0n

  /** Looks up one account: the first that is not known, else the one known for longest when that is long ago. */
  async look(): Promise<void> {
    const { clock, freeOf, log } = this.#c
    const account = clock.nowMs() < this.#restUntilMs ? undefined : this.#due(clock.nowMs())
    if (account === undefined) return
    try {
      const free = await freeOf(account, { signal: this.#shutdown.signal })
      this.#known.delete(account)
      this.#known.set(account, { free, atMs: clock.nowMs() })
      if (this.#known.size > MAX_ACCOUNTS) this.#known.delete(this.#known.keys().next().value ?? account)
    } catch (error) {
      this.#restUntilMs = clock.nowMs() + REST_MS
      log.debug({ account, error: messageOf(error) }, 'what an account has in the escrow is not known')
    }
  }

  /** Accounts that have been in the book for longest come first, those who left it are forgotten. */
  #due(nowMs: number): Address | undefined {
    const here = new Set<string>()
    for (const account of this.#c.book.accounts()) {
      if (!this.#known.has(account)) return account
      here.add(account)
    }
    for (const [account, { atMs }] of this.#known) {
      if (!here.has(account)) this.#known.delete(account)
      else return nowMs - atMs >= STALE_MS ? (account as Address) : undefined
    }
    return undefined
  }
}
