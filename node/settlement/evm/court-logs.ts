import type { ContractEventName } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import type { Challenge, CourtEvent } from '../court.ts'
import { hashDeal, lower, type toChainDeal } from '../typed-data.ts'
import { courtAbi } from './generated/court.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { type Emitter, emitter, type Place, type Rows } from './topics.ts'

type WithoutPlace<E> = E extends unknown ? Omit<E, 'transaction' | 'blockNumber' | 'challenge'> : never
/** What a log of a dispute says, without its place. */
export type CourtFact =
  | Exclude<WithoutPlace<CourtEvent>, { kind: 'challenged' }>
  | { kind: 'challenged'; deal: Hex; terms: Deal; result: Result }

type ChallengeFact = Extract<CourtFact, { kind: 'challenged' }>

const seat = ({ deal, seat: at, owner, amount }: { deal: Hex; seat: bigint; owner: Address; amount: bigint }) => ({
  deal,
  seat: Number(at),
  owner: lower(owner),
  amount
})

/** The court's own events about disputes. */
const COURT_ROWS: Rows<typeof courtAbi, CourtFact> = {
  Armed: ({ deal, round, ticket }) => ({ kind: 'armed', deal, round: Number(round), ticket }),
  Drawn: ({ deal, owner, round, member, seat: at }) => ({
    kind: 'drawn',
    deal,
    owner: lower(owner),
    round: Number(round),
    member: Number(member),
    seat: Number(at)
  }),
  VotingBegan: ({ deal, round, voteBy }) => ({ kind: 'voting', deal, round: Number(round), voteBySec: Number(voteBy) }),
  Declined: ({ deal, member }) => ({ kind: 'declined', deal, member: Number(member) }),
  Committed: ({ deal, member }) => ({ kind: 'committed', deal, member: Number(member) }),
  Revealed: ({ deal, member, digest, orTimeout }) => ({
    kind: 'revealed',
    deal,
    member: Number(member),
    digest,
    orTimeout
  }),
  CommitmentRevealed: ({ deal, digest }) => ({ kind: 'commitment-revealed', deal, digest }),
  Judged: ({ deal, round, providerWrong, appealBy }) => ({
    kind: 'judged',
    deal,
    round: Number(round),
    providerWrong,
    appealBySec: Number(appealBy)
  }),
  Undrawn: ({ deal, round }) => ({ kind: 'undrawn', deal, round: Number(round) }),
  Appealed: ({ deal, round, payer, forCreator, deposit }) => ({
    kind: 'appealed',
    deal,
    round: Number(round),
    payer: lower(payer),
    forCreator,
    deposit
  }),
  SeatPaid: args => ({ kind: 'seat-paid', ...seat(args) }),
  SeatSlashed: args => ({ kind: 'seat-slashed', ...seat(args) }),
  Finished: ({ deal, providerWrong, pot, paidSeats }) => ({
    kind: 'finished',
    deal,
    providerWrong,
    pot,
    paidSeats: Number(paidSeats)
  })
}

/** Where a dispute begins: the escrow tells, with everything that the court's calls need. */
const CHALLENGE_ROWS: Rows<typeof dealEscrowAbi, CourtFact> = {
  Challenged: ({ deal, terms, result }) => {
    const ours = fromChainDeal(terms)
    return ours === undefined || hashDeal(ours) !== deal ? undefined : { kind: 'challenged', deal, terms: ours, result }
  }
}

/** Everything about disputes: the escrow's challenges and what the court makes of them. */
export function courtEmitters(
  escrow: Address,
  court: Address
): { challenges: Emitter<CourtFact>; all: Emitter<CourtFact>[] } {
  const challenges = emitter(escrow, dealEscrowAbi, CHALLENGE_ROWS)
  return { challenges, all: [challenges, emitter(court, courtAbi, COURT_ROWS)] }
}

export type SeatEvent = Extract<ContractEventName<typeof courtAbi>, 'SeatTaken' | 'SeatExitAsked' | 'SeatLeft'>
export interface SeatFact {
  seat: number
  owner: Address
}
const seatFact = ({ seat: at, owner }: { seat: bigint; owner: Address }) => ({ seat: Number(at), owner: lower(owner) })
const SEAT_ROWS: Rows<typeof courtAbi, SeatFact> & Record<SeatEvent, unknown> = {
  SeatTaken: seatFact,
  SeatExitAsked: seatFact,
  SeatLeft: seatFact
}
export const seatEmitter = (court: Address): Emitter<SeatFact> => emitter(court, courtAbi, SEAT_ROWS)

export function toCourtEvent({ logId, blockHash, ...event }: CourtFact & Place): CourtEvent {
  if (event.kind !== 'challenged') return event
  const { deal, kind, transaction, blockNumber } = event
  return { deal, kind, transaction, blockNumber, challenge: toChallenge(event) }
}

export function toChallenge({ terms, result, transaction }: ChallengeFact & { transaction: Hex }): Challenge {
  return { deal: terms, result, transaction }
}

/**
 * Our form of a deal that came from the chain; undefined when numbers do not fit it, which the contract allows: no node signs such
 * a deal. A seat that is drawn for one cannot take part in it, and loses what an absent one loses.
 */
function fromChainDeal(deal: ReturnType<typeof toChainDeal>): Deal | undefined {
  const { submitWindow, reviewWindow, voteWindow, committee, needs, openBefore } = deal
  const numbers = [submitWindow, reviewWindow, voteWindow, needs, openBefore]
  if (numbers.some(n => n > BigInt(Number.MAX_SAFE_INTEGER)) || (committee !== 0n && committee !== 3n)) return undefined
  return {
    ...deal,
    creator: lower(deal.creator),
    provider: lower(deal.provider),
    submitWindow: Number(submitWindow),
    reviewWindow: Number(reviewWindow),
    voteWindow: Number(voteWindow),
    committee: committee === 0n ? 0 : 3,
    needs: Number(needs),
    openBefore: Number(openBefore)
  }
}
