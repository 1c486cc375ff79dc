import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi, PROVIDER } from '../http/memory-api.ts'
import { ACCOUNT } from '../http/memory-parts.ts'
import { type MemoryIo, memoryIo } from './memory-io.ts'

describe('cli/wallet: funds', () => {
  let dir: string
  let api: MemoryApi
  let server: ApiServer
  let io: MemoryIo

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-funds-'))
    api = memoryApi()
    server = apiServer({ dataDir: dir })({ api })
    await server.start()
    renew()
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dir, { recursive: true, force: true })
  })

  function renew(): void {
    io = memoryIo({ env: { DCN_DATA_DIR: dir }, cwd: dir })
  }
  const run = (...args: string[]): Promise<number> => dcn(args, io)

  it('default: deposit and withdraw take whole tokens', async () => {
    assert.equal(await run('wallet', 'deposit', '1.5'), 0)
    assert.equal((await api.wallet()).free, '6500000')
    assert.equal(await run('wallet', 'withdraw', '0.5', '--to', PROVIDER), 0)
    assert.equal((await api.wallet()).free, '6000000')
    assert.equal(await run('wallet', 'withdraw', '100'), 5)
    assert.equal(await run('wallet', 'deposit', '0.0000001'), 2)
  })

  it('error: more than there is says how much there is, in tokens', async () => {
    const some = {
      settlement: 'evm' as const,
      wallet: '7000000',
      free: '1500000',
      locked: '250000',
      staked: '0',
      gas: '1'
    }
    api.wallet = async () => ({ account: ACCOUNT, token: { symbol: 'DCN', decimals: 6 }, ...some })
    assert.equal(await run('wallet', 'withdraw', '2'), 5)
    assert.match(io.err(), /1\.5 DCN are free.*\n.*withdraw at most 1\.5 DCN; 0\.25 DCN in deals/)
    assert.equal(await run('wallet', 'deposit', '8'), 5)
    assert.match(io.err(), /the wallet holds 7 DCN\n.*deposit at most 7 DCN/)
    assert.equal(await run('wallet', 'withdraw', '1.5'), 0)
  })

  it('default: history, newest last, with its sign', async () => {
    const kinds = () => (JSON.parse(io.out()) as { movements: { kind: string }[] }).movements.map(({ kind }) => kind)
    assert.equal(await run('wallet', 'history'), 0)
    assert.match(
      io.out(),
      /TIME .*\n1970-01-01 00:00:01 {2}deposit .*\+5 DCN .*\n.* opened +creator +-0\.0015 DCN +deal1 /
    )
    renew()
    assert.equal(await run('wallet', 'history', '--limit', '1', '--json'), 0)
    assert.deepEqual(kinds(), ['opened'])
    renew()
    assert.equal(await run('wallet', 'history', '--limit', '1'), 0)
    assert.match(io.out(), /The newest 1; --limit shows more/)
    for (const [since, shown] of [
      ['1970-01-01', 2],
      ['1970-01-01T00:00:02', 1],
      ['1970-01-01T01:00:02+01:00', 1],
      ['1h', 0],
      ['90000d', 2]
    ] as const) {
      renew()
      assert.equal(await run('wallet', 'history', '--since', since, '--json'), 0, since)
      assert.equal(kinds().length, shown, since)
    }
    for (const args of [
      ['--limit', '0'],
      ['--limit', '1001'],
      ['--limit', 'all'],
      ['--since', 'yesterday'],
      ['--since', '2026-13-45']
    ]) {
      assert.equal(await run('wallet', 'history', ...args), 2, args.join(' '))
    }
  })
})
