import assert from 'node:assert/strict'
import { FEE, Lockstep, SETTINGS } from '../../support/mediation/lockstep.ts'
import { type RealCourt, realCourt } from '../../support/mediation/real-court.ts'

const SEED = Number(process.env['DCN_TEST_SEED'] ?? 7)
const DISPUTES = 24

describe('court: the mirror and the contract', function () {
  this.timeout(240_000)
  let real: RealCourt

  before(async () => {
    real = await realCourt(SETTINGS, FEE)
  })
  after(() => real.stop())

  it(`behavior: ${DISPUTES} random disputes, call by call`, async () => {
    const run = new Lockstep(real, SEED)
    await run.begin()
    for (let begun = 0; begun < DISPUTES || run.toy.live.length > 0; ) {
      if (begun < DISPUTES && run.toy.live.length < 3) {
        await run.challenge()
        begun++
      }
      await run.step()
    }
    await run.compareMoney()
    for (const story of STORIES) assert.ok(run.seen.has(story), `seed ${SEED}: never seen: ${story}`)
  })
})

/** What random courses come by as good as always, so that the comparison says something. */
const STORIES = ['draw', 'tally', 'finish', 'commit', 'decline', 'reveal', 'revealCommitment', 'appeal'].map(
  c => `${c} ok`
)
