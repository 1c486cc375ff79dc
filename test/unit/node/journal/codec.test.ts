import assert from 'node:assert/strict'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { decodeValue, encodeValue } from '../../../../node/journal/codec.ts'
import { cidFromDigest } from '../../../../protocols/common/cbor.ts'

const CID_TEXT = 'bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

const cid = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(cidFromDigest)
const key = fc.oneof(fc.string(), fc.constantFrom('$n', '$o', '$', '__proto__', 'constructor', 'toString'))
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.bigInt(),
    fc.constant(null),
    fc.uint8Array(),
    cid,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true })
  )
}))

describe('journal/codec', () => {
  it('default: round-trips bigint, bytes and CID', () => {
    const state = {
      price: 2n ** 96n,
      bytes: Uint8Array.of(0, 255),
      spec: CID.parse(CID_TEXT),
      list: [undefined, -0, Number.NaN]
    }
    assert.deepEqual(decodeValue(encodeValue(state)), state)
  })

  it('behavior: every value round-trips', () => {
    fc.assert(
      fc.property(value, v => {
        assert.deepEqual(decodeValue(encodeValue(v)), v)
      }),
      { numRuns: 500 }
    )
  })

  it('behavior: a key that looks like a tag or like __proto__ stays data', () => {
    const hostile = JSON.parse('{"$n":"7","__proto__":{"polluted":true}}')
    const back = decodeValue(encodeValue(hostile)) as Record<string, unknown>
    assert.deepEqual(Object.keys(back), ['$n', '__proto__'])
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  })

  it('behavior: drops keys without a value', () => {
    assert.deepEqual(decodeValue(encodeValue({ a: undefined, b: 1 })), { b: 1 })
  })

  it('error: refuses what it cannot bring back', () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    for (const bad of [() => 1, Symbol('x'), new Map(), new Date(0), cycle]) {
      assert.throws(() => encodeValue({ bad }), { name: 'InternalError' })
    }
  })

  it('error: refuses unknown tags', () => {
    for (const text of ['{"$x":1}', '{"$n":1}', '{"$n":"1","b":2}', '{"$o":[]}', '{"$c":"nope"}']) {
      assert.throws(() => decodeValue(text))
    }
  })
})
