import assert from 'node:assert/strict'
import fc from 'fast-check'
import { jsonErrorAt } from '../../../../protocols/modules/foreign/json-place.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('where a text stops being JSON', () => {
  it('default: nowhere in JSON, and somewhere in all else', () => {
    const piece = fc.constantFrom(
      ...'{}[],:"\\ \n'.split(''),
      'a',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'null',
      '"k"',
      '"\\u00e9"',
      '0'
    )
    const text = fc.oneof(
      fc.json(),
      fc.array(piece, { maxLength: 12 }).map(p => p.join(''))
    )
    fc.assert(
      fc.property(text, t => (jsonErrorAt(t) === undefined) === isJson(t)),
      { numRuns: 3000 }
    )
  })

  it('args: the place', () => {
    const cases: [string, number][] = [
      ['{"a": 1,}', 8],
      ['["a",]', 5],
      ['{"a": "b" c"}', 10],
      ['{"a": "it\\\'s"}', 9],
      ['{"a"', 4],
      ['{"a": <no value>}', 6],
      ['{} x', 3],
      ['[1 2]', 3],
      ['', 0],
      [`${'['.repeat(100_000)}`, 100_000]
    ]
    for (const [text, at] of cases) assert.equal(jsonErrorAt(text), at, text.slice(0, 40))
  })
})
