import type { Address } from '../common/values.ts'
import type { Deal, Result } from '../deal/schema.ts'
import { COURT_RULES, sizeOf } from './rules.ts'
import type { Dispute, Member } from './types.ts'
import { beneficiaries, type Digest, finalVerdict, votedFor } from './verdict.ts'
import { shorten } from './vote.ts'

/** An appeal whose round took place; the deposit of one that was dropped went back then. */
export interface Appeal {
  /** 1 or 2 */
  round: number
  payer: Address
  /** against a verdict that the provider is right */
  forCreator: boolean
}

export interface Payout {
  /** undefined: an account that nobody holds */
  to: Address | undefined
  amount: bigint
  why: 'deal' | 'deposit' | 'seat' | 'nobody'
  /** of a seat's share */
  member?: number
}

/** What the end of a dispute moves, to the unit. Amounts in the token's smallest unit. */
export interface PayoutTable {
  verdict: { providerWrong: boolean; digest: Digest; decided: boolean }
  /** what the losing side and the losing seats leave to those that were right */
  pot: bigint
  /** credits of free balances, in the order of the contract's events; nothing of 0 */
  payouts: Payout[]
  /** what seats lose of their stake at the end; a fee that was paid for declining is gone already */
  losses: { member: number; seat: number; amount: bigint }[]
}

/**
 * The whole fee table: where the money of a judged dispute goes at `finish`. The mirror of contracts/src/base/Payouts.sol.
 *
 * @param appeals of rounds that took place
 */
export function payoutTable(
  deal: Deal,
  result: Pick<Result, 'charge'>,
  dispute: Pick<Dispute, 'members' | 'round' | 'providerWrong' | 'digest'>,
  appeals: readonly Appeal[]
): PayoutTable {
  const { members, round, providerWrong } = dispute
  const given = dispute.digest === undefined ? undefined : shorten(dispute.digest)
  const { digest, decided } = finalVerdict(members, round, given, providerWrong)
  const paid = beneficiaries(members, digest, given)
  const isLost = (member: Member) => {
    const vote = votedFor(member, given)
    return vote === undefined || (decided && vote !== digest)
  }
  const held = members.filter(m => m.standing !== 'declined' && m.standing !== 'excused')
  const loss = COURT_RULES.riskFees * deal.seatFee
  const losses = held.filter(isLost).map(({ index, seat }) => ({ member: index, seat, amount: loss }))
  const declined = members.filter(m => m.standing === 'declined').length
  const deposits = depositsOf(deal, appeals, providerWrong, paid.length === 0)
  let pot = loss * BigInt(losses.length) + COURT_RULES.declineFees * deal.seatFee * BigInt(declined) + deposits.kept
  if (providerWrong && paid.length > 0) pot += deal.collateral
  const payouts = [...deposits.back, ...dealShares(deal, result.charge, providerWrong, paid.length === 0)]
  if (paid.length === 0) payouts.push({ to: undefined, amount: pot, why: 'nobody' })
  else payouts.push(...shares(paid, pot))
  return { verdict: { providerWrong, digest, decided }, pot, payouts: payouts.filter(p => p.amount > 0n), losses }
}

/** Who gets back what it put in, and what stays of the losing side's. @param all nobody judged: everything goes back */
function depositsOf(deal: Deal, appeals: readonly Appeal[], providerWrong: boolean, all: boolean) {
  const challenge: Appeal = { round: 0, payer: deal.creator, forCreator: true }
  const back: Payout[] = []
  let kept = 0n
  for (const { round, payer, forCreator } of [challenge, ...appeals]) {
    const amount = BigInt(sizeOf(round)) * deal.seatFee
    if (all || forCreator === providerWrong) back.push({ to: payer, amount, why: 'deposit' })
    else kept += amount
  }
  return { back, kept }
}

/** What was locked in the deal: a wrong provider's collateral goes to the seats, or to the creator if none judged. */
function dealShares(deal: Deal, charge: bigint, providerWrong: boolean, unjudged: boolean): Payout[] {
  if (!providerWrong) {
    return [
      { to: deal.provider, amount: charge + deal.collateral, why: 'deal' },
      { to: deal.creator, amount: deal.price - charge, why: 'deal' }
    ]
  }
  return [{ to: deal.creator, amount: deal.price + (unjudged ? deal.collateral : 0n), why: 'deal' }]
}

/** Alike for all; what does not divide goes to the first. */
function shares(paid: readonly Member[], pot: bigint): Payout[] {
  const share = pot / BigInt(paid.length)
  const rest = pot - share * BigInt(paid.length)
  return paid.map(({ owner, index }, i) => ({
    to: owner,
    amount: share + (i === 0 ? rest : 0n),
    why: 'seat',
    member: index
  }))
}
