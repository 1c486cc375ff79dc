import type { TransactionReceipt } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { AbortOptions } from '../../components.ts'
import {
  InsufficientGasError,
  SettlementStoppedError,
  SettlementUnreachableError,
  TransactionReplacedError,
  TransactionRevertedError
} from '../errors.ts'
import { abortable, delay, Serial } from './async.ts'
import { Attempts, type AttemptsInit } from './attempts.ts'
import { Caretaker } from './caretaker.ts'
import type { Source } from './client.ts'
import { currentFees, type Fees } from './fees.ts'
import { AT_ONCE, type Pending, PendingList, type PendingStore } from './pending.ts'

export interface SenderInit extends AttemptsInit {
  /** the endpoints that serve: before a transaction is forgotten, a second one has to know its receipt */
  sources: () => Promise<Source[]>
  store: PendingStore
  /** where the journal keeps this account's transactions */
  storeKey: string
  pollMs: number
  /** how deep a transaction must lie to count */
  confirmations: number
  /** unmined this long, a transaction is offered again at a higher fee */
  repriceAfterMs: number
  /** how long a caller waits; the transaction is tried on afterwards */
  waitMs: number
}

export interface SendRequest {
  key: string
  to: Address
  data: Hex
}

/** A share of the estimate and a flat part: a balance that falls to zero meanwhile makes a write 20,000 gas dearer. */
const GAS_MARGIN_PERCENT = 125n
const GAS_MARGIN_FLAT = 50_000n
/** A transaction that does nothing. */
const PLAIN_GAS = 21_000n
/** Nodes refuse more than about this many unmined transactions of one account. */
const MAX_PENDING = 64
/** Another process using the same key can take a nonce just before us; more often than this is not chance. */
const NONCE_TRIES = 4

/**
 * The only way a transaction of this account leaves the node. Nonces are given out one at a time; the signed bytes are in
 * the journal before they are sent, are sent again after a restart, an outage or a reorg, and repriced while unmined.
 */
export class Sender {
  readonly #init: SenderInit
  readonly #pending: PendingList
  readonly #attempts: Attempts
  readonly #caretaker: Caretaker
  readonly #serial = new Serial()
  readonly #joined = new Map<string, Promise<TransactionReceipt>>()
  readonly #waiters = new Map<number, PromiseWithResolvers<TransactionReceipt>>()
  #chainNonce: number | undefined
  #running: AbortController | undefined

  constructor(init: SenderInit) {
    this.#init = init
    this.#pending = new PendingList(init.store, init.storeKey)
    this.#attempts = new Attempts(init, this.#pending)
    this.#caretaker = new Caretaker(init, this.#pending, this.#attempts, {
      onMined: (nonce, receipt) => this.#settle(nonce, waiter => waiter.resolve(receipt)),
      onReplaced: ({ nonce }) => {
        const error = new TransactionReplacedError(nonce, init.signer.address)
        init.logger.warn({ nonce }, 'another transaction of this account took the nonce')
        this.#settle(nonce, waiter => waiter.reject(error))
      },
      onGap: nonce => this.#fill(nonce)
    })
  }

  /** Loads what was under way; it is looked for in the chain and sent again. */
  start(): void {
    if (this.#running !== undefined) return
    this.#running = new AbortController()
    this.#pending.load()
    for (const entry of this.#pending.all()) entry.broadcastAtMs = AT_ONCE
    this.#caretaker.watch(this.#running.signal)
  }

  async stop(): Promise<void> {
    this.#running?.abort()
    await this.#caretaker.stop()
    this.#running = undefined
    this.#chainNonce = undefined
    for (const waiter of this.#waiters.values()) waiter.reject(new SettlementStoppedError())
    this.#waiters.clear()
    this.#joined.clear()
  }

  /** The key of the oldest unmined transaction whose key starts so. */
  underWay(prefix: string): string | undefined {
    const waiting = ({ key, nonce }: Pending) => key.startsWith(prefix) && this.#caretaker.receipt(nonce) === undefined
    return this.#pending.all().find(waiting)?.key
  }

  /** Resolves when no transaction whose key starts so is unmined. */
  async settled(prefix: string, options: AbortOptions = {}): Promise<void> {
    const waiting = ({ key, nonce }: Pending) => key.startsWith(prefix) && this.#caretaker.receipt(nonce) === undefined
    const receipts = this.#pending
      .all()
      .filter(waiting)
      .map(({ nonce }) => this.#receipt(nonce))
    await abortable(Promise.allSettled(receipts), options.signal)
  }

  /**
   * Sends a call and resolves with its receipt, whose status the caller checks. The same key joins what is under way.
   *
   * @throws InsufficientGasError, SettlementUnreachableError, TransactionReplacedError, or the node's refusal as it came
   */
  send(request: SendRequest, { signal }: AbortOptions = {}): Promise<TransactionReceipt> {
    let joined = this.#joined.get(request.key)
    if (joined === undefined) {
      joined = this.#submit(request).finally(() => this.#joined.delete(request.key))
      this.#joined.set(request.key, joined)
      joined.catch(() => {})
    }
    return abortable(joined, signal)
  }

  async #submit(request: SendRequest): Promise<TransactionReceipt> {
    const running = this.#running
    if (running === undefined) throw new SettlementStoppedError()
    const under = this.#underWay(request.key)
    if (under !== undefined) return this.#wait(under.nonce)
    const { client, signer } = this.#init
    const [estimate, fees, balance] = await Promise.all([
      client.estimateGas({ account: signer.address, to: request.to, data: request.data }),
      currentFees(client),
      client.getBalance({ address: signer.address })
    ])
    const gas = (estimate * GAS_MARGIN_PERCENT) / 100n + GAS_MARGIN_FLAT
    if (balance < gas * fees.maxFeePerGas) {
      throw new InsufficientGasError(signer.address, { value: balance, limit: String(gas * fees.maxFeePerGas) })
    }
    const nonce = await this.#serial.run(() => this.#place(request, gas, fees, running.signal))
    this.#caretaker.watch(running.signal)
    return this.#wait(nonce)
  }

  /** A transaction that failed in its block is done with: the same call is a new one. */
  #underWay(key: string): Pending | undefined {
    const isFailed = ({ nonce }: Pending) => this.#caretaker.receipt(nonce)?.status === 'reverted'
    return this.#pending.all().find(entry => entry.key === key && !isFailed(entry))
  }

  /** Takes the next nonce, signs, journals, sends. One at a time. */
  async #place(request: SendRequest, gas: bigint, fees: Fees, stopped: AbortSignal): Promise<number> {
    if (this.#caretaker.waiting >= MAX_PENDING) {
      throw new TransactionRevertedError('too many transactions are under way', {
        value: this.#caretaker.waiting,
        limit: String(MAX_PENDING),
        remedy: 'wait until some are mined'
      })
    }
    for (let tries = 0; tries < NONCE_TRIES; tries++) {
      if (stopped.aborted) throw new SettlementStoppedError()
      const entry = this.#entry(request, await this.#nextNonce(), gas)
      const { nonce } = entry
      await this.#attempts.sign(entry, fees)
      const sent = await this.#attempts.offer(entry)
      if (sent.outcome === 'taken' || sent.outcome === 'unknown') {
        this.#chainNonce = nonce + 1
        return nonce
      }
      // a node that answered late may have taken it on the first of two tries
      if ((await this.#attempts.receiptOf(entry)) !== undefined) return nonce
      this.#pending.remove(nonce)
      this.#chainNonce = undefined
      if (sent.outcome === 'refused') throw sent.error
    }
    throw new TransactionReplacedError(this.#pending.nextNonce, this.#init.signer.address)
  }

  #entry(request: SendRequest, nonce: number, gas: bigint): Pending {
    const now = this.#init.nowMs()
    return { ...request, nonce, gas, attempts: [], pricedAtMs: now, broadcastAtMs: now }
  }

  async #nextNonce(): Promise<number> {
    const { client, signer } = this.#init
    this.#chainNonce ??= await client.getTransactionCount({ address: signer.address, blockTag: 'pending' })
    return Math.max(this.#chainNonce, this.#pending.nextNonce)
  }

  /** Puts a transaction that does nothing where one is missing. */
  #fill(nonce: number): Promise<void> {
    return this.#serial.run(async () => {
      const { client, signer, logger } = this.#init
      if (this.#pending.all().some(entry => entry.nonce === nonce)) return
      logger.warn({ nonce }, 'a transaction that this node did not send is missing: its nonce is filled')
      const entry = this.#entry({ key: `fill:${nonce}`, to: signer.address, data: '0x' }, nonce, PLAIN_GAS)
      await this.#attempts.sign(entry, await currentFees(client))
      await this.#attempts.offer(entry)
    })
  }

  #settle(nonce: number, end: (waiter: PromiseWithResolvers<TransactionReceipt>) => void): void {
    const waiter = this.#waiters.get(nonce)
    this.#waiters.delete(nonce)
    if (waiter !== undefined) end(waiter)
  }

  #receipt(nonce: number): Promise<TransactionReceipt> {
    if (this.#running === undefined) return Promise.reject(new SettlementStoppedError())
    const mined = this.#caretaker.receipt(nonce)
    if (mined !== undefined) return Promise.resolve(mined)
    let waiter = this.#waiters.get(nonce)
    if (waiter === undefined) {
      waiter = Promise.withResolvers<TransactionReceipt>()
      waiter.promise.catch(() => {})
      this.#waiters.set(nonce, waiter)
    }
    this.#caretaker.watch(this.#running.signal)
    return waiter.promise
  }

  async #wait(nonce: number): Promise<TransactionReceipt> {
    const timer = new AbortController()
    const late = delay(this.#init.waitMs, timer.signal).then(() => {
      if (timer.signal.aborted) return undefined
      throw new SettlementUnreachableError(`the transaction with nonce ${nonce} is not mined yet`, {
        field: 'nonce',
        value: nonce,
        remedy: 'it is tried on; ask again later'
      })
    })
    try {
      return (await Promise.race([this.#receipt(nonce), late])) as TransactionReceipt
    } finally {
      timer.abort()
    }
  }
}
