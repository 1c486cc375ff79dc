import assert from 'node:assert/strict'
import { type Hex, keccak256, toHex } from 'viem'
import { commitmentOf } from '../../../node/roles/commitment.ts'
import type { RevealedVote } from '../../../node/settlement/court.ts'
import { hashDeal, lower, toChainDeal } from '../../../node/settlement/typed-data.ts'
import type { Address } from '../../../protocols/common/values.ts'
import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import { nextCall, type OpenCall } from '../../../protocols/mediation/next-call.ts'
import { phaseAt } from '../../../protocols/mediation/phase.ts'
import type { Dispute, Member } from '../../../protocols/mediation/types.ts'
import { TIMEOUT_DIGEST } from '../../../protocols/mediation/verdict.ts'
import { shorten, voteHash } from '../../../protocols/mediation/vote.ts'
import { World } from '../deal/world.ts'
import type { RealCourt, Sent } from './real-court.ts'
import { ToyCourt } from './toy-court.ts'

export const FEE = 50n
export const SETTINGS = {
  seatStake: 2_400n,
  revealWindowSec: 30,
  appealWindowSec: 25,
  activationSec: 5,
  exitDelaySec: 40
}
const OPEN_CALLS: OpenCall[] = ['draw', 'rearm', 'tally', 'finish']
const PRICE = 40n

export interface Held {
  id: Hex
  deal: Deal
  result: Result
  digest: Hex
  salt: Hex
  votes: Map<number, RevealedVote>
  /** how its members behave: the share that is honest, absent, declines */
  honest: number
  steps: number
}

/**
 * The mirror in protocols/mediation and the contract, call by call: the same calls at the same moments by the same accounts,
 * right ones and wrong ones, must succeed or fail alike and leave the same dispute, seats and balances.
 */
export class Lockstep {
  readonly world: World
  readonly real: RealCourt
  readonly toy: ToyCourt
  readonly accounts: Address[] = []
  readonly held: Held[] = []
  readonly seen = new Set<string>()
  readonly #at = { nowSec: 0, block: 0n }
  readonly #hashes = new Map<bigint, Hex>()
  readonly #parties: ReturnType<RealCourt['party']>[]
  #nonce = 0n

  constructor(real: RealCourt, seed: number) {
    this.world = new World(seed)
    this.real = real
    this.#parties = Array.from({ length: 4 }, (_unused, i) => real.party(i))
    const { at, hashes } = { at: this.#at, hashes: this.#hashes }
    this.toy = new ToyCourt(
      {
        get nowSec() {
          return at.nowSec
        },
        get block() {
          return at.block
        },
        hashOf: block => hashes.get(block) ?? '0x'
      },
      SETTINGS
    )
  }

  async fund(account: Address): Promise<void> {
    await this.real.fund(account, 10n ** 9n)
    this.toy.credit(account, 10n ** 9n)
    this.accounts.push(account)
  }

  /** One call on both sides. */
  async both(sent: Sent, apply: () => unknown): Promise<string | undefined> {
    this.#at.nowSec = sent.nowSec
    this.#at.block = sent.block
    let error: string | undefined
    try {
      apply()
    } catch (refused) {
      error = (refused as Error).name
    }
    assert.equal(error, sent.error, `the contract says ${sent.error ?? 'yes'}, the mirror ${error ?? 'yes'}`)
    return error
  }

  async court(
    from: Address,
    name: string,
    args: readonly unknown[],
    apply: () => unknown
  ): Promise<string | undefined> {
    const error = await this.both(await this.real.callCourt(from, name, args, await this.#nextSec()), apply)
    this.seen.add(`${name} ${error ?? 'ok'}`)
    return error
  }

  /** now and then a jump to just before, at or after the deadline of a dispute */
  async #nextSec(): Promise<number> {
    const { timestamp } = await this.real.client.getBlock()
    const now = Number(timestamp)
    const deadlines = this.held.map(h => this.toy.dispute(h.id)?.deadlineSec ?? 0).filter(d => d > now + 1)
    if (deadlines.length > 0 && this.world.chance(0.12)) {
      return Math.max(now + 1, this.world.pick(deadlines) + this.world.between(-1, 1))
    }
    return now + this.world.between(1, 3)
  }

  async compare(also: Hex): Promise<void> {
    this.#at.block = (await this.real.client.getBlock()).number
    for (const id of new Set([...this.toy.live, also])) {
      const [real, toy] = [await this.real.dispute(id), this.toy.dispute(id)]
      assert.deepEqual(real, toy)
    }
  }

  async compareMoney(): Promise<void> {
    assert.deepEqual(await this.real.seats(), this.toy.seats)
    for (const account of this.accounts)
      assert.equal(await this.real.freeOf(account), this.toy.freeOf(account), account)
  }

  /** Parties, and owners of seats with various capabilities; the parties have seats as well. */
  async begin(): Promise<void> {
    for (const { address } of this.#parties) await this.fund(lower(address))
    for (let i = 4; i < 38; i++) await this.fund(lower(this.real.party(i).address))
    for (const owner of this.accounts) {
      const capabilities = this.world.pick([1, 3, 3, 7])
      await this.court(owner, 'takeSeat', [BigInt(capabilities)], () => this.toy.takeSeat(owner, capabilities))
    }
    await this.real.mine(10)
  }

  async challenge(): Promise<void> {
    const creator = this.world.pick(this.#parties.slice(0, 2))
    const provider = this.world.pick(this.#parties.slice(2))
    const deal: Deal = {
      ...{ job: word(1), spec: word(2), certificate: word(3) },
      creator: lower(creator.address),
      provider: lower(provider.address),
      price: PRICE,
      collateral: 3n * FEE + BigInt(this.world.between(0, 60)),
      seatFee: FEE,
      submitWindow: 10,
      reviewWindow: 1_000,
      voteWindow: this.world.between(30, 60),
      committee: 3,
      needs: this.world.pick([0, 1, 1, 3, 8]),
      openBefore: this.#at.nowSec + 86_400,
      nonce: this.#nonce++
    }
    const id = hashDeal(deal)
    const [digest, salt] = [this.world.chance(0.2) ? TIMEOUT_DIGEST : word(this.world.between(10, 12)), word(99)]
    const commitment = commitmentOf(id, digest, salt)
    const result: Result = { deal: id, commitment, manifest: word(4), charge: BigInt(this.world.between(0, 40)) }
    await this.real.submitted(deal, result, creator, provider)
    this.toy.credit(deal.creator, -deal.price)
    this.toy.credit(deal.provider, -deal.collateral)
    const sent = await this.real.callEscrow(deal.creator, 'challenge', [toChainDeal(deal), result, '0x'])
    await this.both(sent, () => this.toy.challenge(deal, result))
    this.held.push({ id, deal, result, digest, salt, votes: new Map(), honest: this.world.random(), steps: 0 })
  }

  /** One random thing about one dispute, and now and then about a seat. */
  async step(): Promise<void> {
    const id = this.world.pick(this.toy.live)
    const h = this.held.find(x => x.id === id)
    const dispute = this.toy.dispute(id)
    if (h === undefined || dispute === undefined) return
    assert.ok(++h.steps < 2_000, 'a dispute does not end')
    await this.#move(h, dispute)
    if (this.world.chance(0.1)) await this.moveSeat()
    await this.compare(id)
  }

  async #move(h: Held, dispute: Dispute): Promise<void> {
    if (this.world.chance(0.08)) await this.real.mine(this.world.chance(0.08) ? 300 : 5)
    await this.#learnHash(dispute)
    const kind = this.world.random()
    const { phase } = phaseAt(dispute, SETTINGS.revealWindowSec, this.#at.nowSec)
    if (phase === 'judged' && this.world.chance(0.3)) await this.appeal(h)
    else if (phase === 'revealing' && this.world.chance(0.2)) await this.openCommitment(h)
    else if (kind < 0.35) await this.openCall(h, dispute)
    else if (kind < 0.9) await this.memberCall(h, dispute)
    else if (kind < 0.98) await this.openCommitment(h)
    else await this.appeal(h)
  }

  async openCall(h: Held, dispute: Dispute): Promise<void> {
    const { nowSec } = this.#at
    const { revealWindowSec } = SETTINGS
    const likely = nextCall(dispute, { nowSec, revealWindowSec })
    const call = likely !== undefined && this.world.chance(0.7) ? likely : this.world.pick(OPEN_CALLS)
    const deal = toChainDeal(h.deal)
    const args = { draw: [deal], rearm: [h.id], tally: [deal], finish: [deal, h.result] }[call]
    const before = this.toy.dispute(h.id)
    const error = await this.court(this.world.pick(this.accounts), call, args, () => {
      if (call === 'rearm') this.toy.rearm(h.id)
      else if (call === 'finish') this.toy.finish(h.deal, h.result)
      else this.toy[call](h.deal)
    })
    this.#checkDue(before, call, error)
    if (call === 'finish' && error === undefined) await this.compareMoney()
  }

  /** A call succeeds exactly when it was the one that is due. */
  #checkDue(before: Dispute | undefined, call: OpenCall, error: string | undefined): void {
    if (before === undefined) return
    const ticket = before.ticket ?? 0n
    const { block, nowSec } = this.#at
    const ticketStatus = block <= ticket ? 'pending' : block > ticket + 256n ? 'missed' : 'ready'
    const context = { nowSec, revealWindowSec: SETTINGS.revealWindowSec }
    const due = nextCall({ ...before, ticketStatus }, context)
    assert.equal(error === undefined, call === due, `${call} gave ${error ?? 'yes'} while ${due ?? 'nothing'} was due`)
  }

  async memberCall(h: Held, dispute: Dispute): Promise<void> {
    const { phase } = phaseAt(dispute, SETTINGS.revealWindowSec, this.#at.nowSec)
    const members = dispute.members.slice(this.world.chance(0.9) ? dispute.first : 0)
    const fitting = members.filter(m => m.standing === (phase === 'revealing' ? 'committed' : 'drawn'))
    const candidates = fitting.length > 0 && this.world.chance(0.9) ? fitting : members
    if (candidates.length === 0) return
    const member = this.world.pick(candidates)
    const from = this.world.chance(0.95) ? member.owner : this.world.pick(this.accounts)
    if (phase === 'revealing' || this.world.chance(0.1)) return this.reveal(h, dispute, member, from)
    if (this.world.chance(0.15)) {
      await this.court(from, 'decline', [toChainDeal(h.deal), BigInt(member.index)], () =>
        this.toy.decline(from, h.deal, member.index)
      )
      return
    }
    const vote = this.#voteOf(h, member)
    const short = shorten(voteHash({ ...vote, deal: h.id, round: member.round, seat: member.seat }))
    await this.court(from, 'commit', [h.id, BigInt(member.index), short], () =>
      this.toy.commit(from, h.id, member.index, short)
    )
  }

  async reveal(h: Held, dispute: Dispute, member: Member, from: Address): Promise<void> {
    const known = this.#voteOf(h, member)
    const vote = this.world.chance(0.1) ? { ...known, digest: word(77) } : known
    const { digest, orTimeout, salt } = vote
    await this.court(from, 'reveal', [h.id, BigInt(member.index), digest, orTimeout, salt], () =>
      this.toy.reveal(from, dispute.deal, member.index, vote)
    )
  }

  #voteOf(h: Held, member: Member): RevealedVote {
    const known = h.votes.get(member.index)
    if (known !== undefined) return known
    const digest = this.world.chance(h.honest) ? h.digest : word(this.world.between(10, 12))
    const vote = { digest, orTimeout: this.world.chance(0.3), salt: word(1_000 + member.index) }
    h.votes.set(member.index, vote)
    return vote
  }

  async openCommitment(h: Held): Promise<void> {
    if (h.honest < 0.1) return
    const digest = this.world.chance(0.9) ? h.digest : word(55)
    await this.court(h.deal.provider, 'revealCommitment', [h.result, digest, h.salt], () =>
      this.toy.revealCommitment(h.result, digest, h.salt)
    )
  }

  async appeal(h: Held): Promise<void> {
    const from = this.world.pick(this.accounts)
    // as a rule the next round; sometimes one that it is too late or too early for
    const next = (this.toy.dispute(h.result.deal)?.round ?? 0) + 1
    const opens = this.world.chance(0.9) ? next : this.world.between(0, 3)
    await this.court(from, 'appeal', [toChainDeal(h.deal), BigInt(opens)], () => this.toy.appeal(from, h.deal, opens))
  }

  async moveSeat(): Promise<void> {
    const asked = this.toy.seats.filter(s => s.exitSec !== undefined)
    const chosen = this.world.pick(asked.length > 0 && this.world.chance(0.6) ? asked : this.toy.seats)
    const owner = this.world.chance(0.9) ? chosen.owner : this.world.pick(this.accounts)
    const seat = chosen.index
    const capabilities = this.world.pick([1, 3, 3, 7])
    const call = this.world.pick(['takeSeat', 'takeSeat', 'askExit', 'leaveSeat', 'leaveSeat'] as const)
    const args = call === 'takeSeat' ? [BigInt(capabilities)] : [BigInt(seat)]
    if (!this.accounts.includes(owner)) return
    await this.court(owner, call, args, () => {
      if (call === 'takeSeat') this.toy.takeSeat(owner, capabilities)
      else this.toy[call](owner, seat)
    })
  }

  async #learnHash({ ticket }: Dispute): Promise<void> {
    if (ticket === undefined || ticket > (await this.real.client.getBlock()).number) return
    this.#hashes.set(ticket, (await this.real.client.getBlock({ blockNumber: ticket })).hash ?? '0x')
  }
}

const word = (n: number): Hex => keccak256(toHex(n))
