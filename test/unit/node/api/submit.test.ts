import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { pinnedSpec, toConstraints, toSpec } from '../../../../node/api/submit.ts'
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

  it('behavior: what is only ranked has its tag resolved too, and names any image by CID', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'dcn-submit-'))
    const digest = `debian@sha256:${'cd'.repeat(32)}`
    const asked: string[] = []
    // as much of an engine as looks up a tag
    const engine = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ Id: `sha256:${'ef'.repeat(32)}`, RepoDigests: [digest] }))
    })
    try {
      const socket = join(dir, 'engine.sock')
      await new Promise<void>(resolve => engine.listen(socket, resolve))
      const spec = await pinnedSpec({ engine: { docker: { image: 'debian:12' } } }, { docker: { socket } })
      assert.deepEqual(spec.engine, { docker: { image: digest } })
      assert.deepEqual(asked, ['/images/debian:12/json'])
      const image = 'ipfs://bafkreia4zv2uxyxydbzmnlqh2ykyu2bdqikoqcyqjyuvsmv2pkxmdbt6wm'
      assert.deepEqual((await pinnedSpec({ engine: { docker: { image } } }, config)).engine, { docker: { image } })
    } finally {
      engine.closeAllConnections()
      await new Promise(resolve => engine.close(resolve))
      rmSync(dir, { recursive: true, force: true })
    }
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
