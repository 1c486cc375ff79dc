import assert from 'node:assert/strict'
import type { Host } from '../../../../../node/network/host.ts'
import { askDialBack } from '../../../../../node/network/reach/dial-back.ts'
import { Reach } from '../../../../../node/network/reach/index.ts'
import { request } from '../../../../../node/network/streams.ts'
import { encode } from '../../../../../protocols/common/cbor.ts'
import { DIAL_BACK_PROTOCOL } from '../../../../../protocols/reach/messages.ts'
import { Cleanup, until } from '../../../../support/hosts.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const portOf = (host: Host): number => Number(/\/tcp\/(\d+)/.exec(host.dialableAddrs()[0] ?? '')?.[1])

describe('dial-back', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  const { signal } = new AbortController()
  let helper: Host
  let peer: string
  let bootstrap: string[]

  async function started(init: Parameters<Cleanup['host']>[0]): Promise<{ host: Host; reach: Reach }> {
    const host = await cleanup.host({ announceLoopback: true, ...init })
    const reach = new Reach({ host, clock: { nowMs: Date.now }, log })
    cleanup.add(() => reach.stop())
    await reach.start()
    return { host, reach }
  }

  before(async () => {
    helper = (await started({})).host
    peer = helper.peerId.toString()
    bootstrap = helper.dialableAddrs()
  })
  after(() => cleanup.run())

  it('default: a host that a member reaches knows where', async () => {
    const { host, reach } = await started({ bootstrap })
    await until(() => reach.facts().answers.length > 0)
    const { answers, openAt, seenAs, relays } = reach.facts()
    assert.deepEqual(answers, [{ peer, open: true }])
    assert.deepEqual(openAt, [`/ip4/127.0.0.1/tcp/${portOf(host)}`])
    assert.equal(seenAs, undefined)
    assert.deepEqual(relays, [])
    assert.equal(reach.relaying(), undefined)
  })

  it('behavior: a port that others are told of and nobody answers at is closed', async () => {
    const { reach } = await started({ bootstrap, listen: [], announce: ['/ip4/127.0.0.1/tcp/1'] })
    await until(() => reach.facts().answers.length > 0)
    assert.deepEqual(reach.facts().answers, [{ peer, open: false }])
  })

  it('error: whoever else answers at the port does not count', async () => {
    const { host } = await started({ bootstrap })
    await until(() => host.libp2p.getPeers().length > 0)
    const { open } = await askDialBack(host.libp2p, peer, [portOf(helper), portOf(host)], signal)
    assert.deepEqual(open, [portOf(host)])
  })

  it('error: a request for a scan is a strike', async () => {
    const host = await cleanup.host({ bootstrap })
    await until(() => host.libp2p.getPeers().length > 0)
    const before = helper.penalties.score(host.peerId.toString())
    const scan = encode({ ports: [1, 2, 3] })
    const options = { maxReplyBytes: 1024, timeoutMs: 10_000 }
    await assert.rejects(request(host.libp2p, { peer, addrs: [] }, DIAL_BACK_PROTOCOL, scan, options), {
      name: 'StreamFailedError'
    })
    assert.ok(helper.penalties.score(host.peerId.toString()) < before)
  })

  it('behavior: starts again after it was stopped', async () => {
    const { reach } = await started({ bootstrap })
    await reach.stop()
    await reach.start()
    await until(() => reach.facts().answers.length > 0)
  })
})
