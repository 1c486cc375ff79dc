import assert from 'node:assert/strict'
import { playCourt } from '../../support/mediation/court-scene.ts'

const SEEDS = Number(process.env['DCN_SIM_SEEDS'] ?? 300)

describe('sim/court', function () {
  this.timeout(600_000)

  it(`behavior: ${SEEDS} worlds of judges that die between any two steps keep every promise`, () => {
    const ends: Record<string, number> = {}
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        for (const judge of playCourt(seed).judges) {
          for (const { phase } of judge.journal.values()) ends[phase] = (ends[phase] ?? 0) + 1
        }
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    }
    for (const phase of ['paid', 'slashed', 'declined', 'excused']) assert.ok(ends[phase], phase)
  })

  it('behavior: one seed, one course of events', () => {
    for (const seed of [3, 77, 401]) {
      const [a, b] = [playCourt(seed), playCourt(seed)]
      assert.deepEqual(
        a.judges.map(j => [...j.journal.values()]),
        b.judges.map(j => [...j.journal.values()])
      )
    }
  })
})
