import type { Address, Hex } from '../../protocols/common/values.ts'
import type { AbortOptions } from '../components.ts'
import type { DealEvent } from './settlement.ts'

/** Ends of deals go by the event's name; the rest is what else moves an account's money. */
export type MovementKind =
  | 'deposit'
  | 'withdrawal'
  | Exclude<DealEvent['kind'], 'submitted'>
  | 'appealed'
  | 'deposit-back'
  | 'seat-taken'
  | 'seat-left'
  | 'seat-paid'

/** Money of one account that moved. The amounts of all of them add up to the account's free balance. */
export interface Movement {
  kind: MovementKind
  /** change of the free balance in the token's smallest unit: negative when it is locked, staked or withdrawn */
  amount: bigint
  deal?: Hex
  /** of the account in the deal */
  role?: 'creator' | 'provider'
  /** whose tokens were deposited or who got them, where it is another account */
  counterparty?: Address
  transaction: Hex
  blockNumber: bigint
  /** unix s, time of the block */
  atSec: number
}

export interface HistoryOptions extends AbortOptions {
  /** at most this many, the newest */
  limit: number
  /** only what happened at or after, unix s */
  sinceSec?: number
}

export interface History {
  /** oldest first */
  movements: Movement[]
  /** false when not all that was asked for could be read in time: what is missing is older */
  complete: boolean
}
