import assert from 'node:assert/strict'
import type { CID } from 'multiformats/cid'
import { toConstraints, toSpec } from '../../../../node/api/submit.ts'
import { ImageNotFoundError } from '../../../../node/images/images.ts'

const config = { docker: { socket: '/nowhere/docker.sock' } }
const SHARED = 'bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const images = {
  check(cid: CID) {
    if (cid.toString() !== SHARED) throw new ImageNotFoundError(cid.toString())
  }
}
const JS = { engine: { js: { source: 'export default () => 0' } } }

describe('api/submit', () => {
  it('default: gives the normalised specification', async () => {
    const spec = await toSpec(JS, config, images)
    assert.deepEqual([spec.version, spec.timeoutMs, spec.retry], [1, 60_000, 'safe'])
  })

  it('behavior: a pinned image needs no Docker engine here', async () => {
    const image = `busybox@sha256:${'ab'.repeat(32)}`
    const spec = await toSpec({ engine: { docker: { image } } }, config, images)
    assert.deepEqual(spec.engine, { docker: { image } })
  })

  for (const [field, asked] of [['retry', { retry: 'eager' }]] as const) {
    it(`error: ${JSON.stringify(asked)} is a promise that cannot be kept yet`, async () => {
      await assert.rejects(toSpec({ ...JS, ...asked }, config, images), { name: 'NotSupportedYetError', field })
    })
  }

  it('error: a tag that no engine can resolve', async () => {
    await assert.rejects(toSpec({ engine: { docker: { image: 'busybox' } } }, config, images), {
      name: 'ImageUnavailableError'
    })
  })

  it('behavior: an image by CID is one that this node shares', async () => {
    const image = `ipfs://${SHARED}`
    assert.deepEqual((await toSpec({ engine: { docker: { image } } }, config, images)).engine, { docker: { image } })
    for (const [other, name] of [
      ['ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku', 'ImageNotFoundError'],
      ['ipfs://nonsense', 'InvalidInputError']
    ] as const) {
      await assert.rejects(toSpec({ engine: { docker: { image: other } } }, config, images), { name }, other)
    }
  })

  it('default: constraints compare accounts in lower case', () => {
    const target = `0x${'AB'.repeat(20)}`
    assert.deepEqual(toConstraints({ target, allow: [target] }), {
      target: target.toLowerCase(),
      allow: [target.toLowerCase()]
    })
  })
})
