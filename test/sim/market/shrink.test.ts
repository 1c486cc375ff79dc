import assert from 'node:assert/strict'
import { commandOf, worldOf } from '../../support/market-sim/options.ts'
import { failureOf, shrink } from '../../support/market-sim/shrink.ts'

describe('sim/market shrinking', function () {
  this.timeout(120_000)

  it('behavior: a bug is found, shrunk, and shown again by the command that is printed', async () => {
    const busy = { nodes: 20, jobs: 60, seconds: 10, churnPerMille: 10, failPerMille: 10 } as const
    const found = await failureOf(worldOf({ ...busy, bug: 'forgets-reservations' }))
    assert.equal(found?.promise, 'no double booking')
    assert.equal(await failureOf(worldOf(busy)), undefined, 'without the bug the same world is fine')

    const smallest = await shrink(found)
    const { options } = smallest
    assert.equal(smallest.promise, 'no double booking')
    assert.ok(options.nodes < 10 && options.jobs < 60 && options.churnPerMille === 0, commandOf(options))
    assert.match(smallest.message, /npm run sim -- --nodes \d+ .*--bug forgets-reservations/)
    assert.equal((await failureOf(options))?.message, smallest.message)
  })

  it('default: a world that keeps its promises has no failure', async () => {
    assert.equal(await failureOf(worldOf({ nodes: 5, seconds: 5 })), undefined)
  })
})
