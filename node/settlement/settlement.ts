import type { Address, Hex } from '../../protocols/common/values.ts'
import type { Close, Deal, DealPhase, Result, SignedDeal } from '../../protocols/deal/schema.ts'
import type { AbortOptions } from '../components.ts'
import type { ModuleRegistry } from '../modules/registry/registry.ts'
import type { Board } from './board.ts'
import type { Court } from './court.ts'
import type { FaucetContract } from './faucet.ts'
import type { History, HistoryOptions } from './history.ts'

/** Balances of an account in the token's smallest unit; `gas` in wei. */
export interface Balances {
  /** in the token contract, outside the escrow */
  wallet: bigint
  /** in the escrow, free to withdraw or to lock in a deal */
  free: bigint
  gas: bigint
}

export interface DealStatus {
  phase: DealPhase
  /** chain time (unix s) up to which the next step may be taken: submitBy when open, reviewBy when submitted */
  deadlineSec: number
}

/** Stands where a transaction's hash would: nothing was sent, or it was not seen from here. */
export const NO_TRANSACTION: Hex = `0x${'00'.repeat(32)}`

export interface Receipt {
  /** transaction hash; zero hash where there is no chain */
  transaction: Hex
  gasUsed: bigint
}

/** Something that happened to a deal on chain, after the configured number of confirmations. */
export interface DealEvent {
  deal: Hex
  kind:
    | 'opened'
    | 'submitted'
    | 'challenged'
    | 'settled'
    | 'claimed'
    | 'forfeited'
    | 'timed-out'
    | 'closed'
    /** by the court's verdict */
    | 'resolved'
  /** what the provider got and what the creator got back, when the event ends the deal */
  toProvider?: bigint
  toCreator?: bigint
  transaction: Hex
  blockNumber: bigint
  /** a reorg took this event back; it may come again in another block */
  removed?: true
}

export interface EventOptions extends AbortOptions {
  /** each consumer has its own persisted cursor. @default 'default' */
  consumer?: string
}

/** The part of a structured logger (pino's shape) that settlement writes to. */
export interface SettlementLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** What signatures are bound to: the EIP-712 domain of the escrow, or of the network where there is no chain. */
export interface SettlementDomain {
  chainId: number
  escrow: Address
  /** EIP-712 salt, used only where there is no chain */
  salt?: Hex | undefined
}

/**
 * What holds the money. Calls that send a transaction resolve when its receipt was seen and the contract's state was
 * checked; they are idempotent: calling again after success resolves too (with the state as it is).
 *
 * On a chain `open` and `forfeit` are the provider's alone, and so is `settle`, but for the very result that was submitted,
 * which either party may settle; the other party gets a DealStateError (NotParty). Where each side keeps books of its own, it
 * records what the other did by the same call.
 *
 * @throws UserError named InsufficientBalanceError, InsufficientGasError, SettlementUnreachableError, WrongChainError,
 *   DealStateError (the deal is not in the state the call needs), TransactionRevertedError
 */
export interface Settlement {
  readonly kind: 'evm' | 'none'
  readonly domain: SettlementDomain
  readonly account: Address
  /** known from the first start on; undefined where the escrow has none, so that no deal may ask for a committee */
  readonly court: Court | undefined
  /** where contracts ask for jobs; known from the first start on, undefined where the network has none */
  readonly board: Board | undefined
  /** names of modules; known from the first start on, undefined where the network has none on its chain */
  readonly modules: ModuleRegistry | undefined
  /** the faucet at an address of the chain. @throws NoChainError where there is none */
  faucet(address: Address): FaucetContract
  start(): Promise<void>
  stop(): Promise<void>

  /** chain time (unix s) of the latest block; wall clock where there is no chain */
  now(options?: AbortOptions): Promise<number>
  balances(account?: Address, options?: AbortOptions): Promise<Balances>
  /** moves wallet → free until at least `amount` is free (one permit transaction), and says whether it had to */
  ensureFree(amount: bigint, options?: AbortOptions): Promise<boolean>
  deposit(amount: bigint, options?: AbortOptions): Promise<Receipt>
  withdraw(amount: bigint, to: Address, options?: AbortOptions): Promise<Receipt>

  /** this account's money movements, as deep in the chain as events are reported; where there is no chain, those of the books */
  history(options: HistoryOptions): Promise<History>

  /** digest to sign (EIP-712) and the struct hash that is the deal's id */
  dealId(deal: Deal): Hex
  signDeal(deal: Deal): Promise<Hex>
  signResult(result: Result): Promise<Hex>
  signClose(close: Close): Promise<Hex>
  /** as the creator: with it anybody may take the deal of this submitted result to the court */
  signChallenge(result: Result): Promise<Hex>
  /** who signed, by ecrecover: low-s only. Undefined when the signature is malformed. */
  dealSigner(deal: Deal, signature: Hex): Promise<Address | undefined>
  resultSigner(result: Result, signature: Hex): Promise<Address | undefined>
  closeSigner(close: Close, signature: Hex): Promise<Address | undefined>

  /** free balances of both parties, the nonce and openBefore allow `open` now (an eth_call): throws what is wrong */
  checkOpen(signed: SignedDeal, options?: AbortOptions): Promise<void>
  open(signed: SignedDeal, options?: AbortOptions): Promise<Receipt>
  submit(deal: Deal, result: Result, options?: AbortOptions): Promise<Receipt>
  settle(deal: Deal, result: Result, creatorSignature: Hex, options?: AbortOptions): Promise<Receipt>
  claim(deal: Deal, result: Result, options?: AbortOptions): Promise<Receipt>
  forfeit(deal: Deal, options?: AbortOptions): Promise<Receipt>
  timeoutSubmit(deal: Deal, options?: AbortOptions): Promise<Receipt>
  close(deal: Deal, close: Close, signatures: { creator: Hex; provider: Hex }, options?: AbortOptions): Promise<Receipt>
  burn(nonce: bigint, options?: AbortOptions): Promise<Receipt>

  status(deal: Deal, options?: AbortOptions): Promise<DealStatus>
  /**
   * The terms of a deal that anybody opened, with both signatures, hashed again and compared with its id. Undefined where
   * no such opening is known, and where there is no chain, since parties keep their terms themselves.
   *
   * @throws DealUnreadableError when it was opened in a way that does not show its terms
   */
  dealOf(id: Hex, options?: AbortOptions): Promise<SignedDeal | undefined>
  /**
   * every deal event this account is a party of, from the persisted cursor on; ends with the signal. At least once: the
   * cursor moves when the next event is asked for. After a reorg, what is gone comes as `removed`, and what came anew or
   * lies in another block now comes (again).
   */
  events(options?: EventOptions): AsyncIterable<DealEvent>
}
