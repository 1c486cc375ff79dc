import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ascending } from '../../../../protocols/matching/ascending.ts'
import { check } from '../../../support/market/property.ts'

const isLess = (a: number, b: number): boolean => a < b

describe('ascending', () => {
  it('property: the same as a sort', () => {
    check(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), list => {
        assert.deepEqual(
          [...ascending([...list], isLess)],
          [...list].sort((a, b) => a - b)
        )
      })
    )
  })

  it('behavior: the first of many costs no sort', () => {
    let compared = 0
    const list = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000)
    const counting = (a: number, b: number): boolean => ++compared > 0 && a < b
    assert.equal(ascending(list, counting).next().value, 0)
    assert.ok(compared < 3000, `${compared} comparisons`)
  })
})
