import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { loadKeys } from '../../../../node/config/identity.ts'
import { replaceAccount } from '../../../../node/config/replace-account.ts'
import { lockDataDir } from '../../../../node/journal/lock.ts'
import { loadInsecureKey, loadKey } from '../../../../node/settlement/keystore.ts'

const cheap = { scryptN: 1024 }
const PRIVATE_KEY = `0x${'4c'.repeat(32)}` as const

describe('config/replace-account', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dcn-account-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const keys = () => readdir(join(dir, 'keys'))
  const put = (init: Partial<Parameters<typeof replaceAccount>[1]> = {}) =>
    replaceAccount(dir, { passphrase: 'x', force: false, ...init }, cheap)

  it('default: the node starts with the account that was made', async () => {
    const { address, file, backups, isRunning } = await put()
    assert.deepEqual([backups, isRunning], [[], false])
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await stat(join(dir, 'keys'))).mode & 0o777, 0o700)
    const { account, created } = await loadKeys(dir, false, async () => 'x')
    assert.deepEqual([account.address, created], [address, false])
  })

  it('default: or with the one whose key was given', async () => {
    const { address } = await put({ privateKey: PRIVATE_KEY })
    assert.equal(address, privateKeyToAccount(PRIVATE_KEY).address)
  })

  it('error: an account is not replaced without being asked to', async () => {
    const { file } = await put()
    const before = await readFile(file, 'utf8')
    await assert.rejects(put(), { name: 'KeyFileExistsError', remedy: /--force/ })
    assert.equal(await readFile(file, 'utf8'), before)
    assert.deepEqual(await keys(), ['account.json'])
  })

  it('behavior: with force the old key is kept, every time', async () => {
    const first = await put()
    const second = await put({ force: true })
    const third = await put({ force: true, passphrase: 'y' })
    assert.equal(new Set([first.address, second.address, third.address]).size, 3)
    const [kept = ''] = second.backups
    assert.equal((await stat(kept)).mode & 0o777, 0o600)
    assert.equal((await loadKey(kept, 'x')).address, first.address)
    assert.equal((await loadKey(third.backups[0] ?? '', 'x')).address, second.address)
    assert.equal((await loadKey(third.file, 'y')).address, third.address)
    assert.equal((await keys()).length, 3)
  })

  it('behavior: a key without a passphrase gives way, and is kept too', async () => {
    const { account } = await loadKeys(dir, true, async () => '')
    await assert.rejects(put(), { name: 'KeyFileExistsError' })
    const { backups, address } = await put({ force: true })
    assert.equal((await loadInsecureKey(backups[0] ?? '')).address, account.address)
    assert.equal((await loadKeys(dir, false, async () => 'x')).account.address, address)
  })

  it('behavior: says that a node runs there', async () => {
    const lock = lockDataDir(dir)
    assert.equal((await put()).isRunning, true)
    lock.release()
    assert.equal((await put({ force: true })).isRunning, false)
    lockDataDir(dir).release()
  })

  it('error: no private key leaves everything as it was', async () => {
    const { file } = await put()
    const before = await readFile(file, 'utf8')
    await assert.rejects(put({ force: true, privateKey: `0x${'00'.repeat(32)}` }), { name: 'InvalidInputError' })
    assert.equal(await readFile(file, 'utf8'), before)
    assert.deepEqual(await keys(), ['account.json'])
  })
})
