import { encodeAbiParameters, keccak256, parseAbiParameters } from 'viem'
import type { Address, Hex } from '../common/values.ts'
import type { Deal } from '../deal/schema.ts'
import { isExhausted } from './phase.ts'
import { COURT_RULES, sizeOf } from './rules.ts'
import type { Dispute, Seat } from './types.ts'

/** Why a position of the lot gives no member. */
export type Ineligible =
  /** nobody has the seat */
  | 'vacant'
  /** it belongs to a party of the deal */
  | 'party'
  /** it may be drawn for disputes that begin later only */
  | 'too-new'
  /** its owner asked to leave before the round began */
  | 'leaving'
  /** too little of its stake is free */
  | 'stake'
  /** it cannot run what the deal needs */
  | 'capability'
  /** its owner was drawn for this dispute before */
  | 'drawn-before'

type Terms = Pick<Deal, 'creator' | 'provider' | 'seatFee' | 'needs'>
type Since = Pick<Dispute, 'challengedAtSec' | 'roundAtSec'>

const TUPLE = parseAbiParameters('bytes32, bytes32, uint256, uint256')
const NOBODY: Address = `0x${'00'.repeat(20)}`

/** Position that probe `i` of a round tries: keccak256(abi.encode(seed, deal, round, i)) mod the seats at the challenge. */
export function positionAt(seed: Hex, deal: Hex, round: number, i: number, seatCount: number): number {
  const hash = keccak256(encodeAbiParameters(TUPLE, [seed, deal, BigInt(round), BigInt(i)]))
  return Number(BigInt(hash) % BigInt(seatCount))
}

/** Why a seat may not be drawn, by what was fixed before the seed could be known; undefined when it may. */
export function ineligible(
  seat: Seat | undefined,
  deal: Terms,
  since: Since
): Exclude<Ineligible, 'drawn-before'> | undefined {
  if (seat === undefined || seat.owner === NOBODY) return 'vacant'
  if (seat.owner === deal.creator || seat.owner === deal.provider) return 'party'
  if (seat.fromSec >= since.challengedAtSec) return 'too-new'
  if (seat.exitSec !== undefined && seat.exitSec < since.roundAtSec) return 'leaving'
  if (seat.risk + COURT_RULES.riskFees * deal.seatFee > seat.stake) return 'stake'
  return (BigInt(seat.capabilities) & BigInt(deal.needs)) === BigInt(deal.needs) ? undefined : 'capability'
}

export interface Probe {
  position: number
  /** undefined: the seat became a member */
  refused: Ineligible | undefined
}

/**
 * What the lot gives: the probes from the dispute's cursor on, in order, until the round is whole, exhausted, or `limit` were made.
 *
 * @param seats all of the court's, in any order, as they are before the call
 * @param limit positions tried. @default as many as one call of `draw` tries
 */
export function probesOf(
  dispute: Dispute,
  seed: Hex,
  deal: Terms,
  seats: readonly Seat[],
  limit: number = COURT_RULES.probesPerCall
): Probe[] {
  const byIndex = new Map(seats.map(seat => [seat.index, seat]))
  // as the contract has it: who holds the seats of earlier members now
  const drawn = new Set(dispute.members.map(member => byIndex.get(member.seat)?.owner))
  const members = [...dispute.members]
  let { cursor, seated } = dispute
  const probes: Probe[] = []
  const size = sizeOf(dispute.round)
  while (probes.length < limit && seated < size) {
    if (isExhausted({ ...dispute, members, cursor })) break
    const position = positionAt(seed, dispute.deal, dispute.round, cursor++, dispute.seatCount)
    const seat = byIndex.get(position)
    const refused = ineligible(seat, deal, dispute) ?? (drawn.has(seat?.owner) ? 'drawn-before' : undefined)
    probes.push({ position, refused })
    if (refused !== undefined || seat === undefined) continue
    drawn.add(seat.owner)
    seated++
    members.push({ index: members.length, seat: position, owner: seat.owner, round: dispute.round, standing: 'drawn' })
  }
  return probes
}
