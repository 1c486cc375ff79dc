import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DaemonIo } from '../../../node/cli/daemon-api.ts'
import { effectiveConfig } from '../../../node/config/load.ts'
import { accountFiles } from '../../../node/config/paths.ts'
import { createKey } from '../../../node/settlement/keystore.ts'
import { type LoadNode, startWith } from '../../../node/start-daemon.ts'
import { memoryIo } from './cli/memory-io.ts'

describe('start-daemon', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'dcn-start-'))
  })
  afterEach(() => rm(dataDir, { recursive: true, force: true }))

  const config = (insecureDevKeys = 'false') =>
    effectiveConfig({ flags: { roles: 'creator', init: 'lab', dataDir, insecureDevKeys } }).config
  const ioWith = (passphrase: string): DaemonIo => ({ ...memoryIo(), passphrase: async () => passphrase })
  /** Code that is not there, so that nothing is started; counts who wanted it. */
  const missing = () => {
    const seen = { loads: 0 }
    const load: LoadNode = async () => {
      seen.loads++
      throw new TypeError('no code')
    }
    return { seen, load }
  }

  it('behavior: the code of the node is asked for once, while the keys are opened', async () => {
    await createKey(accountFiles(dataDir).secure, 'x', { scryptN: 1024 })
    const { seen, load } = missing()
    await assert.rejects(startWith(load, config(), ioWith('x')), { name: 'TypeError' })
    assert.equal(seen.loads, 1)
  })

  it('error: a wrong passphrase is what is told, whatever became of the code meanwhile', async () => {
    await createKey(accountFiles(dataDir).secure, 'x', { scryptN: 1024 })
    const { seen, load } = missing()
    await assert.rejects(startWith(load, config(), ioWith('y')), { name: 'WrongPassphraseError' })
    assert.equal(seen.loads, 1)
  })

  it('behavior: keys without a passphrase are opened first', async () => {
    const { seen, load } = missing()
    await assert.rejects(startWith(load, config('true'), ioWith('')), { name: 'TypeError' })
    assert.equal(seen.loads, 1)
  })

  it('error: what kept the node from starting is told, also where it does not stop well', async () => {
    const node = {
      token: 'a token',
      start: () => Promise.reject(new RangeError('no port')),
      stop: () => Promise.reject(new TypeError('it hangs'))
    }
    const code = {
      createNode: async () => node,
      joinNetwork: async () => ({ document: { bootstrap: [], secret: new Uint8Array(32) }, hints: [] })
    }
    const load = async () => code as unknown as Awaited<ReturnType<LoadNode>>
    await assert.rejects(startWith(load, config('true'), ioWith('')), { name: 'RangeError' })
  })
})
