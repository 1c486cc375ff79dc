import type { Address, Hex } from '../common/values.ts'

/** One lot in the draw; times in unix seconds, amounts in the token's smallest unit. */
export interface Seat {
  index: number
  owner: Address
  /** may be drawn for disputes that begin later */
  fromSec: number
  /** when leaving was asked for */
  exitSec?: number
  stake: bigint
  /** what the disputes it sits in can cost it */
  risk: bigint
  /** bits of `CAPABILITY` */
  capabilities: number
}

export type Standing = 'drawn' | 'committed' | 'revealed' | 'declined' | 'excused'

/** A seat in a dispute. */
export interface Member {
  index: number
  seat: number
  owner: Address
  round: number
  standing: Standing
  /** 26 bytes: of the vote hash once committed, of the digest once revealed */
  vote?: Hex
  /** accepts a timeout of the provider as well */
  orTimeout?: true
}

export type DisputePhase = 'drawing' | 'voting' | 'revealing' | 'judged'

/** Where a live dispute stands in the court, read at one block. */
export interface Dispute {
  deal: Hex
  /** as stored; a vote window that is over reads `voting` until the next call (see `phaseAt`) */
  phase: DisputePhase
  /** 0, 1, 2: of 3, 7, 15 seats */
  round: number
  rearms: number
  /** whether this round's seed is fixed; else `ticket` and what it came to */
  seeded: boolean
  seed?: Hex
  ticket?: bigint
  ticketStatus?: 'pending' | 'ready' | 'missed'
  /** what the last judged round said */
  providerWrong: boolean
  /** index of this round's first member */
  first: number
  seated: number
  committed: number
  revealed: number
  /** probes of this round so far */
  cursor: number
  seatCount: number
  challengedAtSec: number
  roundAtSec: number
  /** unix s; 0 while there is none, or when nothing more can be appealed */
  deadlineSec: number
  /** the provider's digest, once its commitment is revealed */
  digest?: Hex
  /** of all rounds */
  members: readonly Member[]
}

/** What a seat can run again; a deal's `needs` are the same bits. */
export const CAPABILITY = { js: 1, wasm: 2, docker: 4 } as const
