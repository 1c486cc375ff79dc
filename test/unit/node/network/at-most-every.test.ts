import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { atMostEvery } from '../../../../node/network/at-most-every.ts'

describe('atMostEvery', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  it('default: at once, then once for all that was asked meanwhile, then at once again', () => {
    let done = 0
    const ask = atMostEvery(100, () => done++)
    for (let i = 0; i < 5; i++) ask()
    assert.equal(done, 1)
    mock.timers.tick(100)
    assert.equal(done, 2)
    ask()
    assert.equal(done, 2)
    mock.timers.tick(100)
    assert.equal(done, 3)
    mock.timers.tick(100)
    ask()
    assert.equal(done, 4)
  })
})
