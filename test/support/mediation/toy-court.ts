import { commitmentOf } from '../../../node/roles/commitment.ts'
import type { Challenge, CourtEvent, RevealedVote } from '../../../node/settlement/court.ts'
import { hashDeal } from '../../../node/settlement/typed-data.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import { probesOf } from '../../../protocols/mediation/draw.ts'
import { type Appeal, type PayoutTable, payoutTable } from '../../../protocols/mediation/payouts.ts'
import {
  declineBySec,
  isExhausted,
  membersOfRound,
  type PhaseNow,
  phaseAt
} from '../../../protocols/mediation/phase.ts'
import { COURT_RULES, sizeOf } from '../../../protocols/mediation/rules.ts'
import type { Dispute, DisputePhase, Member, Seat, Standing } from '../../../protocols/mediation/types.ts'
import { isProviderWrong, majorityOf } from '../../../protocols/mediation/verdict.ts'
import { shorten, voteHash } from '../../../protocols/mediation/vote.ts'
import { NOBODY, need, ToySeats } from './toy-seats.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
interface Case extends Omit<Mutable<Dispute>, 'members' | 'ticketStatus'> {
  members: Mutable<Member>[]
  deal: Hex
  terms: Deal
  result: Result
  appeals: Appeal[]
}
type Unplaced<E> = E extends unknown ? Omit<E, 'deal' | 'transaction' | 'blockNumber'> : never

const BLOCKS_AHEAD = 4n
const BLOCKHASHES = 256n

/** The court contract's rules over plain objects, made of the mirror in protocols/mediation; a test holds it against the contract. */
export class ToyCourt extends ToySeats {
  readonly events: (CourtEvent & { atSec: number })[] = []
  /** what `finish` paid */
  readonly ended = new Map<Hex, PayoutTable>()
  readonly #cases = new Map<Hex, Case>()
  readonly #views = new Map<Hex, Dispute>()

  /** all live disputes */
  get live(): Hex[] {
    return [...this.#cases.keys()]
  }

  /** a copy, the same one until something changes */
  dispute(id: Hex): Dispute | undefined {
    const known = this.#views.get(id)
    if (known !== undefined) return known
    const found = this.#cases.get(id)
    if (found === undefined) return undefined
    const { terms: _terms, result: _result, appeals: _appeals, ticket, ...rest } = found
    const dispute = { ...rest, members: rest.members.map(member => ({ ...member })) }
    // what a ticket came to changes by itself
    if (!dispute.seeded && ticket !== undefined) return { ...dispute, ticket, ticketStatus: this.#statusOf(ticket) }
    this.#views.set(id, dispute)
    return dispute
  }

  challengeOf(id: Hex): Challenge | undefined {
    const found = this.events.findLast(e => e.deal === id && e.kind === 'challenged')
    return found?.kind === 'challenged' ? found.challenge : undefined
  }

  /** price and collateral are locked in the deal already */
  challenge(terms: Deal, result: Result): Hex {
    const deal = hashDeal(terms)
    need(!this.#cases.has(deal) && !this.ended.has(deal), 'WrongState')
    this.debit(terms.creator, BigInt(terms.committee) * terms.seatFee)
    need(this.seats.length >= sizeOf(0), 'NotEnoughSeats')
    const { nowSec } = this.world
    const made: Case = {
      ...{ deal, terms, result, appeals: [], members: [], phase: 'drawing', round: 0, rearms: 0, seeded: false },
      ...{ providerWrong: false, first: 0, seated: 0, committed: 0, revealed: 0, cursor: 0 },
      ...{ seatCount: this.seats.length, challengedAtSec: nowSec, roundAtSec: nowSec, deadlineSec: 0 },
      ticket: this.world.block + BLOCKS_AHEAD
    }
    this.#cases.set(deal, made)
    this.#tell(deal, { kind: 'challenged', challenge: { deal: terms, result, transaction: deal } })
    return deal
  }

  rearm(id: Hex): void {
    const d = this.#inPhase(id, 'drawing')
    need(!d.seeded && this.#statusOf(d.ticket ?? 0n) === 'missed', 'SeedNotMissed')
    need(d.rearms < COURT_RULES.rearms, 'TooManyRearms')
    d.rearms++
    d.ticket = this.world.block + BLOCKS_AHEAD
  }

  draw(terms: Deal): void {
    const d = this.#inPhase(hashDeal(terms), 'drawing')
    this.#beforeDraw(d)
    need(!isExhausted(d), 'NothingToDraw')
    this.#probe(d, terms)
    if (d.seated < sizeOf(d.round)) return
    this.#enter(d, 'voting', this.world.nowSec + terms.voteWindow)
    this.#tell(d.deal, { kind: 'voting', round: d.round, voteBySec: d.deadlineSec })
  }

  commit(caller: Address, id: Hex, index: number, vote: Hex): void {
    const d = this.#inPhase(id, 'voting')
    this.#notAfter(d.deadlineSec)
    const member = this.#own(d, caller, index, 'drawn')
    member.standing = 'committed'
    member.vote = vote
    if (++d.committed === sizeOf(d.round)) {
      this.#enter(d, 'revealing', this.world.nowSec + this.settings.revealWindowSec)
    }
  }

  decline(caller: Address, terms: Deal, index: number): void {
    const d = this.#inPhase(hashDeal(terms), 'voting')
    this.#notAfter(declineBySec(d, terms))
    const member = this.#own(d, caller, index, 'drawn')
    const lot = probesOf({ ...d, seated: d.seated - 1 }, d.seed ?? '0x', terms, this.seats, COURT_RULES.probesPerRound)
    need(lot.at(-1)?.refused === undefined && lot.length > 0, 'NothingToDraw')
    member.standing = 'declined'
    const seat = this.seat(member.seat)
    seat.stake -= terms.seatFee
    seat.risk -= COURT_RULES.riskFees * terms.seatFee
    d.seated--
    this.#tell(d.deal, { kind: 'seat-slashed', seat: seat.index, owner: seat.owner, amount: terms.seatFee })
    this.#tell(d.deal, { kind: 'declined', member: index })
    this.#probe(d, terms, COURT_RULES.probesPerRound)
  }

  reveal(caller: Address, id: Hex, index: number, vote: RevealedVote): void {
    const d = this.#revealing(id)
    const member = this.#own(d, caller, index, 'committed')
    need(member.vote === shorten(voteHash({ ...vote, deal: id, round: d.round, seat: member.seat })), 'WrongReveal')
    this.#endVoting(d)
    member.standing = 'revealed'
    member.vote = shorten(vote.digest)
    if (vote.orTimeout) member.orTimeout = true
    d.revealed++
    this.#judgeIfComplete(d)
  }

  revealCommitment(result: Result, digest: Hex, salt: Hex): void {
    const d = this.#revealing(result.deal)
    const fits = commitmentOf(d.deal, digest, salt) === result.commitment && result.commitment === d.result.commitment
    need(fits && d.digest === undefined, 'WrongReveal')
    this.#endVoting(d)
    d.digest = digest
    this.#judgeIfComplete(d)
  }

  tally(terms: Deal): void {
    const d = this.#need(hashDeal(terms))
    if (d.phase === 'drawing') {
      this.#dropRound(d)
      return
    }
    const { phase, deadlineSec } = this.#phase(d)
    need(phase === 'revealing', 'WrongPhase')
    this.#after(deadlineSec)
    this.#judge(d)
  }

  appeal(caller: Address, terms: Deal, opens: number): void {
    const d = this.#inPhase(hashDeal(terms), 'judged')
    need(d.deadlineSec !== 0, 'LastRound')
    this.#notAfter(d.deadlineSec)
    const round = d.round + 1
    need(opens === round, 'WrongRound')
    need(d.seatCount >= d.members.length + sizeOf(round), 'NotEnoughSeats')
    const deposit = BigInt(sizeOf(round)) * terms.seatFee
    this.debit(caller, deposit)
    const forCreator = !d.providerWrong
    d.appeals.push({ round, payer: caller, forCreator })
    const reset = { seated: 0, committed: 0, revealed: 0, rearms: 0, cursor: 0, seeded: false, deadlineSec: 0 }
    Object.assign(d, reset, { round, first: d.members.length, phase: 'drawing', roundAtSec: this.world.nowSec })
    d.ticket = this.world.block + BLOCKS_AHEAD
    delete d.seed
    this.#tell(d.deal, { kind: 'appealed', round, payer: caller, forCreator, deposit })
  }

  finish(terms: Deal, result: Result): void {
    const d = this.#inPhase(hashDeal(terms), 'judged')
    this.#after(d.deadlineSec)
    const table = payoutTable(terms, result, d, d.appeals)
    this.#release(d, table)
    for (const { to, amount } of table.payouts) this.credit(to ?? NOBODY, amount)
    const paid = table.payouts.filter(p => p.why === 'seat')
    for (const { member, amount } of paid) {
      const { seat, owner } = d.members[member ?? 0] as Member
      this.#tell(d.deal, { kind: 'seat-paid', seat, owner, amount })
    }
    const { pot, verdict } = table
    this.#tell(d.deal, { kind: 'finished', providerWrong: verdict.providerWrong, pot, paidSeats: paid.length })
    this.ended.set(d.deal, table)
    this.#cases.delete(d.deal)
  }

  #release(d: Case, { losses }: PayoutTable): void {
    for (const { index, seat: position, standing } of d.members) {
      if (standing === 'declined' || standing === 'excused') continue
      const seat = this.seat(position)
      seat.risk -= COURT_RULES.riskFees * d.terms.seatFee
      const amount = losses.find(l => l.member === index)?.amount
      if (amount === undefined) continue
      seat.stake -= amount
      this.#tell(d.deal, { kind: 'seat-slashed', seat: position, owner: seat.owner, amount })
    }
  }

  #beforeDraw(d: Case): void {
    if (!d.seeded) {
      const ticket = d.ticket ?? 0n
      const status = this.#statusOf(ticket)
      need(status !== 'pending', 'SeedPending')
      need(status !== 'missed', 'SeedMissed')
      d.seeded = true
      d.seed = this.world.hashOf(ticket)
      delete d.ticket
      d.deadlineSec = this.world.nowSec + this.settings.revealWindowSec
    }
    this.#notAfter(d.deadlineSec)
  }

  #probe(d: Case, terms: Deal, limit?: number): void {
    const probes = probesOf(d, d.seed ?? '0x', terms, this.seats, limit)
    d.cursor += probes.length
    for (const { position, refused } of probes) {
      if (refused !== undefined) continue
      const seat = this.seat(position) as Mutable<Seat>
      seat.risk += COURT_RULES.riskFees * terms.seatFee
      const member: Member = {
        index: d.members.length,
        seat: position,
        owner: seat.owner,
        round: d.round,
        standing: 'drawn'
      }
      this.#tell(d.deal, { kind: 'drawn', owner: seat.owner, round: d.round, member: member.index, seat: position })
      d.members.push(member)
      d.seated++
    }
  }

  #dropRound(d: Case): void {
    if (d.seeded) {
      if (!isExhausted(d)) this.#after(d.deadlineSec)
    } else {
      const isMissed = this.#statusOf(d.ticket ?? 0n) === 'missed'
      need(d.rearms === COURT_RULES.rearms && isMissed, 'WrongPhase')
    }
    for (const { index, seat } of membersOfRound(d)) {
      ;(d.members[index] as Mutable<Member>).standing = 'excused'
      this.seat(seat).risk -= COURT_RULES.riskFees * d.terms.seatFee
    }
    const appeal = d.appeals.find(a => a.round === d.round)
    if (appeal !== undefined) {
      this.credit(appeal.payer, BigInt(sizeOf(d.round)) * d.terms.seatFee)
      d.appeals = d.appeals.filter(a => a !== appeal)
    }
    this.#enter(d, 'judged', 0)
    this.#tell(d.deal, { kind: 'undrawn', round: d.round })
  }

  #phase(d: Case): PhaseNow {
    return phaseAt(d, this.settings.revealWindowSec, this.world.nowSec)
  }

  /** Checks only: a call that is refused changes nothing. */
  #revealing(id: Hex): Case {
    const d = this.#need(id)
    const { phase, deadlineSec } = this.#phase(d)
    need(phase === 'revealing', 'WrongPhase')
    this.#notAfter(deadlineSec)
    return d
  }

  #endVoting(d: Case): void {
    const { phase, deadlineSec } = this.#phase(d)
    this.#enter(d, phase, deadlineSec)
  }

  #judgeIfComplete(d: Case): void {
    if (d.revealed === d.committed && d.digest !== undefined) this.#judge(d)
  }

  #judge(d: Case): void {
    const given = d.digest === undefined ? undefined : shorten(d.digest)
    d.providerWrong = isProviderWrong(majorityOf(d.members, d.round, given), given)
    const isLast = given === undefined || d.round === COURT_RULES.lastRound
    const appealBySec = isLast ? 0 : this.world.nowSec + this.settings.appealWindowSec
    this.#enter(d, 'judged', appealBySec)
    this.#tell(d.deal, { kind: 'judged', round: d.round, providerWrong: d.providerWrong, appealBySec })
  }

  #enter(d: Case, phase: DisputePhase, deadlineSec: number): void {
    d.phase = phase
    d.deadlineSec = deadlineSec
  }

  #own(d: Case, caller: Address, index: number, wanted: Standing): Mutable<Member> {
    const member = d.members[index]
    need(member !== undefined && index >= d.first && member.standing === wanted, 'WrongStanding')
    need(this.seat(member.seat).owner === caller, 'NotSeatOwner')
    return member
  }

  #need(id: Hex): Case {
    const found = this.#cases.get(id)
    need(found !== undefined, 'WrongPhase')
    this.#views.delete(id)
    return found
  }

  #inPhase(id: Hex, phase: DisputePhase): Case {
    const d = this.#need(id)
    need(d.phase === phase, 'WrongPhase')
    return d
  }

  #statusOf(ticket: bigint): 'pending' | 'ready' | 'missed' {
    if (this.world.block <= ticket) return 'pending'
    return this.world.block > ticket + BLOCKHASHES ? 'missed' : 'ready'
  }

  #notAfter(deadlineSec: number): void {
    need(this.world.nowSec <= deadlineSec, 'TooLate')
  }

  #after(deadlineSec: number): void {
    need(this.world.nowSec > deadlineSec, 'TooEarly')
  }

  #tell(deal: Hex, event: Unplaced<CourtEvent>): void {
    const place = { deal, transaction: deal, blockNumber: this.world.block, atSec: this.world.nowSec }
    this.events.push({ ...event, ...place } as CourtEvent & { atSec: number })
  }
}
