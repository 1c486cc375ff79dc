import { type ContractFunctionArgs, type ContractFunctionName, encodeFunctionData } from 'viem'
import type { Hex } from '../../../protocols/common/values.ts'
import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import type { Dispute, Member } from '../../../protocols/mediation/types.ts'
import type { RevealedVote } from '../court.ts'
import { hashDeal, toChainDeal } from '../typed-data.ts'
import type { CourtFact } from './court-logs.ts'
import { courtAbi } from './generated/court.ts'
import type { Place } from './topics.ts'

export type CourtLog = CourtFact & Place

/** A call in a dispute, and how to tell that it happened, whoever made it. */
export interface DisputeCall {
  deal: Hex
  /** the same key joins what is under way */
  key: string
  data: Hex
  /** the contract's refusals that can mean that it was done before */
  refusals: readonly string[]
  /** what did it, in everything that happened in the dispute so far, oldest first */
  doneBy(history: readonly CourtLog[]): CourtLog | undefined
  /** whether the dispute is as the call leaves it, or further */
  shows(dispute: Dispute): boolean
  /** whether something like it was done, but not this */
  contradicts?(dispute: Dispute): boolean
}

type Write = ContractFunctionName<typeof courtAbi, 'nonpayable'>

/** Call data of a function of the court. */
export function courtCall<F extends Write>(
  functionName: F,
  args: ContractFunctionArgs<typeof courtAbi, 'nonpayable', F>
): Hex {
  // as in escrowCall: the signature above is exact
  return encodeFunctionData({ abi: courtAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0])
}

/** Refusals of a member's call when its turn is over. */
const PAST_TURN = ['WrongStanding', 'WrongPhase', 'TooLate', 'NotSeatOwner'] as const
/** Seats of a round. */
export const ROUND_SIZES = [3, 7, 15] as const

const last = (history: readonly CourtLog[], wanted: (log: CourtLog) => boolean) => history.findLast(wanted)
const isFinished = (log: CourtLog): boolean => log.kind === 'finished'
const endsRound = (round: number) => (log: CourtLog) =>
  (log.kind === 'judged' || log.kind === 'undrawn') && log.round === round
const standingOf = ({ members }: Dispute, member: number): Member['standing'] | undefined => members[member]?.standing

/** @param before the dispute as it was read just now: a call is about its round */
export function drawCall(deal: Deal, before: Dispute | undefined): DisputeCall {
  const id = hashDeal(deal)
  const { round, cursor } = before ?? { round: undefined, cursor: 0 }
  return {
    deal: id,
    key: `draw:${id}:${round}:${cursor}`,
    data: courtCall('draw', [toChainDeal(deal)]),
    refusals: ['NothingToDraw', 'WrongPhase'],
    doneBy: history =>
      round === undefined ? last(history, isFinished) : (fullRound(history, round) ?? last(history, endsRound(round))),
    shows: now => round === undefined || now.round > round || now.cursor > cursor
  }
}

/** The log with which a round had all its seats; undefined while it has not. */
function fullRound(history: readonly CourtLog[], round: number): CourtLog | undefined {
  const drawn = history.filter(log => log.kind === 'drawn' && log.round === round)
  const members = new Set(drawn.map(log => log.kind === 'drawn' && log.member))
  const declined = history.filter(log => log.kind === 'declined' && members.has(log.member))
  return drawn.length - declined.length >= (ROUND_SIZES[round] ?? 0) ? drawn.at(-1) : undefined
}

export function rearmCall(deal: Hex, before: Dispute | undefined): DisputeCall {
  const { round, rearms } = before ?? { round: undefined, rearms: 0 }
  return {
    deal,
    key: `rearm:${deal}:${round}:${rearms}`,
    data: courtCall('rearm', [deal]),
    refusals: ['SeedNotMissed', 'WrongPhase'],
    doneBy: history => {
      const armed = history.filter(log => log.kind === 'armed' && log.round === round)
      return round === undefined ? last(history, isFinished) : armed.length > 1 ? armed.at(-1) : undefined
    },
    shows: now => round === undefined || now.round > round || now.seeded || now.rearms > rearms
  }
}

export function commitCall(deal: Hex, member: number, vote: Hex): DisputeCall {
  return {
    deal,
    key: `commit:${deal}:${member}:${vote}`,
    data: courtCall('commit', [deal, BigInt(member), vote]),
    refusals: PAST_TURN,
    doneBy: history => last(history, log => log.kind === 'committed' && log.member === member),
    shows: now =>
      standingOf(now, member) === 'revealed' ||
      (standingOf(now, member) === 'committed' && now.members[member]?.vote === vote),
    // only the commitment itself tells which vote it was; once opened it was the one that we could open
    contradicts: now => standingOf(now, member) === 'committed' && now.members[member]?.vote !== vote
  }
}

export function declineCall(deal: Deal, member: number): DisputeCall {
  const id = hashDeal(deal)
  return {
    deal: id,
    key: `decline:${id}:${member}`,
    data: courtCall('decline', [toChainDeal(deal), BigInt(member)]),
    refusals: PAST_TURN,
    doneBy: history => last(history, log => log.kind === 'declined' && log.member === member),
    shows: now => standingOf(now, member) === 'declined'
  }
}

export function revealCall(deal: Hex, member: number, { digest, orTimeout, salt }: RevealedVote): DisputeCall {
  return {
    deal,
    key: `reveal:${deal}:${member}`,
    data: courtCall('reveal', [deal, BigInt(member), digest, orTimeout, salt]),
    refusals: PAST_TURN,
    doneBy: history =>
      last(
        history,
        log => log.kind === 'revealed' && log.member === member && log.digest === digest && log.orTimeout === orTimeout
      ),
    shows: now => standingOf(now, member) === 'revealed'
  }
}

export function revealCommitmentCall(result: Result, digest: Hex, salt: Hex): DisputeCall {
  const { deal } = result
  return {
    deal,
    key: `reveal-commitment:${deal}`,
    data: courtCall('revealCommitment', [result, digest, salt]),
    // revealing twice is a wrong reveal to the contract
    refusals: ['WrongReveal', 'WrongPhase', 'TooLate'],
    doneBy: history => last(history, log => log.kind === 'commitment-revealed' && log.digest === digest),
    shows: now => now.digest === digest
  }
}

export function tallyCall(deal: Deal, before: Dispute | undefined): DisputeCall {
  const id = hashDeal(deal)
  const round = before?.round
  return {
    deal: id,
    key: `tally:${id}:${round}`,
    data: courtCall('tally', [toChainDeal(deal)]),
    refusals: ['WrongPhase'],
    doneBy: history => last(history, round === undefined ? isFinished : endsRound(round)),
    shows: now => round === undefined || now.round > round || now.phase === 'judged'
  }
}

/** @param round the one that it opens */
export function appealCall(deal: Deal, round: number): DisputeCall {
  const id = hashDeal(deal)
  return {
    deal: id,
    key: `appeal:${id}:${round}`,
    data: courtCall('appeal', [toChainDeal(deal), BigInt(round)]),
    refusals: ['WrongPhase', 'TooLate', 'LastRound', 'WrongRound'],
    doneBy: history => last(history, log => log.kind === 'appealed' && log.round === round),
    shows: now => now.round >= round
  }
}

export function finishCall(deal: Deal, result: Result): DisputeCall {
  const id = hashDeal(deal)
  return {
    deal: id,
    key: `finish:${id}`,
    data: courtCall('finish', [toChainDeal(deal), result]),
    refusals: ['WrongPhase'],
    doneBy: history => last(history, isFinished),
    // afterwards there is none
    shows: () => false
  }
}
