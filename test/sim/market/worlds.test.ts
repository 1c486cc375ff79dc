import assert from 'node:assert/strict'
import { playMarket } from '../../support/market-sim/market-world.ts'
import { worldOf } from '../../support/market-sim/options.ts'
import { wildWorld } from '../../support/market-sim/wild.ts'

/** Worlds of ten nodes take a tenth of a second, of a hundred nodes one. */
const SMALL = Number(process.env['DCN_SIM_SEEDS'] ?? 45)
const LARGE = 4

/** The promises are checked while a world is played: see test/support/market-sim/watch.ts. */
describe('sim/market', function () {
  this.timeout(300_000)

  it(`behavior: ${SMALL} worlds of 10 nodes keep every promise, whatever goes wrong`, async () => {
    const met = { settled: 0, lanes: 0, partition: 0, back: 0, later: 0 }
    for (let seed = 1; seed <= SMALL; seed++) {
      const { jobs, options, caughtUp, spread } = await playMarket(wildWorld(seed, { nodes: 10 }))
      assert.equal(jobs.submitted, options.jobs)
      assert.equal(spread.missing, 0)
      met.settled += jobs.settled
      met.later += jobs.rankZeroPercent < 100 ? 1 : 0
      met.lanes += options.lanes === undefined ? 0 : 1
      met.partition += options.partition ? 1 : 0
      met.back += caughtUp.nodes
    }
    // every kind of trouble was there
    for (const [what, count] of Object.entries(met)) assert.ok(count > 0, what)
  })

  it(`behavior: ${LARGE} worlds of 100 nodes keep every promise, whatever goes wrong`, async () => {
    for (let seed = 1; seed <= LARGE; seed++) await playMarket(wildWorld(seed, { nodes: 100, jobs: 30 }))
  })

  it('behavior: in a calm world of 100 nodes every job is settled by the best offer there was', async () => {
    const calm = { lossPerMille: 0, duplicatePerMille: 0 }
    const report = await playMarket(worldOf({ nodes: 100, seed: 7, jobs: 40, ...calm }))
    assert.equal(report.jobs.settled, 40)
    assert.ok(report.jobs.bestPercent >= 95, `${report.jobs.bestPercent} %`)
    assert.equal(report.spread.missing, 0)
    assert.ok(report.agreedMs.p99 < 1_000, `${report.agreedMs.p99} virtual ms`)
  })

  it('behavior: everybody who begins in the same five seconds is known to everybody at once', async () => {
    const report = await playMarket(worldOf({ nodes: 100, seed: 3, seconds: 10, start: 'cold' }))
    assert.ok(report.spread.offers >= 90)
    assert.ok(report.spread.p99Ms < 10_000, `${report.spread.p99Ms} virtual ms`)
  })

  it('behavior: 1,000 nodes, each with the whole book, lose no job', async () => {
    const report = await playMarket(worldOf({ nodes: 1_000, seed: 1, seconds: 5, providers: 100, jobs: 20 }))
    assert.equal(report.simulated.books, 1_000)
    assert.equal(report.jobs.settled, 20)
    assert.ok(report.jobs.rankZeroPercent >= 90, `${report.jobs.rankZeroPercent} %`)
    assert.equal(report.spread.missing, 0)
  })

  it('behavior: lanes cost less and lose nothing', async () => {
    const world = { nodes: 100, seed: 5, jobs: 30, seconds: 20 }
    const [flat, lanes] = [await playMarket(worldOf(world)), await playMarket(worldOf({ ...world, lanes: 1 }))]
    assert.equal(flat.jobs.settled, 30)
    assert.equal(lanes.jobs.settled, 30)
    assert.ok(lanes.jobs.bestPercent >= 90, `${lanes.jobs.bestPercent} %`)
    assert.ok(lanes.bytesPerNodeSecond.total < flat.bytesPerNodeSecond.total / 2)
  })

  it('behavior: one seed, one report to the last byte', async () => {
    for (const seed of [3, 20]) {
      const options = wildWorld(seed, { nodes: 12 })
      assert.equal(JSON.stringify(await playMarket(options)), JSON.stringify(await playMarket(options)))
    }
  })
})
