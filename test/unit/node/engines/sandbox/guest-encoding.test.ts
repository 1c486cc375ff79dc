import assert from 'node:assert/strict'
import { createContext, runInContext } from 'node:vm'
import { guestEncoding } from '../../../../../node/engines/sandbox/guest/encoding.ts'

interface Codecs {
  TextEncoder: typeof TextEncoder
  TextDecoder: typeof TextDecoder
}

/** Its own realm, because it replaces globals; Node's own codecs are what it is compared with. */
function codecs(): Codecs {
  const context = createContext({})
  runInContext(`(${guestEncoding})()`, context)
  return runInContext('({ TextEncoder, TextDecoder })', context) as Codecs
}

const BYTES = [
  '61',
  'c3bc',
  'e282ac',
  'f09f9880',
  'efbbbf61',
  '80',
  'c3',
  'c328',
  'e282',
  'e28261',
  'f09f98',
  'f09f9861',
  'c080',
  'e08080',
  'eda080',
  'f0808080',
  'f4908080',
  'f5808080',
  'ff',
  'fefeffff',
  '61c3',
  'f09f98f09f9880',
  'e2e282ac'
]

describe('engines/sandbox/guest/encoding', () => {
  const mine = codecs()

  for (const hex of BYTES) {
    it(`default: decodes ${hex} as the platform does`, () => {
      const bytes = Buffer.from(hex, 'hex')
      assert.equal(new mine.TextDecoder().decode(bytes), new TextDecoder().decode(bytes))
      const keep = { ignoreBOM: true }
      assert.equal(new mine.TextDecoder('utf8', keep).decode(bytes), new TextDecoder('utf8', keep).decode(bytes))
    })
  }
  it('default: encodes as the platform does', () => {
    for (const text of ['', 'a', 'ü', '€', '😀', 'a😀b', '\ud800', '\udc00x', 'x\ud800y', '\u{10ffff}']) {
      assert.deepEqual([...new mine.TextEncoder().encode(text)], [...new TextEncoder().encode(text)])
    }
  })
  it('behavior: long text and long malformed input', () => {
    const text = 'aü€😀'.repeat(5000)
    assert.equal(new mine.TextDecoder().decode(new TextEncoder().encode(text)), text)
    const junk = Buffer.alloc(10_000, 0xe2)
    assert.equal(new mine.TextDecoder().decode(junk), new TextDecoder().decode(junk))
  })
  it('error: fatal, pieces and other encodings', () => {
    assert.throws(() => new mine.TextDecoder('utf-8', { fatal: true }).decode(Buffer.from('ff', 'hex')), {
      name: 'TypeError'
    })
    assert.throws(() => new mine.TextDecoder().decode(Buffer.from('a'), { stream: true }), { name: 'TypeError' })
    assert.throws(() => new mine.TextDecoder('latin1'), { name: 'RangeError' })
  })
})
