import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Movement } from '../history.ts'
import { type DealEvent, NO_TRANSACTION } from '../settlement.ts'
import type { LedgerDeal } from './ledger.ts'

/** Past money movements that can be listed. */
const KEPT_MOVEMENTS = 10_000
/** Past events that a restarted consumer can still read; a node that lags by more reads the deals' states instead. */
const KEPT_EVENTS = 10_000
const NO_DEAL: LedgerDeal = { phase: 'none', deadlineSec: 0 }

/** What a nonce went into. */
export type NonceUse = 'opened' | 'burned'

export interface BookStore extends Pick<Journal, 'getValue' | 'setValue' | 'deleteValue' | 'transaction'> {}

/** Deals, balances, nonces and events of one network in the journal's map. */
export class Books {
  readonly #store: BookStore
  readonly #prefix: string
  readonly #credit: bigint

  constructor(store: BookStore, network: string, credit: bigint) {
    this.#store = store
    this.#prefix = `settlement/none/${network}`
    this.#credit = credit
  }

  transaction<T>(work: () => T): T {
    return this.#store.transaction(work)
  }

  deal(id: Hex): LedgerDeal {
    return this.#store.getValue<LedgerDeal>(`${this.#prefix}/deal/${id}`) ?? NO_DEAL
  }

  setDeal(id: Hex, deal: LedgerDeal): void {
    this.#store.setValue(`${this.#prefix}/deal/${id}`, deal)
  }

  free(account: Address): bigint {
    return this.#store.getValue<bigint>(`${this.#prefix}/free/${account}`) ?? this.#credit
  }

  addFree(account: Address, delta: bigint): void {
    if (delta !== 0n) this.#store.setValue(`${this.#prefix}/free/${account}`, this.free(account) + delta)
  }

  wallet(account: Address): bigint {
    return this.#store.getValue<bigint>(`${this.#prefix}/wallet/${account}`) ?? 0n
  }

  addWallet(account: Address, delta: bigint): void {
    if (delta !== 0n) this.#store.setValue(`${this.#prefix}/wallet/${account}`, this.wallet(account) + delta)
  }

  nonce(creator: Address, nonce: bigint): NonceUse | undefined {
    return this.#store.getValue<NonceUse>(`${this.#prefix}/nonce/${creator}/${nonce}`)
  }

  useNonce(creator: Address, nonce: bigint, use: NonceUse): void {
    this.#store.setValue(`${this.#prefix}/nonce/${creator}/${nonce}`, use)
  }

  /** number of events ever recorded; the next one gets this index */
  get eventCount(): number {
    return this.#store.getValue<number>(`${this.#prefix}/events`) ?? 0
  }

  event(index: number): DealEvent | undefined {
    return this.#store.getValue<DealEvent>(`${this.#prefix}/event/${index}`)
  }

  addEvent(event: Omit<DealEvent, 'blockNumber'>): void {
    const index = this.eventCount
    this.#store.setValue(`${this.#prefix}/event/${index}`, { ...event, blockNumber: BigInt(index) })
    this.#store.setValue(`${this.#prefix}/events`, index + 1)
    if (index >= KEPT_EVENTS) this.#store.deleteValue(`${this.#prefix}/event/${index - KEPT_EVENTS}`)
  }

  /** number of movements ever recorded */
  get movementCount(): number {
    return this.#store.getValue<number>(`${this.#prefix}/movements`) ?? 0
  }

  /** undefined when it was too long ago */
  movement(index: number): Movement | undefined {
    return this.#store.getValue<Movement>(`${this.#prefix}/movement/${index}`)
  }

  addMovement(movement: Omit<Movement, 'blockNumber' | 'transaction'>): void {
    const index = this.movementCount
    const place = { transaction: NO_TRANSACTION, blockNumber: BigInt(index) }
    this.#store.setValue(`${this.#prefix}/movement/${index}`, { ...movement, ...place })
    this.#store.setValue(`${this.#prefix}/movements`, index + 1)
    if (index >= KEPT_MOVEMENTS) this.#store.deleteValue(`${this.#prefix}/movement/${index - KEPT_MOVEMENTS}`)
  }

  cursor(consumer: string): number {
    return this.#store.getValue<number>(`${this.#prefix}/cursor/${consumer}`) ?? 0
  }

  /** Behind by a power cut, it brings events again: consumers take that. */
  setCursor(consumer: string, index: number): void {
    this.#store.setValue(`${this.#prefix}/cursor/${consumer}`, index, { lazy: true })
  }
}
