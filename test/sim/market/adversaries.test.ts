import assert from 'node:assert/strict'
import { ADVERSARY_NAMES, type AdversaryName } from '../../support/market-sim/adversaries.ts'
import { playMarket } from '../../support/market-sim/market-world.ts'
import { worldOf } from '../../support/market-sim/options.ts'
import type { Report } from '../../support/market-sim/report.ts'

const WORLD = { nodes: 30, seed: 2, seconds: 20, jobs: 25 }
const AS_USUAL = 25

type Expect = (hostile: Report, honest: Report) => void

/** What honest nodes may lose at most: the figures are in docs/simulator.md. */
const EXPECTED: Record<AdversaryName, Expect> = {
  spam: (hostile, honest) => {
    assert.equal(hostile.jobs.settled, AS_USUAL)
    assert.ok(hostile.jobs.bestPercent >= honest.jobs.bestPercent - 20)
    assert.ok(hostile.agreedMs.p50 < 2 * honest.agreedMs.p50)
    // what is not cut off is bounded by the rates of accounts and neighbours
    assert.ok(hostile.bytesPerNodeSecond.total < 300_000)
  },
  equivocation: hostile => {
    assert.equal(hostile.jobs.settled, AS_USUAL)
    // an account that was caught is out: at most the first jobs go there
    assert.ok(hostile.jobs.hostile < AS_USUAL / 2, `${hostile.jobs.hostile} went to the two-faced`)
  },
  withholding: (hostile, honest) => {
    assert.equal(hostile.jobs.settled, AS_USUAL)
    assert.equal(hostile.spread.missing, 0)
    assert.ok(hostile.spread.p99Ms < 3 * honest.spread.p99Ms + 10_000)
  },
  sybil: hostile => {
    assert.equal(hostile.jobs.settled, AS_USUAL)
    assert.equal(hostile.jobs.rankZeroPercent, 0)
  },
  vanishing: hostile => {
    // no promise that the job is done, but the money always comes back
    assert.equal(hostile.jobs.settled + hostile.jobs.other + hostile.jobs.unmatched, AS_USUAL)
    assert.equal(hostile.jobs.hostile, AS_USUAL)
  }
}

describe('sim/market adversaries', function () {
  this.timeout(300_000)
  let honest: Report

  before(async () => {
    honest = await playMarket(worldOf(WORLD))
  })

  it('default: the same world without an adversary', () => {
    assert.equal(honest.jobs.settled, AS_USUAL)
    assert.equal(honest.jobs.hostile, 0)
    assert.ok(honest.jobs.bestPercent >= 70)
  })

  it('behavior: as many accounts that always refuse as there are honest nodes: every job is done none the less', async () => {
    const report = await playMarket(worldOf({ ...WORLD, adversary: 'sybil', hostilePercent: 100 }))
    assert.equal(report.jobs.hostile, AS_USUAL)
    assert.equal(report.jobs.settled, AS_USUAL)
  })

  for (const name of ADVERSARY_NAMES) {
    it(`behavior: ${name}: no promise is broken, and the loss is bounded`, async () => {
      EXPECTED[name](await playMarket(worldOf({ ...WORLD, adversary: name })), honest)
    })
  }
})
