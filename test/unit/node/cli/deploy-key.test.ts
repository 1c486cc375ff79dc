import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deployKey } from '../../../../node/cli/deploy-key.ts'
import { accountFiles } from '../../../../node/config/paths.ts'
import { devAccount } from '../../../../node/settlement/evm/create-chain.ts'
import { createKey } from '../../../../node/settlement/keystore.ts'
import { lower } from '../../../../node/settlement/typed-data.ts'
import { memoryIo } from './memory-io.ts'

describe('cli: the key of a deployment', () => {
  let dir: string
  let address: string
  const io = memoryIo({ env: { DCN_PASSPHRASE: 'right' } })

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-key-'))
    address = lower((await createKey(accountFiles(dir).secure, 'right', { scryptN: 1024 })).address)
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  it('default: the account of the data directory is known without its passphrase, and opened with it', async () => {
    const key = await deployKey(memoryIo(), { dataDir: dir }, false)
    assert.equal(key.address, address)
    await assert.rejects(key.unlock(), { name: 'PassphraseMissingError' })
    assert.equal(lower((await (await deployKey(io, { dataDir: dir }, false)).unlock()).address), address)
  })

  it('default: a key file, on any chain; a development chain pays by itself', async () => {
    const keyFile = accountFiles(dir).secure
    for (const isDev of [true, false]) {
      assert.equal((await deployKey(io, { dataDir: '/nowhere', keyFile }, isDev)).address, address)
    }
    assert.equal((await deployKey(io, { dataDir: dir }, true)).address, lower(devAccount().address))
  })

  it('behavior: a file that does not name its account has to be opened', async () => {
    const keyFile = join(dir, 'nameless.json')
    const { address: _said, ...rest } = JSON.parse(readFileSync(accountFiles(dir).secure, 'utf8'))
    writeFileSync(keyFile, JSON.stringify(rest))
    assert.equal((await deployKey(io, { dataDir: dir, keyFile }, false)).address, address)
  })

  it('error: no key, a wrong passphrase, or a file that names another account', async () => {
    await assert.rejects(deployKey(io, { dataDir: join(dir, 'none') }, false), { name: 'InvalidInputError' })
    const wrong = memoryIo({ env: { DCN_PASSPHRASE: 'wrong' } })
    await assert.rejects((await deployKey(wrong, { dataDir: dir }, false)).unlock(), { name: 'WrongPassphraseError' })
    const keyFile = join(dir, 'other.json')
    const text = readFileSync(accountFiles(dir).secure, 'utf8')
    writeFileSync(keyFile, text.replace(address.slice(2), 'ab'.repeat(20)))
    await assert.rejects((await deployKey(io, { dataDir: dir, keyFile }, false)).unlock(), { name: 'KeyFileError' })
  })
})
