import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { loadNetwork, readNetworkFile, writeNetworkFile } from '../../../../node/network/network-file.ts'
import type { UserError } from '../../../../protocols/common/errors.ts'
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

  it('error: an invite with something around it, or broken into words, is not printed either', async () => {
    const line = encodeInvite(document)
    for (const text of [`"${line}"`, `/home/me/<${line}>`, `invite: ${line}`, line.replace(/.{40}/g, '$& ')]) {
      await assert.rejects(loadNetwork(`./${text}`), (error: UserError) => {
        assert.equal(error.name, 'InvalidInputError')
        assert.ok(!inspect(error).includes(line.slice(8, 40)), inspect(error))
        return true
      })
    }
  })

  it('error: a broken file tells nothing of the secret that is in it', async () => {
    const path = join(await cleanup.dir(), 'network.json')
    const json = networkToJson(document)
    const { secret } = JSON.parse(json) as { secret: string }
    const broken = [
      json.replace(`"${secret}"`, secret),
      json.replace(secret, secret.slice(1)),
      json.replace(secret, `${secret}?`),
      JSON.stringify(encodeInvite(document)),
      JSON.stringify({ ...JSON.parse(json), secret: [secret] })
    ]
    for (const text of broken) {
      await writeFile(path, text)
      await assert.rejects(loadNetwork(path), (error: UserError) => {
        assert.equal(error.name, 'InvalidInputError')
        const told = inspect(error, { depth: 9 })
        for (const part of [secret.slice(1, 11), encodeInvite(document).slice(0, 12)])
          assert.ok(!told.includes(part), told)
        return true
      })
    }
  })

  it('args: a pipe, of which no more is read than a file may have', async () => {
    await assert.rejects(loadNetwork('/dev/zero'), { name: 'TooLargeError' })
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
