import assert from 'node:assert/strict'
import { toConstraints, toSpec } from '../../../../node/api/submit.ts'

const config = { docker: { socket: '/nowhere/docker.sock' } }
const JS = { engine: { js: { source: 'export default () => 0' } } }

describe('api/submit', () => {
  it('default: gives the normalised specification', async () => {
    const spec = await toSpec(JS, config)
    assert.deepEqual([spec.version, spec.timeoutMs, spec.retry], [1, 60_000, 'safe'])
  })

  it('behavior: a pinned image needs no Docker engine here', async () => {
    const image = `busybox@sha256:${'ab'.repeat(32)}`
    const spec = await toSpec({ engine: { docker: { image } } }, config)
    assert.deepEqual(spec.engine, { docker: { image } })
  })

  for (const [field, asked] of [['retry', { retry: 'eager' }]] as const) {
    it(`error: ${JSON.stringify(asked)} is a promise that cannot be kept yet`, async () => {
      await assert.rejects(toSpec({ ...JS, ...asked }, config), { name: 'NotSupportedYetError', field })
    })
  }

  it('error: a tag that no engine can resolve', async () => {
    await assert.rejects(toSpec({ engine: { docker: { image: 'busybox' } } }, config), {
      name: 'ImageUnavailableError'
    })
  })

  it('default: constraints compare accounts in lower case', () => {
    const target = `0x${'AB'.repeat(20)}`
    assert.deepEqual(toConstraints({ target, allow: [target] }), {
      target: target.toLowerCase(),
      allow: [target.toLowerCase()]
    })
  })
})
