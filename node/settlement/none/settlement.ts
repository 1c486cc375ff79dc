import { UserError } from '../../../protocols/common/errors.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Close, Deal, Result, SignedDeal } from '../../../protocols/deal/schema.ts'
import { chainlessDomain } from '../../../protocols/deal/typed-data.ts'
import { SettlementStoppedError } from '../errors.ts'
import type { History, HistoryOptions, Movement } from '../history.ts'
import {
  type Balances,
  type DealEvent,
  type DealStatus,
  type EventOptions,
  NO_TRANSACTION,
  type Receipt,
  type Settlement
} from '../settlement.ts'
import { SigningParty } from '../signing-party.ts'
import { hashResult, lower } from '../typed-data.ts'
import { Books } from './books.ts'
import type { NoneComponents, NoneInit } from './index.ts'
import { apply, EVENT_OF, type LedgerCall, type LedgerChange, nonceUsed } from './ledger.ts'

const RECEIPT: Receipt = { transaction: NO_TRANSACTION, gasUsed: 0n }
const wallClock = () => Math.floor(Date.now() / 1000)

export class NoneSettlement extends SigningParty implements Settlement {
  readonly kind = 'none'
  /** books of two have no third */
  readonly court = undefined
  readonly board = undefined
  readonly modules = undefined
  readonly #books: Books
  readonly #nowSec: () => number
  #running: AbortController | undefined
  #wake = Promise.withResolvers<void>()

  constructor({ network, credit = 0n }: NoneInit, { account, journal, nowSec = wallClock }: NoneComponents) {
    super(chainlessDomain(network), account)
    this.#books = new Books(journal, network, credit)
    this.#nowSec = nowSec
  }

  faucet(): never {
    throw new UserError('NoChainError', 'this network has no chain: a faucet has nothing to give', {
      field: 'roles',
      value: 'faucet',
      remedy: 'leave the role faucet out, or create a network with --rpc'
    })
  }

  async start(): Promise<void> {
    this.#running ??= new AbortController()
  }

  async stop(): Promise<void> {
    this.#running?.abort()
    this.#running = undefined
    this.#notify()
  }

  async now(): Promise<number> {
    return this.#nowSec()
  }

  async balances(account: Address = this.account): Promise<Balances> {
    const of = lower(account)
    return { wallet: this.#books.wallet(of), free: this.#books.free(of), gas: 0n }
  }

  async ensureFree(_amount: bigint): Promise<boolean> {
    return false
  }

  async deposit(amount: bigint): Promise<Receipt> {
    return this.#move(amount, this.account)
  }

  async withdraw(amount: bigint, to: Address): Promise<Receipt> {
    return this.#move(-amount, lower(to))
  }

  async history({ limit, sinceSec = 0 }: HistoryOptions): Promise<History> {
    const movements: Movement[] = []
    let index = this.#books.movementCount - 1
    for (; index >= 0 && movements.length < limit; index--) {
      const movement = this.#books.movement(index)
      if (movement === undefined) break
      if (movement.atSec < sinceSec) return { movements, complete: true }
      movements.unshift(movement)
    }
    return { movements, complete: index < 0 || movements.length === limit }
  }

  async checkOpen({ deal, creatorSignature, providerSignature }: SignedDeal): Promise<void> {
    const id = this.dealId(deal)
    const call = await this.#openCall(deal, creatorSignature, providerSignature)
    apply(call, { id, deal, state: this.#books.deal(id), nowSec: this.#nowSec() })
  }

  async open({ deal, creatorSignature, providerSignature }: SignedDeal): Promise<Receipt> {
    if (this.#books.deal(this.dealId(deal)).phase !== 'none') return RECEIPT
    const call = await this.#openCall(deal, creatorSignature, providerSignature)
    return this.#act(deal, () => ({ ...call, nonceUsed: this.#nonceUsed(deal) }))
  }

  async submit(deal: Deal, result: Result): Promise<Receipt> {
    return this.#act(deal, () => ({ kind: 'submit', result, resultHash: hashResult(result) }))
  }

  async settle(deal: Deal, result: Result, creatorSignature: Hex): Promise<Receipt> {
    const creatorSigned = (await this.resultSigner(result, creatorSignature)) === deal.creator
    return this.#act(deal, () => ({ kind: 'settle', result, creatorSigned }))
  }

  async claim(deal: Deal, result: Result): Promise<Receipt> {
    return this.#act(deal, () => ({ kind: 'claim', result, resultHash: hashResult(result) }))
  }

  async forfeit(deal: Deal): Promise<Receipt> {
    return this.#act(deal, () => ({ kind: 'forfeit' }))
  }

  async timeoutSubmit(deal: Deal): Promise<Receipt> {
    return this.#act(deal, () => ({ kind: 'timeoutSubmit' }))
  }

  async close(deal: Deal, close: Close, { creator, provider }: { creator: Hex; provider: Hex }): Promise<Receipt> {
    const right = close.deal === this.dealId(deal)
    const creatorSigned = right && (await this.closeSigner(close, creator)) === deal.creator
    const providerSigned = right && (await this.closeSigner(close, provider)) === deal.provider
    return this.#act(deal, () => ({ kind: 'close', ...close, creatorSigned, providerSigned }))
  }

  async burn(nonce: bigint): Promise<Receipt> {
    if (this.#books.nonce(this.account, nonce) === 'opened') throw nonceUsed({ nonce })
    this.#books.useNonce(this.account, nonce, 'burned')
    return RECEIPT
  }

  async status(deal: Deal): Promise<DealStatus> {
    const { phase, deadlineSec } = this.#books.deal(this.dealId(deal))
    if (phase === 'none' && this.#nonceUsed(deal)) return { phase: 'closed', deadlineSec }
    return { phase, deadlineSec }
  }

  async dealOf(): Promise<undefined> {
    return undefined
  }

  async *events({ signal, consumer = 'default' }: EventOptions = {}): AsyncIterable<DealEvent> {
    const running = this.#running
    if (running === undefined) throw new SettlementStoppedError()
    const ended = () => running.signal.aborted || signal?.aborted === true
    const onAbort = () => this.#notify()
    signal?.addEventListener('abort', onAbort)
    try {
      while (!ended()) {
        const woken = this.#wake.promise
        yield* this.#recorded(consumer, ended)
        if (!ended()) await woken
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  *#recorded(consumer: string, ended: () => boolean): Iterable<DealEvent> {
    for (let next = this.#books.cursor(consumer); next < this.#books.eventCount && !ended(); next++) {
      const event = this.#books.event(next)
      if (event !== undefined) yield event
      // reached only when the consumer asks for more: it has dealt with this one
      this.#books.setCursor(consumer, next + 1)
    }
  }

  async #openCall(deal: Deal, creator: Hex, provider: Hex): Promise<Extract<LedgerCall, { kind: 'open' }>> {
    return {
      kind: 'open',
      nonceUsed: this.#nonceUsed(deal),
      creatorSigned: (await this.dealSigner(deal, creator)) === deal.creator,
      providerSigned: (await this.dealSigner(deal, provider)) === deal.provider
    }
  }

  #nonceUsed({ creator, nonce }: Deal): boolean {
    return this.#books.nonce(creator, nonce) !== undefined
  }

  #act(deal: Deal, prepare: () => LedgerCall): Receipt {
    const id = this.dealId(deal)
    const recorded = this.#books.transaction(() => {
      const call = prepare()
      const state = this.#books.deal(id)
      if (isDone(call, state)) return false
      const change = apply(call, { id, deal, state, nowSec: this.#nowSec() })
      this.#write(id, deal, change)
      return true
    })
    if (recorded) this.#notify()
    return RECEIPT
  }

  #write(id: Hex, deal: Deal, change: LedgerChange): void {
    if (change.event.kind === 'opened') this.#books.useNonce(deal.creator, deal.nonce, 'opened')
    this.#books.setDeal(id, change.deal)
    this.#books.addFree(deal.creator, change.creatorDelta)
    this.#books.addFree(deal.provider, change.providerDelta)
    const role = deal.creator === this.account ? 'creator' : 'provider'
    if (deal[role] !== this.account) return
    const { kind } = change.event
    if (kind !== 'submitted') {
      const amount = role === 'creator' ? change.creatorDelta : change.providerDelta
      this.#books.addMovement({ kind, deal: id, role, amount, atSec: this.#nowSec() })
    }
    this.#books.addEvent({ deal: id, transaction: NO_TRANSACTION, ...change.event })
  }

  #move(toFree: bigint, wallet: Address): Receipt {
    this.#books.transaction(() => {
      this.#books.addFree(this.account, toFree)
      this.#books.addWallet(wallet, -toFree)
      this.#books.addMovement({
        kind: toFree < 0n ? 'withdrawal' : 'deposit',
        amount: toFree,
        ...(wallet === this.account ? {} : { counterparty: wallet }),
        atSec: this.#nowSec()
      })
    })
    return RECEIPT
  }

  #notify(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers<void>()
  }
}

/** Whether an earlier call of the same kind has brought the deal where this one would. */
function isDone(call: LedgerCall, state: { phase: string; end?: string; resultHash?: Hex }): boolean {
  if (call.kind === 'open') return state.phase !== 'none'
  if (call.kind === 'submit') return state.phase === 'submitted' && state.resultHash === call.resultHash
  return state.end === EVENT_OF[call.kind]
}
