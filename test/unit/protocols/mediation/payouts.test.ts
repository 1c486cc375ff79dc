import assert from 'node:assert/strict'
import type { Hex } from '../../../../protocols/common/values.ts'
import type { Deal } from '../../../../protocols/deal/schema.ts'
import { type Appeal, type PayoutTable, payoutTable } from '../../../../protocols/mediation/payouts.ts'
import { COURT_RULES, majorityOfSize, sizeOf } from '../../../../protocols/mediation/rules.ts'
import type { Member } from '../../../../protocols/mediation/types.ts'
import { isProviderWrong, majorityOf } from '../../../../protocols/mediation/verdict.ts'
import { shorten } from '../../../../protocols/mediation/vote.ts'
import { account } from '../../../support/deal/builders.ts'
import { World } from '../../../support/deal/world.ts'
import { digestNo } from '../../../support/mediation/toy-case.ts'

const FEE = 100n
const CASES = 3_000

interface Random {
  deal: Deal
  charge: bigint
  members: Member[]
  round: number
  providerWrong: boolean
  digest: Hex | undefined
  appeals: Appeal[]
}

/** A dispute as it may end: every round whole, judged one after the other, appealed by whoever likes. */
function random(world: World): Random {
  const collateral = 3n * FEE + BigInt(world.between(0, 200))
  const deal = {
    price: BigInt(world.between(0, 100)),
    collateral,
    seatFee: FEE,
    creator: account(1),
    provider: account(2)
  } as Deal
  const digest = world.chance(0.9) ? digestNo(world.between(1, 3)) : undefined
  const members: Member[] = []
  const appeals: Appeal[] = []
  const rounds = digest === undefined ? 1 : world.between(1, 3)
  let providerWrong = false
  for (let round = 0; round < rounds; round++) {
    if (round > 0) appeals.push({ round, payer: account(world.between(1, 4)), forCreator: !providerWrong })
    for (let i = 0; i < sizeOf(round); i++) members.push(randomMember(world, members.length, round))
    const given = digest === undefined ? undefined : shorten(digest)
    providerWrong = isProviderWrong(majorityOf(members, round, given), given)
  }
  const charge = BigInt(world.between(0, Number(deal.price)))
  return { deal, charge, members, round: rounds - 1, providerWrong, digest, appeals }
}

function randomMember(world: World, index: number, round: number): Member {
  const member = { index, seat: index, owner: account(index + 10), round }
  if (world.chance(0.15)) return { ...member, standing: world.pick(['drawn', 'committed'] as const) }
  return { ...member, standing: 'revealed', vote: shorten(digestNo(world.between(1, 3))) }
}

/** The same with a majority of the last round behind the truth. */
function honest(end: Random, truth: Hex): Random {
  const needed = majorityOfSize(end.round)
  const last = end.members.filter(m => m.round === end.round).slice(0, needed)
  const members = end.members.map(m => (last.includes(m) ? { ...m, standing: 'revealed' as const, vote: truth } : m))
  const given = end.digest === undefined ? undefined : shorten(end.digest)
  return { ...end, members, providerWrong: isProviderWrong(majorityOf(members, end.round, given), given) }
}

function tableOf({ deal, charge, members, round, providerWrong, digest, appeals }: Random): PayoutTable {
  const dispute = { members, round, providerWrong, ...(digest === undefined ? {} : { digest }) }
  return payoutTable(deal, { charge }, dispute, appeals)
}

describe('mediation/payouts', () => {
  it(`property: what went in comes out, over ${CASES} random ends`, () => {
    const world = new World(11)
    for (let i = 0; i < CASES; i++) {
      const end = random(world)
      const { deal, appeals } = end
      const { payouts, losses, pot } = tableOf(end)
      const deposits = [0, ...appeals.map(a => a.round)].reduce((sum, r) => sum + BigInt(sizeOf(r)) * FEE, 0n)
      const lost = losses.reduce((sum, l) => sum + l.amount, 0n)
      const paid = payouts.reduce((sum, p) => sum + p.amount, 0n)
      assert.equal(paid, deal.price + deal.collateral + deposits + lost)
      const shared = payouts.filter(p => p.why === 'seat' || p.why === 'nobody').reduce((sum, p) => sum + p.amount, 0n)
      assert.equal(shared, pot)
    }
  })

  it('property: with an honest last round every right seat has its fee', () => {
    const world = new World(12)
    for (let i = 0; i < CASES; i++) {
      const end = random(world)
      if (end.digest === undefined) continue
      const truth = shorten(digestNo(world.between(1, 3)))
      const { payouts, verdict } = tableOf(honest(end, truth))
      assert.equal(verdict.digest, truth, `case ${i}`)
      for (const { why, amount } of payouts) if (why === 'seat') assert.ok(amount >= FEE, `case ${i}: ${amount}`)
    }
  })

  it('behavior: what a seat can lose is what it had at risk', () => {
    const world = new World(13)
    for (let i = 0; i < 200; i++) {
      const { losses } = tableOf(random(world))
      assert.ok(losses.every(l => l.amount === COURT_RULES.riskFees * FEE))
      assert.equal(new Set(losses.map(l => l.member)).size, losses.length)
    }
  })
})
