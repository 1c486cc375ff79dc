import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../../node/cli/program.ts'
import { lasting } from '../../../../../node/cli/status-text.ts'
import { type ApiServer, apiServer } from '../../../../../node/http/server.ts'
import { UserError } from '../../../../../protocols/common/errors.ts'
import { type MemoryApi, memoryApi } from '../../http/memory-api.ts'
import { type MemoryIo, memoryIo } from '../memory-io.ts'

describe('cli/commands/node', () => {
  let dataDir: string
  let api: MemoryApi
  let server: ApiServer
  let io: MemoryIo

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'dcn-cli-node-'))
    api = memoryApi()
    server = apiServer({ dataDir })({ api })
    await server.start()
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  function run(...args: string[]): Promise<number> {
    io = memoryIo()
    return dcn(['node', ...args, '--data-dir', dataDir], io)
  }

  it('default: status shows work, hours, room and warnings', async () => {
    api.busy = 1
    assert.equal(await run('status'), 0)
    assert.match(io.out(), /^up +1 h 2 min/m)
    assert.match(io.out(), /^work +takes work$/m)
    assert.match(io.out(), /^deals +1 running, 1 settling, 2 asking$/m)
    assert.match(io.out(), /^cores +4 free of 4$/m)
    assert.match(io.out(), /js +running .* 30 s left/)
    assert.match(io.out(), /warning: no GPU \\x1b/)
  })

  it('behavior: --watch prints until Ctrl-C', async () => {
    io = memoryIo()
    const watching = dcn(['node', 'status', '--watch', '--json', '--data-dir', dataDir], io)
    while (io.lines().length === 0) await new Promise(resolve => setTimeout(resolve, 5))
    io.interrupt()
    assert.equal(await watching, 0)
    assert.equal(io.lines()[0]?.['network'], 'lab')
  })

  it('default: drain --wait ends when nothing runs any more, resume takes work again', async () => {
    api.busy = 2
    assert.equal(await run('drain', '--wait', '--json'), 0)
    assert.match(io.out(), /"running":\[\]/)
    assert.equal(api.drained, true)
    assert.equal(await run('resume'), 0)
    assert.equal(api.drained, false)
  })

  it('behavior: a node is named before or after the command', async () => {
    io = memoryIo()
    assert.equal(await dcn(['node', '--data-dir', dataDir, 'status'], io), 0)
    assert.match(io.out(), /lab/)
  })

  it('error: a node that takes no deals cannot be drained', async () => {
    api.drain = () => Promise.reject(new UserError('NoProviderError', 'no provider'))
    assert.equal(await run('drain'), 2)
  })

  it('default: stop asks, and with --wait ends when the node has', async () => {
    assert.equal(await run('stop'), 0)
    assert.equal(api.stopped, 1)
    const stopping = run('stop', '--wait')
    while (api.stopped < 2) await new Promise(resolve => setTimeout(resolve, 5))
    await server.stop()
    assert.equal(await stopping, 0)
    assert.equal(io.out(), 'stopped\n')
    assert.equal(await run('stop'), 4)
  })

  it('default: probes need no token, and are told what is wrong', async () => {
    const probe = async () => {
      const response = await fetch(`${server.url}/api/v1/ready`)
      return [response.status, (await response.json()) as { detail?: string; ready?: boolean }] as const
    }
    assert.deepEqual((await probe())[0], 200)
    api.notReady = 'the disk is full'
    const [status, { detail }] = await probe()
    assert.deepEqual([status, detail], [503, 'not ready: journal: the disk is full'])
    assert.equal((await fetch(`${server.url}/api/v1/node/status`)).status, 401)
  })

  it('default: log-level, by one of the levels', async () => {
    assert.equal(await run('log-level', 'debug'), 0)
    assert.equal(io.out(), 'debug\n')
    assert.equal(await run('log-level', 'loud'), 2)
    assert.match(io.err(), /silent, fatal, error/)
  })

  it('default: metrics need the token, and say what they are', async () => {
    const url = `${server.url}/api/v1/metrics`
    const response = await fetch(url, { headers: { authorization: `Bearer ${server.token}` } })
    assert.deepEqual([response.status, await response.text()], [200, 'dcn_up 1\n'])
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.equal((await fetch(url)).status, 401)
  })

  for (const [ms, text] of [
    [0, '0 s'],
    [59_499, '59 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
    [-5, '0 s']
  ] as const) {
    it(`args: ${ms} ms lasts ${text}`, () => assert.equal(lasting(ms), text))
  }
})
