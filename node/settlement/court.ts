import type { Address, Hex } from '../../protocols/common/values.ts'
import type { Deal, Result } from '../../protocols/deal/schema.ts'
import type { Dispute, Seat } from '../../protocols/mediation/types.ts'
import type { AbortOptions } from '../components.ts'
import type { EventOptions, Receipt } from './settlement.ts'

/** What was fixed when the court was deployed; times in seconds, amounts in the token's smallest unit. */
export interface CourtSettings {
  seatStake: bigint
  revealWindowSec: number
  appealWindowSec: number
  /** from taking a seat until disputes that begin then may draw it */
  activationSec: number
  exitDelaySec: number
  /** the escrow's smallest seat fee */
  minSeatFee: bigint
}

/** A deal that was challenged, as the chain tells it: everything that the court's calls need. */
export interface Challenge {
  deal: Deal
  result: Result
  transaction: Hex
}

/** Something that happened in the court, after the configured number of confirmations. */
export type CourtEvent = { deal: Hex; transaction: Hex; blockNumber: bigint } & (
  | { kind: 'challenged'; challenge: Challenge }
  | { kind: 'armed'; round: number; ticket: bigint }
  | { kind: 'drawn'; owner: Address; round: number; member: number; seat: number }
  | { kind: 'voting'; round: number; voteBySec: number }
  | { kind: 'declined' | 'committed'; member: number }
  | { kind: 'revealed'; member: number; digest: Hex; orTimeout: boolean }
  | { kind: 'commitment-revealed'; digest: Hex }
  | { kind: 'judged'; round: number; providerWrong: boolean; appealBySec: number }
  | { kind: 'undrawn'; round: number }
  | { kind: 'appealed'; round: number; payer: Address; forCreator: boolean; deposit: bigint }
  | { kind: 'seat-paid' | 'seat-slashed'; seat: number; owner: Address; amount: bigint }
  | { kind: 'finished'; providerWrong: boolean; pot: bigint; paidSeats: number }
  /** a reorg took this event back; it may come again in another block. Read the dispute anew */
  | { kind: 'removed'; was: CourtEvent['kind'] }
)

export interface ChallengeOptions extends AbortOptions {
  /** the creator's (`Settlement.signChallenge`), when somebody else sends the challenge; the creator's balance pays all the same */
  creatorSignature?: Hex
}

export interface AppealOptions extends AbortOptions {
  /**
   * the round that the appeal is to open. Whoever may repeat the call later should name it: without it an appeal that is sent
   * again after its round was judged would open the next one, for the other side. @default the next one
   */
  round?: number
}

/**
 * The court of a network (docs/court.md). Calls resolve when their receipt was seen and the contract's state was checked;
 * they are idempotent: what was done already resolves too.
 *
 * @throws the same errors as Settlement
 */
export interface Court {
  readonly address: Address
  settings(options?: AbortOptions): Promise<CourtSettings>

  seats(options?: AbortOptions): Promise<Seat[]>
  /**
   * Stakes the seat stake of this account's free balance. One that was sent before and is not mined yet, by a process that
   * was stopped for instance, is waited for instead of another.
   */
  takeSeat(capabilities: number, options?: AbortOptions): Promise<{ seat: number; receipt: Receipt }>
  askExit(seat: number, options?: AbortOptions): Promise<Receipt>
  leaveSeat(seat: number, options?: AbortOptions): Promise<Receipt>

  /** all of it as it is at one block; undefined when no dispute of this deal is live */
  dispute(deal: Hex, options?: AbortOptions): Promise<Dispute | undefined>
  /** every event about a deal, oldest first, from the chain's logs */
  history(deal: Hex, options?: AbortOptions): Promise<CourtEvent[]>
  /** the latest challenge of a deal, from the chain's logs */
  challengeOf(deal: Hex, options?: AbortOptions): Promise<Challenge | undefined>

  /** as the creator, or with its signature: takes a submitted deal here and locks the deposit */
  challenge(deal: Deal, result: Result, options?: ChallengeOptions): Promise<Receipt>
  /** one call of up to 48 probes: read the dispute and call again until all seats are drawn */
  draw(deal: Deal, options?: AbortOptions): Promise<Receipt>
  rearm(deal: Hex, options?: AbortOptions): Promise<Receipt>
  commit(deal: Hex, member: number, vote: Hex, options?: AbortOptions): Promise<Receipt>
  decline(deal: Deal, member: number, options?: AbortOptions): Promise<Receipt>
  reveal(deal: Hex, member: number, vote: RevealedVote, options?: AbortOptions): Promise<Receipt>
  revealCommitment(result: Result, digest: Hex, salt: Hex, options?: AbortOptions): Promise<Receipt>
  tally(deal: Deal, options?: AbortOptions): Promise<Receipt>
  appeal(deal: Deal, options?: AppealOptions): Promise<Receipt>
  finish(deal: Deal, result: Result, options?: AbortOptions): Promise<Receipt>

  /**
   * every event of the court from the persisted cursor of the consumer on; ends with the signal. At least once, as
   * Settlement.events.
   */
  events(options?: EventOptions): AsyncIterable<CourtEvent>
}

export interface RevealedVote {
  digest: Hex
  /** the member's own run took long enough for a timeout to be an honest answer too */
  orTimeout: boolean
  salt: Hex
}
