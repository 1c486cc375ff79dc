import assert from 'node:assert/strict'
import { decodeCanonical, encode } from '../../../../protocols/common/cbor.ts'

describe('decodeCanonical', () => {
  it('error: depth that exhausts the stack, at every depth', () => {
    for (let depth = 1000; depth <= 64_000; depth += 4000) {
      const bytes = new Uint8Array(depth + 1).fill(0x81)
      bytes[depth] = 0
      try {
        decodeCanonical(bytes, 'x', 65_536)
      } catch (error) {
        assert.equal((error as Error).name, 'NonCanonicalError')
      }
    }
  })

  for (const [what, hex] of [
    ['a long integer', '1801'],
    ['a float that is an integer', 'fb3ff0000000000000'],
    ['unsorted keys', 'a2616201616101'],
    ['a duplicate key', 'a2616101616101'],
    ['an indefinite length', '9f01ff'],
    ['a trailing byte', '0100'],
    ['invalid UTF-8', '61ff'],
    ['a __proto__ key', 'a1695f5f70726f746f5f5fa0']
  ] as const) {
    it(`error: ${what}`, () => {
      // a value without what the key said must not pass for the bytes
      try {
        const value = decodeCanonical(Buffer.from(hex, 'hex'), 'x', 100)
        assert.deepEqual(Buffer.from(encode(value)).toString('hex'), hex)
        assert.equal(what, 'a __proto__ key')
      } catch (error) {
        assert.equal((error as Error).name, 'NonCanonicalError')
      }
    })
  }

  it('error: too many bytes', () =>
    assert.throws(() => decodeCanonical(new Uint8Array(11), 'x', 10), { name: 'TooLargeError' }))
})
