import assert from 'node:assert/strict'
import { CLAIMED, type CourtWorld, courtOf, courtWorld, OTHER } from '../../../../../helpers/court.ts'

describe('evm: court, appeals', () => {
  let world: CourtWorld

  before(async () => {
    world = await courtWorld({ owners: 12 })
  })
  after(() => world.stop())

  it('default: a larger round turns the verdict, and the appeal is paid back', async () => {
    const challenged = await world.challenged()
    const { id, deal, result } = challenged
    await world.drawn(challenged)
    assert.equal((await world.judged(challenged, () => CLAIMED)).providerWrong, false)
    const { creator, provider } = world
    const before = (await creator.settlement.balances()).free
    const first = await courtOf(creator).appeal(deal, { round: 1 })
    assert.equal((await creator.settlement.balances()).free, before - 7n * deal.seatFee)
    // again, and by somebody else who wants the same
    assert.equal((await courtOf(creator).appeal(deal, { round: 1 })).transaction, first.transaction)
    assert.equal((await courtOf(world.seats[0] ?? creator).appeal(deal)).transaction, first.transaction)
    const { members } = await world.drawn(challenged)
    assert.equal(members.length, 10)
    assert.equal(new Set(members.map(({ owner }) => owner)).size, 10)
    const judged = await world.judged(challenged, () => OTHER)
    assert.deepEqual([judged.round, judged.providerWrong], [1, true])
    // repeated now it would be an appeal against this verdict, for the provider
    assert.equal((await courtOf(creator).appeal(deal, { round: 1 })).transaction, first.transaction)
    await assert.rejects(courtOf(creator).appeal(deal, { round: 3 }), { contractError: 'WrongRound' })
    assert.equal((await courtOf(creator).dispute(id))?.round, 1)
    await assert.rejects(courtOf(provider).appeal(deal), { contractError: 'NotEnoughSeats' })
    await world.chain.pass(31)
    await assert.rejects(courtOf(provider).appeal(deal), { contractError: 'TooLate' })
    await courtOf(provider).finish(deal, result)
    assert.equal((await creator.settlement.balances()).free, before + 3n * deal.seatFee + deal.price)
    assert.equal((await courtOf(creator).appeal(deal, { round: 1 })).transaction, first.transaction)
  })
})
