import assert from 'node:assert/strict'
import { playReplicas } from '../../support/deal/replicas-scene.ts'

const SEEDS = 600

describe('sim/deal: jobs with replicas', function () {
  this.timeout(120_000)

  it(`behavior: ${SEEDS} worlds with losses, crashes and cheats keep every promise`, () => {
    const ends: Record<string, number> = {}
    let replaced = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        const { state } = playReplicas(seed).creator.group
        ends[state.phase] = (ends[state.phase] ?? 0) + 1
        if (state.replicas.length > state.n) replaced++
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    }
    // the worlds reach every end there is
    for (const phase of ['done', 'failed', 'unmatched', 'cancelled']) assert.ok(ends[phase], phase)
    assert.ok(replaced > 0, 'no world needed a replacement')
  })

  it('behavior: one seed, one course of events', () => {
    for (const seed of [3, 77, 412]) {
      assert.deepEqual(playReplicas(seed).creator.group.state, playReplicas(seed).creator.group.state)
    }
  })
})
