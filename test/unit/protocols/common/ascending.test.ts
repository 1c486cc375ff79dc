import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Ascending, ascendingBytes } from '../../../../protocols/common/ascending.ts'
import { compareBytes } from '../../../../protocols/common/values.ts'
import { check } from '../../../support/market/property.ts'

/** The last of those with one number first. */
const isLater = (a: number, b: number): boolean => a > b
const read = (keys: readonly number[]): number[] => {
  const ascending = new Ascending(Float64Array.from(keys), isLater)
  return Array.from({ length: keys.length }, () => ascending.next() ?? -1)
}
const sorted = (keys: readonly number[]): number[] =>
  [...keys.keys()].sort((a, b) => (keys[a] as number) - (keys[b] as number) || b - a)

describe('ascending', () => {
  for (const [what, max] of [
    ['few different numbers', 20],
    ['48 bits', 2 ** 48 - 1],
    ['53 bits', Number.MAX_SAFE_INTEGER]
  ] as const) {
    it(`property: the same as a sort: ${what}`, () => {
      check(
        fc.property(
          fc.array(
            fc.maxSafeNat().map(n => n % (max + 1)),
            { maxLength: 60 }
          ),
          list => assert.deepEqual(read(list), sorted(list))
        )
      )
    })
  }

  it('property: byte strings in their unsigned order, the shorter first', () => {
    const few = fc.uint8Array({ max: 2, maxLength: 9 })
    check(
      fc.property(fc.uniqueArray(fc.oneof(few, fc.uint8Array({ maxLength: 32 })), { selector: String }), list => {
        const ascending = ascendingBytes(list)
        const got = list.map(() => list[ascending.next() ?? -1])
        assert.deepEqual(got, [...list].sort(compareBytes))
      })
    )
  })

  it('behavior: numbers that crowd in a corner are in order too', () => {
    const list = Array.from({ length: 1000 }, (_, i) => (i === 0 ? 2 ** 48 : (i * 7919) % 997))
    assert.deepEqual(read(list), sorted(list))
  })

  it('behavior: the first of many costs no sort', () => {
    let ties = 0
    const keys = Float64Array.from({ length: 1000 }, (_, i) => i >> 1)
    const ascending = new Ascending(keys, (a, b) => ++ties > 0 && a < b)
    assert.deepEqual([ascending.next(), ascending.next()], [0, 1])
    assert.ok(ties < 20, `${ties} comparisons`)
    for (let i = 2; i < keys.length; i++) assert.equal(ascending.next(), i)
    assert.equal(ascending.next(), undefined)
  })
})
