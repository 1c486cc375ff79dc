import assert from 'node:assert/strict'
import { Graylist } from '../../../support/market-sim/graylist.ts'
import { flagsOf, worldOf } from '../../../support/market-sim/options.ts'
import { percentile } from '../../../support/market-sim/report.ts'

describe('support/market-sim', () => {
  it('default: percentiles by nearest rank', () => {
    assert.equal(percentile([], 50), 0)
    assert.equal(percentile([5], 99), 5)
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
    assert.equal(percentile(hundred, 50), 50)
    assert.equal(percentile(hundred, 99), 99)
    assert.equal(percentile(hundred, 100), 100)
  })

  it('default: a world says only what its size does not imply', () => {
    assert.deepEqual(flagsOf(worldOf({ nodes: 40, seed: 9 })), ['--nodes 40', '--seed 9', '--seconds 30'])
    const changed = worldOf({ nodes: 40, seed: 9, partition: true, lanes: 0, churnPerMille: 3 })
    assert.deepEqual(flagsOf(changed).slice(3), ['--churn-per-mille 3', '--partition', '--lanes 0'])
  })

  it('error: a world without room for its roles', () => {
    for (const given of [
      { nodes: 2 },
      { nodes: 10, creators: 10 },
      { nodes: 10, creators: 0 },
      { nodes: 10, full: 11 }
    ]) {
      assert.throws(() => worldOf(given), { name: 'InvalidInputError' })
    }
  })

  it('behavior: two rejected messages put a peer on the graylist, time and no strikes take it off', () => {
    let nowMs = 0
    let strikes = 0
    const list = new Graylist(
      () => nowMs,
      peer => (peer === 'peer' ? strikes : 0)
    )
    list.add('peer')
    assert.equal(list.has('peer'), false)
    list.add('peer')
    assert.equal(list.has('peer'), true)
    nowMs = 60_000
    assert.equal(list.has('peer'), false)
    strikes = -80
    assert.equal(list.has('peer'), true)
    assert.equal(list.has('other'), false)
  })
})
