import { commitmentOf } from '../../node/roles/commitment.ts'
import type { Court } from '../../node/settlement/court.ts'
import { evmSettlement } from '../../node/settlement/evm/index.ts'
import { hashDeal } from '../../node/settlement/typed-data.ts'
import type { Hex } from '../../protocols/common/values.ts'
import type { Deal, Result } from '../../protocols/deal/schema.ts'
import { CAPABILITY, type Dispute, type Member } from '../../protocols/mediation/types.ts'
import { shorten, voteHash } from '../../protocols/mediation/vote.ts'
import { dealTerms } from './deals.ts'
import { type Party, type TestChain, testChain } from './evm.ts'

export const word = (byte: string): Hex => `0x${byte.repeat(32)}`
export const SALT = word('5a')
/** What the provider claims, and what an honest run comes to where it lies. */
export const CLAIMED = word('c1')
export const OTHER = word('0d')
/** Blocks until a seed is known. */
const SEED_BLOCKS = 5
const TOKENS = 10n ** 21n

export interface Challenged {
  id: Hex
  deal: Deal
  result: Result
}

export interface CourtWorld {
  chain: TestChain
  creator: Party
  provider: Party
  seats: Party[]
  /** the party's court, after a restart of its node if the world restarts between steps */
  court(party: Party): Promise<Court>
  /** a deal with a submitted result */
  submitted(): Promise<Challenged>
  /** a deal with a result that the creator took to the court */
  challenged(): Promise<Challenged>
  /** draws the round that is being drawn */
  drawn(challenged: Challenged): Promise<Dispute>
  /** members of the current round with their parties */
  round(id: Hex): Promise<{ member: Member; party: Party }[]>
  /** every member of the round commits and reveals the digest chosen for it; then the provider opens its commitment */
  judged(challenged: Challenged, digestOf: (n: number) => Hex): Promise<Dispute>
  stop(): Promise<void>
}

export function courtOf({ settlement }: Party): Court {
  if (settlement.court === undefined) throw new Error('this escrow has no court')
  return settlement.court
}

/** A chain with a court, two parties, and owners of one seat each. */
export async function courtWorld({ owners = 4, restarts = false } = {}): Promise<CourtWorld> {
  const chain = await testChain()
  const [creator, provider] = [await chain.party({ tokens: TOKENS }), await chain.party({ tokens: TOKENS })]
  const seats = await Promise.all(Array.from({ length: owners }, () => chain.party({ tokens: TOKENS })))
  const { seatStake, minSeatFee } = await courtOf(creator).settings()
  for (const party of [creator, provider]) await party.settlement.ensureFree(100n * minSeatFee)
  await Promise.all(
    seats.map(async party => {
      await party.settlement.ensureFree(seatStake)
      await courtOf(party).takeSeat(CAPABILITY.js)
    })
  )
  // a seat may be drawn for disputes that begin after the second in which it was taken
  await chain.pass(1)
  let nonce = 0n

  const court = async (party: Party): Promise<Court> => {
    if (restarts) {
      await party.settlement.stop()
      const { account, journal } = party
      party.settlement = evmSettlement(chain.init)({ account, journal: journal.copy() })
      await party.settlement.start()
    }
    return courtOf(party)
  }
  const live = async (id: Hex): Promise<Dispute> => {
    const dispute = await courtOf(creator).dispute(id)
    if (dispute === undefined) throw new Error(`no dispute of ${id}`)
    return dispute
  }
  const round = async (id: Hex) => {
    const { members, round: current } = await live(id)
    const here = members.filter(m => m.round === current && m.standing !== 'declined')
    return here.map(member => {
      const party = seats.find(p => p.settlement.account === member.owner)
      if (party === undefined) throw new Error(`nobody here owns seat ${member.seat}`)
      return { member, party }
    })
  }

  const submitted = async (): Promise<Challenged> => {
    nonce += 1n
    const now = await creator.settlement.now()
    const deal = dealTerms(creator.settlement.account, provider.settlement.account, now, {
      nonce,
      seatFee: minSeatFee,
      collateral: 3n * minSeatFee + 5n,
      committee: 3,
      voteWindow: 180,
      needs: CAPABILITY.js
    })
    const id = hashDeal(deal)
    const result = { deal: id, commitment: commitmentOf(id, CLAIMED, SALT), manifest: word('55'), charge: 900n }
    await provider.settlement.open({
      deal,
      creatorSignature: await creator.settlement.signDeal(deal),
      providerSignature: await provider.settlement.signDeal(deal)
    })
    await provider.settlement.submit(deal, result)
    return { id, deal, result }
  }

  return {
    chain,
    creator,
    provider,
    seats,
    court,
    round,
    submitted,
    challenged: async () => {
      const { id, deal, result } = await submitted()
      await (await court(creator)).challenge(deal, result)
      return { id, deal, result }
    },
    drawn: async ({ id, deal }) => {
      await chain.control.mine({ blocks: SEED_BLOCKS })
      for (let dispute = await live(id); ; dispute = await live(id)) {
        if (dispute.phase !== 'drawing') return dispute
        await (await court(seats[0] ?? creator)).draw(deal)
      }
    },
    judged: async ({ id, result }, digestOf) => {
      const members = await round(id)
      const votes = members.map(({ member }, n) => ({
        ...{ deal: id, round: member.round, seat: member.seat },
        ...{ digest: digestOf(n), orTimeout: false, salt: SALT }
      }))
      for (const [n, { member, party }] of members.entries()) {
        const vote = votes[n]
        if (vote !== undefined) await (await court(party)).commit(id, member.index, shorten(voteHash(vote)))
      }
      for (const [n, { member, party }] of members.entries()) {
        const vote = votes[n]
        if (vote !== undefined) await (await court(party)).reveal(id, member.index, vote)
      }
      if ((await live(id)).phase === 'revealing') await (await court(provider)).revealCommitment(result, CLAIMED, SALT)
      return live(id)
    },
    stop: async () => {
      await Promise.all([creator, provider, ...seats].map(party => party.settlement.stop()))
      await chain.stop()
    }
  }
}
