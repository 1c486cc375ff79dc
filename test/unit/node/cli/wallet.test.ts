import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { privateKeyToAccount } from 'viem/accounts'
import { dcn } from '../../../../node/cli/program.ts'
import { lockDataDir } from '../../../../node/journal/lock.ts'
import { importKey, loadKey } from '../../../../node/settlement/keystore.ts'
import { type MemoryIo, memoryIo, typingIo } from './memory-io.ts'

const PRIVATE_KEY = `0x${'4c'.repeat(32)}` as const
const ACCOUNT = privateKeyToAccount(PRIVATE_KEY).address

describe('cli/wallet: keys', () => {
  let dir: string
  let io: MemoryIo

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-wallet-'))
    renew()
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  function renew(init: Parameters<typeof memoryIo>[0] = {}): void {
    io = memoryIo({ cwd: dir, ...init, env: { DCN_DATA_DIR: join(dir, 'data'), DCN_PASSPHRASE: 'new', ...init.env } })
  }
  const run = (...args: string[]): Promise<number> => dcn(['wallet', ...args], io)
  const stored = () => loadKey(join(dir, 'data', 'keys', 'account.json'), 'new')
  /** nothing that was printed holds the key */
  const quiet = () => assert.ok(!`${io.out()}${io.err()}`.includes(PRIVATE_KEY.slice(2)))

  it('default: new makes an account and says where its key is', async () => {
    assert.equal(await run('new', '--json'), 0, io.err())
    const [line] = io.lines()
    assert.deepEqual([line?.['account'], line?.['running']], [(await stored()).address, false])
    assert.equal(line?.['file'], join(dir, 'data', 'keys', 'account.json'))
  })

  it('behavior: new asks twice for a passphrase, replaces nothing unasked, and keeps what it replaces', async () => {
    io = typingIo(['one\r', 'one\r'], { env: { DCN_DATA_DIR: join(dir, 'data') } })
    assert.equal(await run('new'), 0, io.err())
    const first = readFileSync(join(dir, 'data', 'keys', 'account.json'), 'utf8')
    renew()
    assert.equal(await run('new'), 2)
    assert.match(io.err(), /exists already\n.*--force/)
    const lock = lockDataDir(join(dir, 'data'))
    assert.equal(await run('new', '--force'), 0)
    lock.release()
    assert.match(io.out(), /kept .*\.bak\n(.*\n)*.*keeps its old key until you start it again/)
    const kept = readdirSync(join(dir, 'data', 'keys')).find(name => name.endsWith('.bak'))
    assert.equal(readFileSync(join(dir, 'data', 'keys', kept ?? ''), 'utf8'), first)
  })

  it('default: import reads a keystore with its own passphrase', async () => {
    await importKey(join(dir, 'old.json'), PRIVATE_KEY, 'old', { scryptN: 1024 })
    assert.equal(await run('import', 'old.json'), 2)
    assert.match(io.err(), /--import-passphrase-file or DCN_IMPORT_PASSPHRASE/)
    renew({ env: { DCN_IMPORT_PASSPHRASE: 'wrong' } })
    assert.equal(await run('import', 'old.json', '--json'), 2)
    assert.match(JSON.stringify(io.lines()), /"name":"WrongPassphraseError"/)
    renew()
    writeFileSync(join(dir, 'phrase'), 'old\n')
    assert.equal(await run('import', 'old.json', '--import-passphrase-file', 'phrase'), 0, io.err())
    assert.equal((await stored()).address, ACCOUNT)
    quiet()
  })

  it('default: import reads a private key from a file, stdin or the terminal', async () => {
    writeFileSync(join(dir, 'key.txt'), `${PRIVATE_KEY.slice(2)}\n`)
    assert.equal(await run('import', 'key.txt'), 0, io.err())
    assert.equal((await stored()).address, ACCOUNT)
    for (const args of [['-'], []]) {
      renew()
      const stdin = new PassThrough()
      stdin.end(PRIVATE_KEY)
      io.stdin = stdin
      assert.equal(await run('import', ...args, '--force'), 0, io.err())
    }
    const env = { DCN_DATA_DIR: join(dir, 'data') }
    io = typingIo([`${PRIVATE_KEY}\r`, 'new\r', 'new\r'], { env })
    assert.equal(await run('import', '--force'), 0, io.err())
    assert.equal((await stored()).address, ACCOUNT)
    quiet()
  })

  it('error: a private key as an argument is refused and not repeated', async () => {
    for (const key of [PRIVATE_KEY, PRIVATE_KEY.slice(2)]) {
      renew()
      assert.equal(await run('import', key), 2)
      assert.match(io.err(), /no argument/)
      quiet()
    }
  })

  it('error: what is no key, too much of it, or not there', async () => {
    writeFileSync(join(dir, 'poem.txt'), 'roses are red')
    const cases: [string[], string?][] = [[['poem.txt']], [['none.json']], [['-'], ''], [['-'], 'x'.repeat(20_000)]]
    for (const [args, input] of cases) {
      renew()
      const stdin = new PassThrough()
      stdin.end(input ?? '')
      io.stdin = stdin
      assert.equal(await run('import', ...args), 2, args.join())
    }
  })
})
