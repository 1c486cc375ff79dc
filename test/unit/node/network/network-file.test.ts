import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadNetwork, readNetworkFile, writeNetworkFile } from '../../../../node/network/network-file.ts'
import { encodeInvite } from '../../../../protocols/common/invite.ts'
import { networkToJson } from '../../../../protocols/common/network-document.ts'
import { Cleanup } from '../../../support/hosts.ts'
import { networkDocument } from '../../../support/owner.ts'

describe('network file', () => {
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())
  const document = networkDocument()

  it('default: written with mode 0600, whole, and read back', async () => {
    const dir = await cleanup.dir()
    const path = join(dir, 'network.json')
    await writeNetworkFile(path, document)
    await writeNetworkFile(path, document)
    assert.deepEqual(await readNetworkFile(path), document)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(dir), ['network.json'])
  })

  it('args: an invite line, or a file that holds one', async () => {
    const dir = await cleanup.dir()
    const path = join(dir, 'invite.txt')
    await writeFile(path, `${encodeInvite(document)}\n`)
    assert.deepEqual(await loadNetwork(path), { document, hints: [] })
    assert.deepEqual(await loadNetwork(encodeInvite(document)), { document, hints: [] })
  })

  it('error: an invite without its beginning is no path, and its secret is not printed', async () => {
    const headless = encodeInvite(document).slice(1)
    await assert.rejects(loadNetwork(headless), (error: Error) => {
      assert.equal(error.name, 'NotAnInviteError')
      assert.ok(!error.message.includes(headless.slice(0, 32)))
      return true
    })
  })

  it('error: no file, no JSON, too large', async () => {
    const dir = await cleanup.dir()
    const path = join(dir, 'x')
    await assert.rejects(loadNetwork(path), { name: 'InvalidInputError', field: 'network' })
    await writeFile(path, '{')
    await assert.rejects(loadNetwork(path), { name: 'InvalidInputError', field: 'network' })
    await writeFile(path, Buffer.alloc(300_000))
    await assert.rejects(loadNetwork(path), { name: 'TooLargeError' })
    await writeFile(path, '{"version":2}')
    await assert.rejects(loadNetwork(path), { name: 'InvalidInputError' })
    await writeFile(path, '{"version":1}')
    await assert.rejects(loadNetwork(path), { name: 'NetworkVersionError', field: 'version' })
  })

  it('error: a changed file is refused with what differs from the document that is known', async () => {
    const path = join(await cleanup.dir(), 'network.json')
    const changed = { ...JSON.parse(networkToJson(document)), roundMs: 500 }
    await writeFile(path, JSON.stringify(changed))
    await assert.rejects(loadNetwork(path), { name: 'BadSignatureError' })
    await assert.rejects(loadNetwork(path, document), (error: Error) => {
      assert.equal(error.name, 'BadSignatureError')
      assert.match(error.message, /roundMs was 250, is 500/)
      return true
    })
  })
})
