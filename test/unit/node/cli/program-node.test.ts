import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { until } from '../../../support/hosts.ts'
import { type MemoryApi, memoryApi } from '../http/memory-api.ts'
import { type MemoryIo, memoryIo } from './memory-io.ts'

describe('cli/program: what is not about one job', () => {
  let dir: string
  let api: MemoryApi
  let server: ApiServer
  let io: MemoryIo

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-cli-'))
    mkdirSync(join(dir, 'work'))
    api = memoryApi()
    server = apiServer({ dataDir: join(dir, 'data') })({ api })
    await server.start()
    renew()
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dir, { recursive: true, force: true })
  })

  function renew(init: Parameters<typeof memoryIo>[0] = {}): void {
    io = memoryIo({ env: { DCN_DATA_DIR: join(dir, 'data') }, cwd: join(dir, 'work'), ...init })
  }
  const run = (...args: string[]): Promise<number> => dcn(args, io)

  it('default: images', async () => {
    assert.equal(await run('image', 'push', 'tool:2'), 0)
    assert.match(io.out(), /^ipfs:\/\/bafyimage\n2\.9 MiB/)
    assert.equal(await run('image', 'list'), 0)
    assert.match(io.out(), /ipfs:\/\/bafyimage +tool:1/)
    assert.equal(await run('image', 'remove', 'ipfs://bafyimage'), 0)
    assert.equal(await run('image', 'remove', 'bafyother'), 2)
    assert.equal(await run('image', 'push', 'missing'), 2)
  })

  it('default: market, wallet and node', async () => {
    for (const args of [['offers'], ['peers'], ['deals'], ['node'], ['wallet', 'show'], ['doctor'], ['config']]) {
      renew()
      await run(...args)
      assert.notEqual(io.out(), '', args.join(' '))
      renew()
      await run(...args, '--json')
      assert.doesNotThrow(() => io.lines(), args.join(' '))
    }
    writeFileSync(join(dir, 'work', 'spec.yaml'), 'engine: { js: { source: "1" } }\n')
    assert.equal(await run('rank', 'spec.yaml'), 0)
  })

  it('default: offers --watch goes on until Ctrl-C, with one line for each change', async () => {
    const [offer] = await api.offers()
    const watching = run('offers', '--watch', '--json')
    await until(() => io.out().includes('came'))
    api.offers = async () => []
    api.hub.publish({ type: 'offers', offers: 0, jobs: 0 })
    await until(() => io.out().includes('left'))
    io.interrupt()
    assert.equal(await watching, 0, io.err())
    assert.deepEqual(
      io.lines().map(l => [l['event'], l['change'], (l['offer'] as { account: string }).account]),
      [
        ['offer', 'came', offer?.account],
        ['offer', 'left', offer?.account]
      ]
    )
  })

  it('behavior: control characters of strangers do not reach the terminal', async () => {
    await run('offers')
    assert.ok(!io.out().includes('\u001b'))
    assert.match(io.out(), /region=eu\\x1b\[31m/)
  })

  it('behavior: --node with its token, never with a token of another node', async () => {
    renew({ env: {} })
    const url = server.url ?? ''
    assert.equal(await run('node', '--node', url, '--token', server.token), 0)
    assert.equal(await run('node', '--node', url, '--token-file', join(dir, 'data', 'api.json')), 0)
    assert.equal(await run('node', '--node', url, '--data-dir', join(dir, 'data')), 0)
    assert.equal(await run('node', '--node', 'http://127.0.0.1:9', '--data-dir', join(dir, 'data')), 2)
    assert.equal(await run('node', '--node', 'file:///etc', '--token', 'x'), 2)
  })

  it('error: no node is a network error', async () => {
    await server.stop()
    assert.equal(await run('job', 'list'), 4)
    assert.equal(await run('doctor'), 4)
  })

  it('error: a bug shows its stack and asks to report it', async () => {
    api.offers = () => Promise.reject(new TypeError('boom'))
    assert.equal(await run('offers'), 1)
    assert.match(io.err(), /report/)
  })

  it('default: every command has help with an example', async () => {
    const commands = [
      'run',
      'js run',
      'wasm run',
      'docker run',
      'rank',
      'offers',
      'verify-match',
      'peers',
      'deals',
      'dispute',
      'node',
      'doctor',
      'config'
    ]
    const jobs = ['list', 'show', 'logs', 'get', 'wait', 'accept', 'cancel', 'why'].map(c => `job ${c}`)
    const wallet = ['show', 'new', 'import', 'deposit', 'withdraw', 'history'].map(c => `wallet ${c}`)
    const seats = ['list', 'take', 'leave', 'status'].map(c => `seat ${c}`)
    for (const command of [...commands, ...jobs, ...wallet, ...seats]) {
      renew()
      assert.equal(await run(...command.split(' '), '--help'), 0)
      assert.match(io.out(), /Examples:\n {2}\$ dcn/, command)
    }
  })
})
