import assert from 'node:assert/strict'
import { editDistance, nearest } from '../../../../protocols/common/nearest.ts'

describe('nearest', () => {
  const known = ['memoryBytes', 'memory', 'disk', 'timeout']
  for (const [typed, meant] of [
    ['memori', 'memory'],
    ['MEMORY', 'memory'],
    ['dsik', 'disk'],
    ['time', 'timeout'],
    ['quux', undefined],
    ['x'.repeat(1000), undefined]
  ] as const) {
    it(`args: ${typed.slice(0, 10)} → ${meant}`, () => assert.equal(nearest(typed, known), meant))
  }

  it('default: distances', () => {
    assert.equal(editDistance('', 'abc'), 3)
    assert.equal(editDistance('kitten', 'sitting'), 3)
    assert.equal(editDistance('ab', 'ba'), 1)
  })
})
