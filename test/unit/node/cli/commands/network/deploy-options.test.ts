import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeployOptions, deployRequest } from '../../../../../../node/cli/commands/network/deploy-options.ts'
import { type NetworkDocument, networkToJson } from '../../../../../../protocols/common/network-document.ts'
import { networkDocument } from '../../../../../support/owner.ts'
import { memoryIo } from '../../memory-io.ts'

const TOKEN = `0x${'Ab'.repeat(20)}`
const chain: NonNullable<NetworkDocument['chain']> = {
  ...{ chainId: 5, rpcUrls: ['http://127.0.0.1:1'], startBlock: 1, confirmations: 1 },
  escrow: `0x${'11'.repeat(20)}`,
  token: `0x${'22'.repeat(20)}`
}

describe('cli: options of network deploy', () => {
  let dir: string

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-options-'))
    writeFileSync(join(dir, 'books.json'), networkToJson(networkDocument({ name: 'books' })))
    writeFileSync(join(dir, 'settled.json'), networkToJson(networkDocument({ name: 'settled', chain })))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  const request = (options: Partial<DeployOptions>) =>
    deployRequest({ rpc: ['http://a.example'], profile: 'public', ...options }, memoryIo({ cwd: dir, env: {} }))

  it('default: windows in seconds, amounts as they are, paths from the working directory', async () => {
    const given = await request({
      ...{ rpc: ['http://a.example', 'https://b.example'], token: TOKEN, seatStake: '50', minWindow: '10min' },
      ...{ activation: '1h30m', out: 'new-net.json', keyFile: 'key.json', dataDir: 'data', confirmations: '12' }
    })
    assert.deepEqual(given, {
      what: {
        rpcUrl: 'http://a.example',
        profile: 'public',
        settings: { minWindowSec: 600, activationSec: 5_400, seatStake: '50' },
        token: TOKEN.toLowerCase()
      },
      rpcUrls: ['http://a.example', 'https://b.example'],
      confirmations: 12,
      target: { path: join(dir, 'new-net.json'), name: 'new-net' },
      dataDir: join(dir, 'data'),
      keyFile: join(dir, 'key.json'),
      isConfirmed: false
    })
  })

  it('default: an existing network, and none for a dry run', async () => {
    const { target } = await request({ network: 'books.json' })
    assert.deepEqual([target?.name, target?.existing?.chain], ['books', null])
    assert.equal((await request({ dryRun: true })).target, undefined)
    assert.equal((await request({ dryRun: true, out: 'x.json' })).target, undefined)
  })

  const refused: [string, string, Partial<DeployOptions>][] = [
    ['no file', 'out', {}],
    ['two files', 'network', { out: 'x.json', network: 'books.json' }],
    ['a network that has a chain', 'network', { network: 'settled.json' }],
    ['a name that is none', 'name', { out: 'My Net.json' }],
    ['an endpoint that is none', 'rpc', { out: 'x.json', rpc: ['example.org'] }],
    ['too many endpoints', 'rpc', { out: 'x.json', rpc: Array.from({ length: 9 }, () => 'http://a.example') }],
    ['an unknown profile', 'profile', { out: 'x.json', profile: 'lab' }],
    ['a token that is none', 'token', { out: 'x.json', token: '0x12' }],
    ['confirmations that are no number', 'confirmations', { out: 'x.json', confirmations: '1.5' }],
    ['a time without unit', 'minWindow', { out: 'x.json', minWindow: '600' }]
  ]
  for (const [what, field, options] of refused) {
    it(`error: ${what}`, () => assert.rejects(request(options), { name: 'InvalidInputError', field }))
  }

  it('error: a file that is there', () =>
    assert.rejects(request({ out: 'settled.json' }), { name: 'OutputExistsError' }))
})
