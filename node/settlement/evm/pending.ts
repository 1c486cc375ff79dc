import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Journal } from '../../journal/journal.ts'

/** One signed form of a transaction; a repriced one has several with the same nonce, of which one can be mined. */
export interface Attempt {
  hash: Hex
  raw: Hex
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
}

/** A transaction that is signed and not yet final. */
export interface Pending {
  /** what it is for, e.g. `open:0x…`: a repeated call joins it instead of sending another */
  key: string
  nonce: number
  to: Address
  data: Hex
  gas: bigint
  attempts: Attempt[]
  /** unix ms of the last pricing and of the last broadcast */
  pricedAtMs: number
  broadcastAtMs: number
}

/** As the time of the last broadcast: the next look sends it. */
export const AT_ONCE = Number.NEGATIVE_INFINITY

export type PendingStore = Pick<Journal, 'getValue' | 'setValue'>

/** The account's transactions under way, durable before any of them is sent. */
export class PendingList {
  readonly #store: PendingStore
  readonly #key: string
  #entries = new Map<number, Pending>()

  constructor(store: PendingStore, key: string) {
    this.#store = store
    this.#key = key
  }

  load(): void {
    const stored = this.#store.getValue<Pending[]>(this.#key) ?? []
    this.#entries = new Map(stored.map(entry => [entry.nonce, entry]))
  }

  /** lowest nonce first */
  all(): Pending[] {
    return [...this.#entries.values()].sort((a, b) => a.nonce - b.nonce)
  }

  get size(): number {
    return this.#entries.size
  }

  /** the first nonce after everything that is signed */
  get nextNonce(): number {
    return Math.max(0, ...[...this.#entries.keys()].map(nonce => nonce + 1))
  }

  put(entry: Pending): void {
    this.#entries.set(entry.nonce, entry)
    this.#save()
  }

  remove(nonce: number): void {
    if (this.#entries.delete(nonce)) this.#save()
  }

  #save(): void {
    this.#store.setValue(this.#key, this.all())
  }
}
