import assert from 'node:assert/strict'
import fc from 'fast-check'
import { compareBytes } from '../../../../../protocols/common/values.ts'
import { KEY_BYTES, keyOf, lowerBound, separator } from '../../../../../protocols/offers/sync/key.ts'
import { digestOf } from '../../../../support/market/make.ts'
import { check } from '../../../../support/market/property.ts'

const key = fc.tuple(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 })).map(([r, id]) => keyOf(r, id))

describe('sync keys', () => {
  it('default: untilRound before id', () => {
    const [low, high] = [digestOf('x'), digestOf('y')].sort(compareBytes) as [Uint8Array, Uint8Array]
    const keys = [keyOf(256, high), keyOf(255, high), keyOf(256, low), keyOf(2 ** 40, low)].sort(compareBytes)
    assert.deepEqual(keys, [keyOf(255, high), keyOf(256, low), keyOf(256, high), keyOf(2 ** 40, low)])
    assert.equal(keys[0]?.byteLength, KEY_BYTES)
  })

  it('property: a separator lies above the one and not above the other, and no shorter one does', () => {
    check(
      fc.property(key, key, (a, b) => {
        fc.pre(compareBytes(a, b) !== 0)
        const [below, above] = compareBytes(a, b) < 0 ? [a, b] : [b, a]
        const bound = separator(below, above)
        assert.ok(compareBytes(below, bound) < 0 && compareBytes(bound, above) <= 0)
        assert.ok(compareBytes(below, bound.subarray(0, -1)) >= 0)
      })
    )
  })

  it('property: a lower bound parts the keys', () => {
    check(
      fc.property(fc.array(key, { maxLength: 30 }), key, fc.nat(KEY_BYTES), (keys, cut, size) => {
        const items = keys.sort(compareBytes).map(k => ({ key: k }))
        const bound = cut.subarray(0, size)
        const at = lowerBound(items, bound)
        assert.ok(items.every((item, i) => compareBytes(item.key, bound) < 0 === i < at))
      })
    )
  })
})
