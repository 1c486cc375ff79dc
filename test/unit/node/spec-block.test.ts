import assert from 'node:assert/strict'
import { specBlock } from '../../../node/spec-block.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'

describe('spec-block', () => {
  it('default: the same meaning has the same bytes, and they are read back', () => {
    const source = 'export default () => 42'
    const [short, long] = [
      specBlock({ engine: { js: { source } } }),
      specBlock({ version: 1, timeout: '60s', engine: { js: { entry: 'default', source } } })
    ]
    assert.deepEqual(short, long)
    assert.match(short.cid, /^bafyrei/)
    assert.deepEqual(decodeSpec(short.bytes).engine, { js: { entry: 'default', source } })
  })

  it('error: what is no specification', () => {
    assert.throws(() => specBlock({ engin: {} }), { name: 'InvalidInputError' })
  })
})
