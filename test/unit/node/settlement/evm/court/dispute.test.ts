import assert from 'node:assert/strict'
import { CLAIMED, type CourtWorld, courtOf, courtWorld, OTHER } from '../../../../../helpers/court.ts'

const free = async (world: CourtWorld): Promise<bigint[]> => {
  const parties = [world.creator, world.provider, ...world.seats]
  return Promise.all(parties.map(async ({ settlement }) => (await settlement.balances()).free))
}
const gains = (before: bigint[], after: bigint[]) => after.map((amount, n) => amount - (before[n] ?? 0n))

describe('evm: court, disputes', () => {
  for (const restarts of [false, true]) {
    describe(restarts ? 'each step by a node that was started anew' : 'without restarts', () => {
      let world: CourtWorld

      before(async () => {
        world = await courtWorld({ restarts })
      })
      after(() => world.stop())

      it('default: a majority for another digest: the provider is wrong', async () => {
        const before = await free(world)
        const challenged = await world.challenged()
        const { deal, id, result } = challenged
        assert.equal((await world.creator.settlement.status(deal)).phase, 'disputed')
        const { phase, seated, members } = await world.drawn(challenged)
        assert.deepEqual([phase, seated, members.length], ['voting', 3, 3])
        const judged = await world.judged(challenged, () => OTHER)
        assert.deepEqual([judged.phase, judged.providerWrong, judged.digest], ['judged', true, CLAIMED])
        await world.chain.pass(31)
        await (await world.court(world.creator)).finish(deal, result)
        assert.equal(await courtOf(world.creator).dispute(id), undefined)
        const [creator, provider, ...seats] = gains(before, await free(world))
        assert.deepEqual([creator, provider], [0n, -deal.collateral])
        assert.equal(
          seats.reduce((sum, gain) => sum + gain, 0n),
          deal.collateral
        )
      })

      it('default: the votes for the provider: it is paid, the challenge pays the seats', async () => {
        const before = await free(world)
        const challenged = await world.challenged()
        const { deal, result } = challenged
        await world.drawn(challenged)
        const judged = await world.judged(challenged, () => CLAIMED)
        assert.equal(judged.providerWrong, false)
        await world.chain.pass(31)
        await (await world.court(world.provider)).finish(deal, result)
        const [creator, provider] = gains(before, await free(world))
        assert.deepEqual([creator, provider], [-result.charge - 3n * deal.seatFee, result.charge])
      })
    })
  }
})
