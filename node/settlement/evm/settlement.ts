import { randomUUID } from 'node:crypto'
import { encodeFunctionData, type TransactionReceipt } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Close, Deal, DealPhase, Result, SignedDeal } from '../../../protocols/deal/schema.ts'
import type { AbortOptions } from '../../components.ts'
import type { ModuleRegistry } from '../../modules/registry/registry.ts'
import type { Board } from '../board.ts'
import type { ChallengeOptions, Court } from '../court.ts'
import { DealStateError, SettlementStoppedError, TransactionRevertedError } from '../errors.ts'
import type { FaucetContract } from '../faucet.ts'
import type { History, HistoryOptions } from '../history.ts'
import type {
  Balances,
  DealEvent,
  DealStatus,
  EventOptions,
  Receipt,
  Settlement,
  SettlementLogger
} from '../settlement.ts'
import { SigningParty } from '../signing-party.ts'
import { hashResult, lower, toChainClose, toChainDeal } from '../typed-data.ts'
import { abortable, Serial } from './async.ts'
import { type BoardHost, EvmBoard } from './board.ts'
import { checkBoard } from './board-reads.ts'
import { type Chain, type ChainClient, openChain } from './client.ts'
import { checkContracts, checkDecimals, escrowCall, readStatus } from './contract.ts'
import { type CourtHost, EvmCourt } from './court.ts'
import { findCourt } from './court-reads.ts'
import { readDealTerms } from './deal-terms.ts'
import { toUserError } from './errors.ts'
import { type WatchInit, watchDeals } from './events.ts'
import { evmFaucet } from './faucet.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { readHistory } from './history.ts'
import type { EvmComponents, EvmInit } from './index.ts'
import { findBurn, findDealEvent } from './logs.ts'
import { EvmModuleRegistry } from './module-registry.ts'
import { checkModuleRegistry } from './module-registry-reads.ts'
import { moneyEmitters } from './money-logs.ts'
import { allowed, checkReceipt, dealMoved, moneyMoved, nonceBurned, type Proof } from './receipt-check.ts'
import { Sender } from './sender.ts'
import { checkWallet, type DepositPlan, erc20Abi, permitDeposit, withdrawalError } from './tokens.ts'

const DEFAULTS = { dev: false, confirmations: 1, pollMs: 1000, repriceAfterMs: 30_000, waitMs: 180_000 } as const
const SILENT: SettlementLogger = { debug: () => {}, info: () => {}, warn: () => {} }

/** A call about one deal: what it sends, which event it makes, and where the deal is afterwards. */
interface DealCall {
  kind: DealEvent['kind']
  deal: Deal
  data: Hex
  /** phases in which the call has not happened */
  not: readonly DealPhase[]
  resultHash?: Hex
}

interface Running {
  sender: Sender
  storeKey: string
  stop: AbortController
}

export class EvmSettlement extends SigningParty implements Settlement {
  readonly kind = 'evm'
  readonly #init: EvmInit & typeof DEFAULTS
  readonly #components: EvmComponents
  readonly #logger: SettlementLogger
  readonly #chain: Chain
  readonly #client: ChainClient
  readonly #deposits = new Serial()
  readonly #lifecycle = new Serial()
  #running: Running | undefined
  #court: EvmCourt | undefined
  #board: EvmBoard | undefined
  #modules: EvmModuleRegistry | undefined

  constructor(init: EvmInit, components: EvmComponents) {
    const { escrow, token, chainId } = init
    super({ chainId, escrow: lower(escrow) }, components.account)
    this.#init = { ...DEFAULTS, ...init, escrow: lower(escrow), token: lower(token) } as EvmInit & typeof DEFAULTS
    this.#components = components
    this.#logger = components.logger ?? SILENT
    const { nowMs } = components
    this.#chain = openChain({ ...init, logger: this.#logger, ...(nowMs === undefined ? {} : { nowMs }) })
    this.#client = this.#chain.client
  }

  get court(): Court | undefined {
    return this.#court
  }

  get board(): Board | undefined {
    return this.#board
  }

  get modules(): ModuleRegistry | undefined {
    return this.#modules
  }

  faucet(address: Address): FaucetContract {
    const { chainId, token, startBlock } = this.#init
    return evmFaucet(lower(address), {
      client: this.#client,
      chainId,
      token,
      account: this.account,
      startBlock,
      send: (key, data, options, to) => this.#send(key, data, options, to),
      check: (key, receipt, proof, options) => this.#check(key, receipt, proof, options),
      ask: (answer, signal) => this.#ask(answer, signal)
    })
  }

  start(): Promise<void> {
    return this.#lifecycle.run(() => this.#start())
  }

  stop(): Promise<void> {
    return this.#lifecycle.run(async () => {
      const running = this.#running
      this.#running = undefined
      running?.stop.abort()
      await running?.sender.stop()
    })
  }

  async #start(): Promise<void> {
    if (this.#running !== undefined) return
    const { chainId, escrow, confirmations, pollMs, repriceAfterMs, waitMs } = this.#init
    const { account: signer, journal: store, nowMs = Date.now } = this.#components
    // the first block stays the same, or an endpoint serves another chain; a development chain may be started anew: it has
    // the same id and addresses, and what was under way on the old one is void
    const pin = `settlement/evm/${chainId}/${escrow}/genesis`
    const genesis = await this.#chain.start(this.#init.dev ? undefined : store.getValue<Hex>(pin))
    await this.#ask(checkContracts(this.#client, this.#init))
    await this.#ask(checkDecimals(this.#client, this.#init))
    const court = await this.#ask(findCourt(this.#client, escrow, this.#init.court))
    const { board, modules } = this.#init
    if (board !== undefined) await this.#ask(checkBoard(this.#client, escrow, lower(board)))
    if (modules !== undefined) await this.#ask(checkModuleRegistry(this.#client, lower(modules)))
    store.setValue(pin, genesis)
    const storeKey = `settlement/evm/${chainId}/${genesis}/${escrow}/${this.account}`
    const sender = new Sender({
      client: this.#client,
      sources: this.#chain.sources,
      chainId,
      signer,
      store,
      storeKey: `${storeKey}/transactions`,
      confirmations,
      pollMs,
      repriceAfterMs,
      waitMs,
      nowMs,
      logger: this.#logger
    })
    sender.start()
    this.#running = { sender, storeKey, stop: new AbortController() }
    if (court !== undefined) this.#court ??= new EvmCourt(court, this.#courtHost())
    if (modules !== undefined) this.#modules ??= new EvmModuleRegistry(lower(modules), this.#courtHost())
    if (board !== undefined) this.#board ??= new EvmBoard(lower(board), this.#boardHost())
  }

  #courtHost(): CourtHost {
    const { escrow, startBlock } = this.#init
    return {
      chain: this.#chain,
      escrow,
      startBlock,
      account: this.account,
      send: (key, data, options, to) => this.#send(key, data, options, to),
      check: (key, receipt, proof, options) => this.#check(key, receipt, proof, options),
      underWay: prefix => this.#need().sender.underWay(prefix),
      ask: (answer, signal) => this.#ask(answer, signal),
      challenge: (deal, result, options) => this.#challenge(deal, result, options),
      watching: (consumer, signal) => this.#watching(`court-events/${consumer}`, signal)
    }
  }

  #boardHost(): BoardHost {
    const { chainId, token } = this.#init
    const watching = (consumer: string, signal?: AbortSignal) => this.#watching(`board-events/${consumer}`, signal)
    return { ...this.#courtHost(), chainId, token, signer: this.#components.account, watching }
  }

  async now({ signal }: AbortOptions = {}): Promise<number> {
    return Number((await this.#ask(this.#client.getBlock(), signal)).timestamp)
  }

  async balances(account: Address = this.account, { signal }: AbortOptions = {}): Promise<Balances> {
    const { token, escrow } = this.#init
    const args = [account] as const
    const all = Promise.all([
      this.#client.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args }),
      this.#client.readContract({ address: escrow, abi: dealEscrowAbi, functionName: 'freeOf', args }),
      this.#client.getBalance({ address: account })
    ])
    const [wallet, free, gas] = await this.#ask(all, signal)
    return { wallet, free, gas }
  }

  ensureFree(amount: bigint, options: AbortOptions = {}): Promise<boolean> {
    return this.#depositing(async () => {
      const { free } = await this.balances(this.account, options)
      if (free >= amount) return false
      await this.#deposit(amount - free, options)
      return true
    }, options)
  }

  deposit(amount: bigint, options: AbortOptions = {}): Promise<Receipt> {
    return this.#depositing(() => this.#deposit(amount, options), options)
  }

  async withdraw(amount: bigint, to: Address, options: AbortOptions = {}): Promise<Receipt> {
    const proof = moneyMoved(this.#init.escrow, 'Withdrawn')
    const data = escrowCall('withdraw', [to, amount])
    try {
      return await this.#transact(`withdraw:${randomUUID()}`, data, proof, options)
    } catch (error) {
      throw withdrawalError(error)
    }
  }

  async history(options: HistoryOptions): Promise<History> {
    const { escrow, startBlock, confirmations } = this.#init
    const [court, { nowMs = Date.now }] = [this.#court, this.#components]
    const seats = court && { address: court.address, seatStake: (await court.settings(options)).seatStake }
    const reading = { sources: this.#chain.sources, startBlock, confirmations, nowMs, logger: this.#logger }
    const init = { ...reading, emitters: moneyEmitters(escrow, seats), account: this.account }
    return this.#ask(readHistory(init, options), options.signal)
  }

  async checkOpen(signed: SignedDeal, { signal }: AbortOptions = {}): Promise<void> {
    const call = { account: this.account, to: this.#init.escrow, data: openData(signed) }
    await this.#ask(this.#client.call(call), signal)
  }

  open(signed: SignedDeal, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act({ kind: 'opened', deal: signed.deal, data: openData(signed), not: ['none'] }, options)
  }

  submit(deal: Deal, result: Result, options: AbortOptions = {}): Promise<Receipt> {
    const data = escrowCall('submit', [toChainDeal(deal), result, '0x'])
    return this.#act({ kind: 'submitted', deal, data, not: ['none', 'open'], resultHash: hashResult(result) }, options)
  }

  settle(deal: Deal, result: Result, creatorSignature: Hex, options: AbortOptions = {}): Promise<Receipt> {
    return this.#end('settled', deal, escrowCall('settle', [toChainDeal(deal), result, creatorSignature]), options)
  }

  claim(deal: Deal, result: Result, options: AbortOptions = {}): Promise<Receipt> {
    return this.#end('claimed', deal, escrowCall('claim', [toChainDeal(deal), result]), options)
  }

  forfeit(deal: Deal, options: AbortOptions = {}): Promise<Receipt> {
    return this.#end('forfeited', deal, escrowCall('forfeit', [toChainDeal(deal)]), options)
  }

  timeoutSubmit(deal: Deal, options: AbortOptions = {}): Promise<Receipt> {
    return this.#end('timed-out', deal, escrowCall('timeoutSubmit', [toChainDeal(deal)]), options)
  }

  close(
    deal: Deal,
    close: Close,
    { creator, provider }: { creator: Hex; provider: Hex },
    options: AbortOptions = {}
  ): Promise<Receipt> {
    const data = escrowCall('close', [toChainDeal(deal), toChainClose(close), creator, provider])
    return this.#end('closed', deal, data, options)
  }

  async burn(nonce: bigint, options: AbortOptions = {}): Promise<Receipt> {
    try {
      const proof = nonceBurned(this.#init.escrow, this.account, nonce)
      return await this.#transact(`burn:${nonce}`, escrowCall('burn', [nonce]), proof, options)
    } catch (error) {
      if (!(error instanceof DealStateError)) throw error
      const burned = await this.#ask(findBurn(this.#chain.anyone, this.#init, this.account, nonce), options.signal)
      if (burned === undefined) throw error
      return { transaction: burned, gasUsed: 0n }
    }
  }

  status(deal: Deal, { signal }: AbortOptions = {}): Promise<DealStatus> {
    return this.#ask(readStatus(this.#client, this.#init.escrow, deal), signal)
  }

  dealOf(id: Hex, { signal }: AbortOptions = {}): Promise<SignedDeal | undefined> {
    return this.#ask(readDealTerms(this.#chain.anyone, this.#init, id), signal)
  }

  async *events({ signal, consumer = 'default' }: EventOptions = {}): AsyncIterable<DealEvent> {
    const { init, ended } = this.#watching(`events/${consumer}`, signal)
    yield* watchDeals({ ...init, escrow: this.#init.escrow, account: this.account }, ended)
  }

  #watching(cursor: string, signal?: AbortSignal): { init: WatchInit; ended: AbortSignal } {
    const { storeKey, stop } = this.#need()
    const { startBlock, confirmations, pollMs } = this.#init
    const { journal: store, nowMs = Date.now } = this.#components
    const ended = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal])
    const reading = { sources: this.#chain.sources, startBlock, confirmations, pollMs, nowMs, logger: this.#logger }
    return { init: { ...reading, store, storeKey: `${storeKey}/${cursor}` }, ended }
  }

  #challenge(deal: Deal, result: Result, { creatorSignature = '0x', ...options }: ChallengeOptions): Promise<Receipt> {
    const data = escrowCall('challenge', [toChainDeal(deal), result, creatorSignature])
    const not: DealPhase[] = ['none', 'open', 'submitted']
    return this.#act({ kind: 'challenged', deal, data, not, resultHash: hashResult(result) }, options)
  }

  #end(kind: DealEvent['kind'], deal: Deal, data: Hex, options: AbortOptions): Promise<Receipt> {
    return this.#act({ kind, deal, data, not: ['none', 'open', 'submitted', 'disputed'] }, options)
  }

  /** Sends a deal call; when the chain says that the deal is elsewhere already, asks whether this very thing was done. */
  async #act(call: DealCall, options: AbortOptions): Promise<Receipt> {
    const id = this.dealId(call.deal)
    try {
      const proof = dealMoved(this.#init.escrow, call.deal, call.not)
      return await this.#transact(`${call.kind}:${id}`, call.data, proof, options)
    } catch (error) {
      if (!(error instanceof DealStateError)) throw error
      const done = await this.#ask(findDealEvent(this.#chain.anyone, this.#init, id, call.kind), options.signal)
      if (done === undefined || done.resultHash !== call.resultHash) throw error
      return { transaction: done.transaction, gasUsed: 0n }
    }
  }

  /** Sends a call and has the contract confirm its receipt. */
  async #transact(
    key: string,
    data: Hex,
    proof: Proof,
    options: AbortOptions,
    to = this.#init.escrow
  ): Promise<Receipt> {
    return this.#check(key, await this.#send(key, data, options, to), proof, options)
  }

  async #check(key: string, receipt: TransactionReceipt, proof: Proof, options: AbortOptions): Promise<Receipt> {
    const { stop } = this.#need()
    const what = key.split(':', 1)[0] ?? key
    const init = { chain: this.#chain, pollMs: this.#init.pollMs, what, stop: stop.signal }
    await this.#ask(checkReceipt(receipt, proof, init, options.signal), options.signal)
    return { transaction: receipt.transactionHash, gasUsed: receipt.gasUsed }
  }

  async #send(key: string, data: Hex, options: AbortOptions, to = this.#init.escrow): Promise<TransactionReceipt> {
    const receipt = await this.#ask(this.#need().sender.send({ key, to, data }, options))
    if (receipt.status === 'success') return receipt
    // run again where it failed: the contract tells the reason
    await this.#ask(this.#client.call({ account: this.account, to, data, blockNumber: receipt.blockNumber }))
    throw new TransactionRevertedError('the transaction failed', { value: receipt.transactionHash })
  }

  async #deposit(amount: bigint, options: AbortOptions): Promise<Receipt> {
    const { chainId, token, escrow } = this.#init
    const client = this.#client
    const plan: DepositPlan = { client, signer: this.#components.account, chainId, token, escrow, amount }
    await this.#ask(checkWallet(plan), options.signal)
    const key = `deposit:${randomUUID()}`
    const permit = await this.#ask(permitDeposit(plan), options.signal)
    const proof = moneyMoved(escrow, 'Deposited')
    if (permit !== undefined) return this.#transact(key, permit, proof, options)
    const approve = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [escrow, amount] })
    await this.#transact(`${key}:approve`, approve, allowed(token, this.account, escrow, amount), options, token)
    return this.#transact(key, escrowCall('deposit', [this.account, amount]), proof, options)
  }

  /** One deposit at a time: two permits with one nonce would void each other, and a sum must not be moved twice. */
  #depositing<T>(work: () => Promise<T>, options: AbortOptions): Promise<T> {
    return this.#deposits.run(async () => {
      options.signal?.throwIfAborted()
      await this.#need().sender.settled('deposit:', options)
      return work()
    })
  }

  #need(): Running {
    if (this.#running === undefined) throw new SettlementStoppedError()
    return this.#running
  }

  /** Every question to the chain: ends with the signal, and fails with an error that a person can read. */
  async #ask<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await abortable(answer, signal)
    } catch (error) {
      throw toUserError(error, this.account)
    }
  }
}

function openData({ deal, creatorSignature, providerSignature }: SignedDeal): Hex {
  return escrowCall('open', [toChainDeal(deal), creatorSignature, providerSignature])
}
