import assert from 'node:assert/strict'
import { examine } from '../../../../../node/cli/commands/doctor.ts'
import type { NodeInfo, WalletView } from '../../../../../node/http/views.ts'
import { memoryApi } from '../../http/memory-api.ts'

const RICH = { settlement: 'evm', wallet: '7000000', free: '500000', locked: '0', staked: '0', gas: '1' } as const

describe('cli/commands/doctor', () => {
  async function findings(info: Partial<NodeInfo>, wallet: Partial<WalletView> = {}): Promise<string[]> {
    const api = memoryApi()
    const found = examine({ ...(await api.info()), ...info }, { ...(await api.wallet()), ...RICH, ...wallet })
    api.hub.close()
    return found.map(({ ok, warn, what }) => `${warn === true ? 'warn' : ok ? 'ok' : 'bad'} ${what}`)
  }

  it('default: says what is well, too', async () => {
    const engines: NodeInfo['engines'] = [{ kind: 'js', version: '1', available: true }]
    assert.deepEqual(await findings({ engines, peers: 2 }), [
      'ok a node answers (0.1.0, creator)',
      'ok connected to 2 peers',
      'ok reachable from outside at /ip4/127.0.0.1/tcp/4101',
      'ok js runs here',
      'ok 7.5 DCN to spend',
      'ok the account can pay for gas'
    ])
  })

  it('behavior: a missing engine is wrong with a provider only', async () => {
    const missing = 'no docker: no engine answers'
    assert.ok((await findings({ roles: ['creator'] })).includes(`ok ${missing}`))
    assert.ok((await findings({ roles: ['provider'] })).includes(`bad ${missing}`))
  })

  it('behavior: that nobody can dial it is wrong with a node that serves; a relay says what it carries', async () => {
    const { reach } = await memoryApi().info()
    const closed = { ...reach, status: 'closed' as const, ok: false, what: 'nobody can reach this host' }
    assert.ok((await findings({ roles: ['creator'], reach: closed })).includes('warn nobody can reach this host'))
    assert.ok((await findings({ roles: ['provider'], reach: closed })).includes('bad nobody can reach this host'))
    const relaying = { reservations: 2, circuits: 1 }
    const found = await findings({ roles: ['relay'], reach: { ...reach, relaying } })
    assert.ok(found.includes('ok relays for members: 2 places taken, 1 circuits open'))
  })

  it('behavior: being alone is wrong only where the node warns of it', async () => {
    const alone = await findings({ peers: 0 })
    assert.ok(alone.includes('ok connected to nobody yet'))
    assert.ok(!alone.some(line => line.startsWith('bad')))
    const lost = await findings({ peers: 0, warnings: [{ message: 'no other peer is connected' }] })
    assert.ok(lost.includes('bad no other peer is connected'))
  })

  it('behavior: tokens and gas, of a node that pays', async () => {
    const broke = { wallet: '0', free: '0', gas: '0' }
    const bad = ['bad the account has no tokens', 'bad the account cannot pay for gas']
    const of = async (roles: string[], wallet: Partial<WalletView>) =>
      (await findings({ roles }, wallet)).filter(line => /account|spend/.test(line))
    assert.deepEqual(await of(['creator'], broke), bad)
    assert.deepEqual(await of(['relay'], broke), [])
    assert.deepEqual(await of(['relay', 'provider'], broke), bad)
    assert.deepEqual(await of(['creator'], { ...broke, settlement: 'none' }), [])
  })

  it('behavior: the machine and its GPUs; an engine that works with a reservation', async () => {
    const gpus = [{ id: 'GPU-1', vendor: 'nvidia', model: 'NVIDIA H100', memoryBytes: 80 * 2 ** 30 }]
    const host = { cpuModel: 'Some CPU', cpus: 4, memoryBytes: 2 ** 30, diskFreeBytes: 2 ** 40, gpus, problems: [] }
    const engines = [{ kind: 'docker', version: '1', available: true, warning: 'runc is old' }]
    const found = await findings({ host: { ...host, gpuDriver: '550.1' }, engines })
    assert.ok(found.includes('ok 4 × Some CPU, 1.0 GiB memory, 1.0 TiB disk free'), found.join('\n'))
    assert.ok(found.includes('ok GPU NVIDIA H100, 80.0 GiB (GPU-1, driver 550.1)'))
    assert.ok(found.includes('ok docker runs here, but runc is old'))
  })
})
