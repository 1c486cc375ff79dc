import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../../support/hosts.ts'
import { type MemoryNode, memoryNode } from './memory-node.ts'

describe('cli/program: what is not about one job', () => {
  let node: MemoryNode
  beforeEach(async () => {
    node = await memoryNode()
  })
  afterEach(() => node.stop())
  const run = (...args: string[]): Promise<number> => node.run(...args)

  it('default: images', async () => {
    assert.equal(await run('image', 'push', 'tool:2'), 0)
    assert.match(node.io.out(), /^ipfs:\/\/bafyimage\n2\.9 MiB/)
    assert.equal(await run('image', 'list'), 0)
    assert.match(node.io.out(), /ipfs:\/\/bafyimage +tool:1/)
    assert.equal(await run('image', 'remove', 'ipfs://bafyimage'), 0)
    assert.equal(await run('image', 'remove', 'bafyother'), 2)
    assert.equal(await run('image', 'push', 'missing'), 2)
  })

  it('default: market, wallet and node', async () => {
    for (const args of [['offers'], ['peers'], ['deals'], ['node'], ['wallet', 'show'], ['doctor'], ['config']]) {
      node.renew()
      await run(...args)
      assert.notEqual(node.io.out(), '', args.join(' '))
      node.renew()
      await run(...args, '--json')
      assert.doesNotThrow(() => node.io.lines(), args.join(' '))
    }
    writeFileSync(join(node.dir, 'work', 'spec.yaml'), 'engine: { js: { source: "1" } }\n')
    assert.equal(await run('rank', 'spec.yaml'), 0)
  })

  it('default: offers --watch goes on until Ctrl-C, with one line for each change', async () => {
    const [offer] = await node.api.offers()
    const watching = run('offers', '--watch', '--json')
    await until(() => node.io.out().includes('came'))
    node.api.offers = async () => []
    node.api.hub.publish({ type: 'offers', offers: 0, jobs: 0 })
    await until(() => node.io.out().includes('left'))
    node.io.interrupt()
    assert.equal(await watching, 0, node.io.err())
    assert.deepEqual(
      node.io.lines().map(l => [l['event'], l['change'], (l['offer'] as { account: string }).account]),
      [
        ['offer', 'came', offer?.account],
        ['offer', 'left', offer?.account]
      ]
    )
  })

  it('behavior: control characters of strangers do not reach the terminal', async () => {
    await run('offers')
    assert.ok(!node.io.out().includes('\u001b'))
    assert.match(node.io.out(), /region=eu\\x1b\[31m/)
  })

  it('behavior: --node with its token, never with a token of another node', async () => {
    node.renew({ env: {} })
    const url = node.server.url ?? ''
    assert.equal(await run('node', '--node', url, '--token', node.server.token), 0)
    assert.equal(await run('node', '--node', url, '--token-file', join(node.dir, 'data', 'api.json')), 0)
    assert.equal(await run('node', '--node', url, '--data-dir', join(node.dir, 'data')), 0)
    assert.equal(await run('node', '--node', 'http://127.0.0.1:9', '--data-dir', join(node.dir, 'data')), 2)
    assert.equal(await run('node', '--node', 'file:///etc', '--token', 'x'), 2)
  })

  it('error: no node is a network error', async () => {
    await node.server.stop()
    assert.equal(await run('job', 'list'), 4)
    assert.equal(await run('doctor'), 4)
  })

  it('error: a bug shows its stack and asks to report it', async () => {
    node.api.offers = () => Promise.reject(new TypeError('boom'))
    assert.equal(await run('offers'), 1)
    assert.match(node.io.err(), /report/)
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
      node.renew()
      assert.equal(await run(...command.split(' '), '--help'), 0)
      assert.match(node.io.out(), /Examples:\n {2}\$ dcn/, command)
    }
  })
})
