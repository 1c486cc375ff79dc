import assert from 'node:assert/strict'
import { type DialRest, isResting, restAfter } from '../../../../node/network/dial-rest.ts'

const [here, there] = [['/ip4/203.0.113.7/tcp/1'], ['/ip4/203.0.113.8/tcp/1']]

describe('rest after a failed dial', () => {
  it('default: a minute, at the same addresses', () => {
    assert.equal(isResting(undefined, here, 0), false)
    const rest = restAfter(undefined, here, 1_000)
    assert.equal(isResting(rest, here, 60_999), true)
    assert.equal(isResting(rest, here, 61_000), false)
  })

  it('behavior: a peer that moved is tried sooner', () => {
    const rest = restAfter(undefined, here, 0)
    assert.equal(isResting(rest, there, 2_499), true)
    assert.equal(isResting(rest, there, 2_500), false)
  })

  it('error: moving all the time does not help', () => {
    let rest: DialRest | undefined
    for (let i = 0; i < 20; i++) rest = restAfter(rest, here, 0)
    assert.equal(isResting(rest, there, 59_999), true)
    assert.equal(isResting(rest, there, 60_000), false)
  })
})
