import assert from 'node:assert/strict'
import { play } from '../../support/deal/scene.ts'

/** Each world takes a few milliseconds.. */
const SEEDS = 2_500

describe('sim/deal', function () {
  this.timeout(60_000)

  it(`behavior: ${SEEDS} worlds with losses, crashes and cheats keep every promise`, () => {
    const ends: Record<string, number> = {}
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        const { phase } = play(seed).creator.job
        ends[phase] = (ends[phase] ?? 0) + 1
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    }
    // the worlds reach every end there is
    for (const phase of ['settled', 'refunded', 'unmatched', 'cancelled', 'failed']) assert.ok(ends[phase], phase)
  })

  it('behavior: one seed, one course of events', () => {
    for (const seed of [3, 77, 1_234]) assert.deepEqual(play(seed).creator.job, play(seed).creator.job)
  })
})
