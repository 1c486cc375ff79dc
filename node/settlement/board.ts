import type { BoardOrder, BoardRequest, BoardRun } from '../../protocols/board/types.ts'
import type { Address, Hex } from '../../protocols/common/values.ts'
import type { Deal, Result } from '../../protocols/deal/schema.ts'
import type { AbortOptions } from '../components.ts'
import type { EventOptions, Receipt } from './settlement.ts'

export type RequestState = 'open' | 'delivered' | 'refunded'

/** A request with what came of it, as the board's events tell. */
export interface BoardEntry {
  id: Hex
  request: BoardRequest
  /** what was sent as the job: a CID of 36 bytes, or the specification itself */
  job: Uint8Array
  state: RequestState
  delivered?: Delivered
  callbackFailed: boolean
}

export interface Delivered {
  agent: Address
  deal: Hex
  manifest: Hex
  digest: Hex
  charge: bigint
  /** 256 and more where the program did not end by itself */
  exitCode: number
}

/** Something that happened on the board; `deal` is the request's id. */
export type BoardEvent = { deal: Hex; transaction: Hex; blockNumber: bigint } & (
  | { kind: 'requested'; request: BoardRequest; job: Uint8Array }
  | ({ kind: 'delivered' } & { delivered: Delivered })
  | { kind: 'callback-failed' }
  | { kind: 'refunded' }
  /** a reorg took it back */
  | { kind: 'removed'; was: string }
)

/** What an agent brings. */
export interface Delivery {
  deal: Deal
  result: Result
  run: BoardRun
  seat: number
  providerSignature: Hex
}

/** The JobBoard of a network. Calls that send resolve when their receipt was seen and the contract shows it. */
export interface Board {
  readonly address: Address
  /** pays bid + fee from the wallet, by permit where the token has it. @throws InsufficientBalanceError */
  request(order: BoardOrder, job: Uint8Array, options?: AbortOptions): Promise<{ id: Hex; receipt: Receipt }>
  /** resolves too when somebody delivered this very result before */
  deliver(request: BoardRequest, delivery: Delivery, options?: AbortOptions): Promise<Receipt>
  refund(request: BoardRequest, options?: AbortOptions): Promise<Receipt>
  withdraw(account: Address, options?: AbortOptions): Promise<Receipt>
  /** what the board holds for an account */
  creditOf(account: Address, options?: AbortOptions): Promise<bigint>
  /** whether the request is open now */
  isOpen(request: BoardRequest, options?: AbortOptions): Promise<boolean>
  /** undefined when no such request is known. `id` may be a prefix of 8 digits or more; newest first */
  find(id: Hex, options?: AbortOptions): Promise<BoardEntry | undefined>
  /** newest first, at most `limit` */
  list(query: { requester?: Address; limit: number }, options?: AbortOptions): Promise<BoardEntry[]>
  /** everything on the board from the persisted position on, at least once */
  events(options?: EventOptions): AsyncIterable<BoardEvent>
}
