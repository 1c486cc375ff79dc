import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadNetwork, readNetworkFile, writeNetworkFile } from '../../../../node/network/network-file.ts'
import { encodeInvite } from '../../../../protocols/common/invite.ts'
import { createNetworkDocument } from '../../../../protocols/common/network-document.ts'
import { Cleanup } from '../../../support/hosts.ts'

describe('network file', () => {
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())
  const document = createNetworkDocument({
    name: 'lab',
    secret: new Uint8Array(32).fill(3),
    chain: null,
    bootstrap: [],
    roundMs: 250,
    createdAt: 1
  })

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
    assert.deepEqual(await loadNetwork(path), document)
    assert.deepEqual(await loadNetwork(encodeInvite(document)), document)
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
    await writeFile(path, Buffer.alloc(100_000))
    await assert.rejects(loadNetwork(path), { name: 'TooLargeError' })
    await writeFile(path, '{"version":1}')
    await assert.rejects(loadNetwork(path), { name: 'InvalidInputError' })
  })
})
