import assert from 'node:assert/strict'
import { penalties } from '../../../../node/network/peer-penalty.ts'
import { tokenBuckets } from '../../../../node/network/token-bucket.ts'

describe('peer penalties', () => {
  it('default: cuts a peer off after ten strikes, once, and lets it back later', () => {
    let at = 0
    const banned: string[] = []
    const p = penalties({ now: () => at, onBan: peer => banned.push(peer) })
    for (let i = 0; i < 9; i++) {
      assert.equal(p.strike('x'), false)
      at += 10
    }
    assert.equal(p.isBanned('x'), false)
    assert.ok(p.score('x') > -80 && p.score('x') < 0)
    assert.equal(p.strike('x'), true)
    assert.equal(p.strike('x'), true)
    assert.deepEqual(banned, ['x'])
    assert.ok(p.isBanned('x'))
    assert.equal(p.isBanned('y'), false)
    at += 10 * 60_000 + 1
    assert.equal(p.isBanned('x'), false)
  })

  it('behavior: a strike now and then is forgiven', () => {
    let at = 0
    const p = penalties({ now: () => at, onBan: () => assert.fail() })
    for (let i = 0; i < 100; i++) {
      p.strike('x')
      at += 60_000
    }
    assert.equal(p.isBanned('x'), false)
  })
})

describe('token buckets', () => {
  it('default: a burst, then the rate, each key by itself', () => {
    let at = 0
    const b = tokenBuckets(10, 3, () => at)
    assert.deepEqual(
      [1, 2, 3, 4].map(() => b.take('x')),
      [true, true, true, false]
    )
    assert.equal(b.take('y'), true)
    at = 100
    assert.deepEqual([b.take('x'), b.take('x')], [true, false])
    at = 50
    assert.equal(b.take('x'), false)
  })

  it('behavior: memory stays bounded with endless keys', () => {
    const b = tokenBuckets(1, 1, () => 0)
    assert.equal(b.take('first'), true)
    for (let i = 0; i < 5000; i++) b.take(`k${i}`)
    // forgotten, hence full again: the price of the bound
    assert.equal(b.take('first'), true)
  })
})
