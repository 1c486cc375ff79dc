import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encrypt, pbkdf2 } from 'ox/Keystore'
import { privateKeyToAccount } from 'viem/accounts'
import {
  createInsecureKey,
  createKey,
  importKey,
  loadInsecureKey,
  loadKey,
  openKeystore,
  parsePrivateKey
} from '../../../../node/settlement/keystore.ts'

/** Cheap derivation: these tests are about the file. One test uses the real cost. */
const cheap = { scryptN: 1024 }
const PRIVATE_KEY = `0x${'4c'.repeat(32)}` as const
const digitsBut = (char: string) => `0x${char}${'4c'.repeat(32).slice(1)}`

describe('keystore', () => {
  let dir: string
  let path: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dcn-keystore-'))
    path = join(dir, 'keys', 'key.json')
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  it('default: a new key opens with its passphrase, at full cost', async () => {
    const created = await createKey(path, 'correct horse')
    const { crypto, address } = JSON.parse(await readFile(path, 'utf8'))
    assert.equal(crypto.kdfparams.n, 262_144)
    assert.equal(`0x${address}`, created.address.toLowerCase())
    assert.equal((await loadKey(path, 'correct horse')).address, created.address)
  })

  it('behavior: says when the derivation runs, so that something else can be done meanwhile', async () => {
    const told: string[] = []
    const options = { onDerive: () => void told.push('derives') }
    await createKey(path, 'x', { ...cheap, ...options }).then(() => told.push('made'))
    await loadKey(path, 'x', options).then(() => told.push('open'))
    await writeFile(join(dir, 'v3.json'), JSON.stringify(PBKDF2_VECTOR))
    await loadKey(join(dir, 'v3.json'), 'testpassword', options).then(() => told.push('open'))
    assert.deepEqual(told, ['derives', 'made', 'derives', 'open', 'derives', 'open'])
  })

  it("default: the file is its owner's alone, and nothing else is left", async () => {
    await createKey(path, 'x', cheap)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(join(dir, 'keys')), ['key.json'])
  })

  it('default: reads a PBKDF2 file of another program', async () => {
    // the test vector of the web3 secret storage definition
    await writeFile(join(dir, 'v3.json'), JSON.stringify(PBKDF2_VECTOR))
    const { address } = await loadKey(join(dir, 'v3.json'), 'testpassword')
    assert.equal(address, '0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b')
  })

  it('default: reads a scrypt file of another program', async () => {
    await writeFile(join(dir, 'v3.json'), JSON.stringify(SCRYPT_VECTOR))
    const { address } = await loadKey(join(dir, 'v3.json'), 'testpassword')
    assert.equal(address, '0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b')
  })

  it('default: reads files of any cost: scrypt with n 1024, PBKDF2 with few rounds', async () => {
    await importKey(path, PRIVATE_KEY, 'phrase', { scryptN: 1024 })
    assert.equal(JSON.parse(await readFile(path, 'utf8')).crypto.kdfparams.n, 1024)
    assert.equal((await loadKey(path, 'phrase')).address, privateKeyToAccount(PRIVATE_KEY).address)
    const [key, kdfparams] = pbkdf2({ password: 'phrase', iterations: 1_000 })
    const store = encrypt(PRIVATE_KEY, key, kdfparams)
    assert.equal(await openKeystore('x', JSON.stringify(store), 'phrase'), PRIVATE_KEY)
  })

  it('default: a private key as wallets show it', () => {
    const digits = PRIVATE_KEY.slice(2)
    for (const text of [PRIVATE_KEY, digits, `  0X${digits.toUpperCase()}\n`]) {
      assert.equal(parsePrivateKey('x', text), PRIVATE_KEY)
    }
  })

  it('error: no private key, without showing what was given', () => {
    for (const text of ['', '0x', digitsBut('g'), `${PRIVATE_KEY}00`, 'secret words']) {
      assert.throws(
        () => parsePrivateKey('file', text),
        (error: Error) => error.name === 'KeyFileError' && (text === '' || !JSON.stringify(error).includes(text))
      )
    }
  })

  it('error: a file that was changed: its checksum, its contents, its account', async () => {
    await importKey(path, PRIVATE_KEY, 'right', cheap)
    const { crypto, ...rest } = JSON.parse(await readFile(path, 'utf8'))
    const flip = (hex: string) => `${hex.startsWith('0') ? '1' : '0'}${hex.slice(1)}`
    const changed = [
      { ...crypto, mac: flip(crypto.mac) },
      { ...crypto, ciphertext: flip(crypto.ciphertext) },
      { ...crypto, kdfparams: { ...crypto.kdfparams, salt: flip(crypto.kdfparams.salt) } }
    ]
    for (const damaged of changed) {
      const text = JSON.stringify({ ...rest, crypto: damaged })
      await assert.rejects(openKeystore('x', text, 'right'), { name: 'WrongPassphraseError', remedy: /changed/ })
    }
    const other = JSON.stringify({ ...rest, crypto, address: 'ab'.repeat(20) })
    await assert.rejects(openKeystore('x', other, 'right'), { name: 'KeyFileError', message: /another account/ })
  })

  it('error: a wrong passphrase', async () => {
    await importKey(path, PRIVATE_KEY, 'right', cheap)
    await assert.rejects(loadKey(path, 'wrong'), { name: 'WrongPassphraseError' })
  })

  it('error: an existing key is never overwritten', async () => {
    const first = await createKey(path, 'x', cheap)
    await assert.rejects(createKey(path, 'x', cheap), { name: 'KeyFileExistsError' })
    await assert.rejects(createInsecureKey(path), { name: 'KeyFileExistsError' })
    assert.equal((await loadKey(path, 'x')).address, first.address)
    assert.deepEqual(await readdir(join(dir, 'keys')), ['key.json'])
  })

  it('error: no private key', async () => {
    for (const bad of [`0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`, '0x12'] as const) {
      await assert.rejects(importKey(path, bad, 'x', cheap), { name: 'InvalidInputError' })
    }
  })

  it('error: a missing, malformed or huge file', async () => {
    await assert.rejects(loadKey(path, 'x'), { name: 'KeyFileError' })
    const file = join(dir, 'bad.json')
    for (const text of ['', 'no', '[]', 'null', '{}', '{"version":3}', ' '.repeat(100_000)]) {
      await writeFile(file, text)
      await assert.rejects(loadKey(file, 'x'), { name: 'KeyFileError' })
    }
  })

  it('error: parameters that would stop the node', async () => {
    const file = join(dir, 'hostile.json')
    const scrypt = SCRYPT_VECTOR.crypto.kdfparams
    const pbkdf2 = PBKDF2_VECTOR.crypto.kdfparams
    const hostile = [
      { ...SCRYPT_VECTOR.crypto, kdfparams: { ...scrypt, n: 2 ** 30 } },
      { ...SCRYPT_VECTOR.crypto, kdfparams: { ...scrypt, n: 1000 } },
      { ...SCRYPT_VECTOR.crypto, kdfparams: { ...scrypt, n: -2 } },
      { ...SCRYPT_VECTOR.crypto, kdfparams: { ...scrypt, r: 2 ** 20 } },
      { ...SCRYPT_VECTOR.crypto, kdfparams: { ...scrypt, p: 2 ** 20 } },
      { ...SCRYPT_VECTOR.crypto, kdfparams: { ...scrypt, dklen: 2 ** 30 } },
      { ...SCRYPT_VECTOR.crypto, kdf: 'argon2' },
      { ...SCRYPT_VECTOR.crypto, cipherparams: { iv: '00' } },
      { ...PBKDF2_VECTOR.crypto, kdfparams: { ...pbkdf2, c: 2 ** 31 } },
      { ...PBKDF2_VECTOR.crypto, kdfparams: { ...pbkdf2, prf: 'hmac-md5' } }
    ]
    for (const crypto of hostile) {
      await writeFile(file, JSON.stringify({ version: 3, crypto }))
      await assert.rejects(loadKey(file, 'x'), { name: 'KeyFileError' })
    }
    const huge = { ...SCRYPT_VECTOR.crypto, kdfparams: { ...scrypt, n: 2 ** 30 } }
    await writeFile(file, JSON.stringify({ version: 3, crypto: huge }))
    await assert.rejects(loadKey(file, 'x'), { limit: /above 536870912 bytes of memory/ })
  })

  it('default: a plain key file for tests', async () => {
    const created = await createInsecureKey(path)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.equal((await loadInsecureKey(path)).address, created.address)
  })

  it('error: a plain key file that others can read, or that holds no key', async () => {
    await createInsecureKey(path)
    await chmod(path, 0o644)
    await assert.rejects(loadInsecureKey(path), { name: 'KeyFileError' })
    await writeFile(join(dir, 'none'), 'hello', { mode: 0o600 })
    await assert.rejects(loadInsecureKey(join(dir, 'none')), { name: 'KeyFileError' })
  })
})

const PBKDF2_VECTOR = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262_144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd'
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2'
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3
}
const SCRYPT_VECTOR = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262_144,
      p: 8,
      r: 1,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19'
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097'
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3
}
