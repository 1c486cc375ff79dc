import { keccak256, type LocalAccount, type TransactionReceipt } from 'viem'
import { messageOf } from '../../../protocols/common/errors.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { AbortOptions } from '../../components.ts'
import {
  InsufficientGasError,
  SettlementStoppedError,
  SettlementUnreachableError,
  TransactionReplacedError,
  TransactionRevertedError
} from '../errors.ts'
import type { SettlementLogger } from '../settlement.ts'
import { abortable, delay, Serial } from './async.ts'
import { type Broadcast, broadcast } from './broadcast.ts'
import type { ChainClient } from './client.ts'
import { bump, currentFees, type Fees } from './fees.ts'
import { type Pending, PendingList, type PendingStore } from './pending.ts'

export type TransactionSigner = Pick<LocalAccount, 'address' | 'signTransaction'>

export interface SenderInit {
  client: ChainClient
  chainId: number
  signer: TransactionSigner
  store: PendingStore
  /** where the journal keeps this account's transactions */
  storeKey: string
  pollMs: number
  /** how deep a transaction must lie before it is forgotten */
  confirmations: number
  /** unmined this long, a transaction is offered again at a higher fee */
  repriceAfterMs: number
  /** how long a caller waits; the transaction is tried on afterwards */
  waitMs: number
  nowMs: () => number
  logger: SettlementLogger
}

export interface SendRequest {
  key: string
  to: Address
  data: Hex
}

/** A share of the estimate and a flat part: a balance that falls to zero meanwhile makes a write 20,000 gas dearer. */
const GAS_MARGIN_PERCENT = 125n
const GAS_MARGIN_FLAT = 50_000n
/** Nodes refuse more than about this many unmined transactions of one account. */
const MAX_PENDING = 64
const MAX_ATTEMPTS = 12
/** Another process using the same key can take a nonce just before us; more often than this is not chance. */
const NONCE_TRIES = 4
/** Ticks in a row that must see a foreign transaction at our nonce: the first may be a lagging node's view. */
const REPLACED_TICKS = 3
/** A node may forget its pool when it restarts. */
const REBROADCAST_SHARE = 3

/**
 * The only way a transaction of this account leaves the node. Nonces are given out one at a time; the signed bytes are in
 * the journal before they are sent, are sent again after a restart or an outage, and repriced while unmined.
 */
export class Sender {
  readonly #init: SenderInit
  readonly #pending: PendingList
  readonly #serial = new Serial()
  readonly #joined = new Map<string, Promise<TransactionReceipt>>()
  readonly #waiters = new Map<number, PromiseWithResolvers<TransactionReceipt>>()
  readonly #mined = new Set<number>()
  readonly #foreign = new Map<number, number>()
  #chainNonce: number | undefined
  #running: AbortController | undefined
  #loop: Promise<void> | undefined

  constructor(init: SenderInit) {
    this.#init = init
    this.#pending = new PendingList(init.store, init.storeKey)
  }

  /** Loads what was under way and sends it again. */
  async start(): Promise<void> {
    if (this.#running !== undefined) return
    this.#running = new AbortController()
    this.#pending.load()
    for (const entry of this.#pending.all()) await this.#rebroadcast(entry)
    this.#watch()
  }

  async stop(): Promise<void> {
    this.#running?.abort()
    await this.#loop
    this.#running = undefined
    this.#chainNonce = undefined
    this.#mined.clear()
    this.#foreign.clear()
    for (const waiter of this.#waiters.values()) waiter.reject(new SettlementStoppedError())
    this.#waiters.clear()
    this.#joined.clear()
  }

  get pending(): number {
    return this.#pending.size
  }

  /** The key of the oldest unmined transaction whose key starts so. */
  underWay(prefix: string): string | undefined {
    return this.#pending.all().find(entry => entry.key.startsWith(prefix) && !this.#mined.has(entry.nonce))?.key
  }

  /** Resolves when no transaction whose key starts so is unmined. */
  async settled(prefix: string, options: AbortOptions = {}): Promise<void> {
    const entries = this.#pending.all().filter(e => e.key.startsWith(prefix) && !this.#mined.has(e.nonce))
    await abortable(Promise.allSettled(entries.map(entry => this.#receipt(entry.nonce))), options.signal)
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
    const under = this.#pending.find(request.key)
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
    this.#watch()
    return this.#wait(nonce)
  }

  /** Takes the next nonce, signs, journals, sends. One at a time. */
  async #place(request: SendRequest, gas: bigint, fees: Fees, stopped: AbortSignal): Promise<number> {
    if (this.#pending.size >= MAX_PENDING) {
      throw new TransactionRevertedError('too many transactions are under way', {
        value: this.#pending.size,
        limit: String(MAX_PENDING),
        remedy: 'wait until some are mined'
      })
    }
    for (let tries = 0; tries < NONCE_TRIES; tries++) {
      if (stopped.aborted) throw new SettlementStoppedError()
      const nonce = await this.#nextNonce()
      const now = this.#init.nowMs()
      const entry: Pending = { ...request, nonce, gas, attempts: [], pricedAtMs: now, broadcastAtMs: now }
      const raw = await this.#sign(entry, fees)
      const sent = await broadcast(this.#init.client, raw)
      if (sent.outcome === 'taken' || sent.outcome === 'unknown') {
        this.#onSent(entry, sent)
        this.#chainNonce = nonce + 1
        return nonce
      }
      // a node that answered late may have taken it on the first of two tries
      if (await this.#findReceipt(entry)) return nonce
      this.#pending.remove(nonce)
      this.#chainNonce = undefined
      if (sent.outcome === 'refused') throw sent.error
    }
    throw new TransactionReplacedError(this.#pending.nextNonce, this.#init.signer.address)
  }

  async #nextNonce(): Promise<number> {
    const { client, signer } = this.#init
    this.#chainNonce ??= await client.getTransactionCount({ address: signer.address, blockTag: 'pending' })
    return Math.max(this.#chainNonce, this.#pending.nextNonce)
  }

  async #sign(entry: Pending, fees: Fees): Promise<Hex> {
    const { to, data, nonce, gas } = entry
    const raw = await this.#init.signer.signTransaction({
      type: 'eip1559',
      chainId: this.#init.chainId,
      to,
      data,
      nonce,
      gas,
      ...fees
    })
    entry.attempts.push({ hash: keccak256(raw), raw, ...fees })
    this.#pending.put(entry)
    return raw
  }

  #receipt(nonce: number): Promise<TransactionReceipt> {
    if (this.#running === undefined) return Promise.reject(new SettlementStoppedError())
    let waiter = this.#waiters.get(nonce)
    if (waiter === undefined) {
      waiter = Promise.withResolvers<TransactionReceipt>()
      waiter.promise.catch(() => {})
      this.#waiters.set(nonce, waiter)
    }
    this.#watch()
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

  /** One loop looks after everything under way, and ends when nothing is. */
  #watch(): void {
    const running = this.#running
    if (this.#loop !== undefined || running === undefined || this.#pending.size === 0) return
    this.#loop = this.#watching(running.signal).finally(() => {
      this.#loop = undefined
      // something may have been placed after the last look
      if (this.#pending.size > 0 && !running.signal.aborted) this.#watch()
    })
  }

  async #watching(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#pending.size > 0) {
      try {
        await this.#tick(signal)
      } catch (error) {
        this.#init.logger.warn({ error: messageOf(error) }, 'chain node does not answer')
      }
      if (this.#pending.size > 0) await delay(this.#init.pollMs, signal)
    }
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { client, signer } = this.#init
    const [head, count] = await Promise.all([
      client.getBlockNumber(),
      client.getTransactionCount({ address: signer.address, blockTag: 'latest' })
    ])
    await Promise.all(this.#pending.all().map(entry => signal.aborted || this.#look(entry, head, count)))
  }

  async #look(entry: Pending, head: bigint, count: number): Promise<void> {
    const receipt = await this.#findReceipt(entry)
    if (receipt !== undefined) return this.#onMined(entry, receipt, head)
    if (this.#mined.delete(entry.nonce)) {
      this.#init.logger.info({ key: entry.key, nonce: entry.nonce }, 'transaction left the chain, sent again')
      return this.#rebroadcast(entry)
    }
    if (count > entry.nonce) return this.#onForeign(entry)
    this.#foreign.delete(entry.nonce)
    const now = this.#init.nowMs()
    if (now - entry.pricedAtMs >= this.#init.repriceAfterMs) return this.#reprice(entry)
    if (now - entry.broadcastAtMs >= this.#init.repriceAfterMs / REBROADCAST_SHARE) return this.#rebroadcast(entry)
  }

  #onMined(entry: Pending, receipt: TransactionReceipt, head: bigint): void {
    const { nonce, key } = entry
    if (!this.#mined.has(nonce)) {
      this.#mined.add(nonce)
      this.#init.logger.info({ key, nonce, hash: receipt.transactionHash, status: receipt.status }, 'transaction mined')
    }
    // the receipt was asked for after the head, and may be newer
    const depth = (head > receipt.blockNumber ? head : receipt.blockNumber) - receipt.blockNumber + 1n
    if (depth >= BigInt(this.#init.confirmations)) {
      this.#mined.delete(nonce)
      this.#pending.remove(nonce)
    }
    this.#waiters.get(nonce)?.resolve(receipt)
    this.#waiters.delete(nonce)
  }

  #onForeign(entry: Pending): void {
    const ticks = (this.#foreign.get(entry.nonce) ?? 0) + 1
    this.#foreign.set(entry.nonce, ticks)
    if (ticks < REPLACED_TICKS) return
    this.#foreign.delete(entry.nonce)
    this.#pending.remove(entry.nonce)
    this.#waiters.get(entry.nonce)?.reject(new TransactionReplacedError(entry.nonce, this.#init.signer.address))
    this.#waiters.delete(entry.nonce)
  }

  async #reprice(entry: Pending): Promise<void> {
    const last = entry.attempts.at(-1)
    if (last === undefined || entry.attempts.length >= MAX_ATTEMPTS) return this.#rebroadcast(entry)
    const fees = bump(last, await currentFees(this.#init.client))
    entry.pricedAtMs = this.#init.nowMs()
    await this.#sign(entry, fees)
    this.#init.logger.info(
      { key: entry.key, nonce: entry.nonce, maxFeePerGas: fees.maxFeePerGas },
      'transaction repriced'
    )
    await this.#rebroadcast(entry)
  }

  async #rebroadcast(entry: Pending): Promise<void> {
    entry.broadcastAtMs = this.#init.nowMs()
    const last = entry.attempts.at(-1)
    if (last !== undefined) this.#onSent(entry, await broadcast(this.#init.client, last.raw))
  }

  /** What may never have arrived is sent again at the next look, not after a while. */
  #onSent(entry: Pending, { outcome }: Broadcast): void {
    if (outcome === 'unknown') entry.broadcastAtMs = 0
  }

  async #findReceipt(entry: Pending): Promise<TransactionReceipt | undefined> {
    for (const { hash } of entry.attempts.toReversed()) {
      try {
        return await this.#init.client.getTransactionReceipt({ hash })
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'TransactionReceiptNotFoundError') throw error
      }
    }
    return undefined
  }
}
