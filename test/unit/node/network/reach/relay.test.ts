import assert from 'node:assert/strict'
import { circuitRelayTransport, RELAY_V2_STOP_CODEC } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { ConnectionEncrypter } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { addressParts } from '../../../../../node/network/addresses.ts'
import { handle } from '../../../../../node/network/handle.ts'
import type { Host } from '../../../../../node/network/host.ts'
import { noisePrologue } from '../../../../../node/network/libp2p-config.ts'
import { Reach } from '../../../../../node/network/reach/index.ts'
import { connect, request } from '../../../../../node/network/streams.ts'
import { Cleanup, until } from '../../../../support/hosts.ts'

const ECHO = '/dcn/test-echo/1.0.0'
/** more than a relay gives to strangers */
const BYTES = new Uint8Array(300_000).fill(5)
const LIMITS = { timeoutMs: 20_000, maxInboundStreams: 8, perPeerPerSecond: 100, maxRequestBytes: 1_000_000 }
const log = { debug() {}, info() {}, warn() {}, error() {} }

describe('relays', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  let relay: Host
  let hidden: Host
  let bootstrap: string[]

  async function host(init: Parameters<Cleanup['host']>[0]): Promise<{ host: Host; reach: Reach }> {
    const made = await cleanup.host({ announceLoopback: true, ...init })
    const reach = new Reach({ host: made, clock: { nowMs: Date.now }, log })
    cleanup.add(() => reach.stop())
    await reach.start()
    return { host: made, reach }
  }

  before(async () => {
    relay = (await host({ relays: true, roles: ['relay'] })).host
    bootstrap = relay.dialableAddrs()
    // nobody can dial a host that does not listen
    const made = await host({ listen: [], bootstrap })
    hidden = made.host
    await handle(hidden.libp2p, ECHO, LIMITS, async bytes => bytes)
    await until(() => hidden.dialableAddrs().length > 0)
    assert.deepEqual(made.reach.facts().relays, [relay.peerId.toString()])
  })
  after(() => cleanup.run())

  const target = () => ({ peer: hidden.peerId.toString(), addrs: hidden.dialableAddrs() })
  const echo = (from: Host) =>
    request(from.libp2p, target(), ECHO, BYTES, { maxReplyBytes: 1_000_000, timeoutMs: 20_000 })

  it('default: a host that nobody can dial answers through its relay, with more than strangers get', async () => {
    const [addr = ''] = hidden.dialableAddrs()
    assert.equal(addressParts(addr)?.relay, relay.peerId.toString())
    const asker = await cleanup.host({ listen: [], bootstrap })
    assert.deepEqual(await echo(asker), BYTES)
    const [circuit] = asker.libp2p.getConnections(hidden.peerId)
    assert.equal(circuit?.direct, false)
    assert.ok(circuit?.limits !== undefined)
  })

  it('behavior: streams that are opened by peer id take the circuit that is there', async () => {
    const asker = await cleanup.host({ listen: [], bootstrap })
    await echo(asker)
    const stream = await asker.libp2p.dialProtocol(hidden.peerId, ECHO, { runOnLimitedConnection: true })
    stream.abort(new Error('seen enough'))
    assert.equal(asker.libp2p.getConnections(hidden.peerId).length, 1)
  })

  it('error: an outsider gets neither a place nor a circuit', async () => {
    const outsider = await cleanup.host({ listen: [], networkSecret: new Uint8Array(32).fill(9) })
    await assert.rejects(echo(outsider), { name: 'PeerUnreachableError' })
    assert.equal(relay.libp2p.getConnections(outsider.peerId).length, 0)
  })

  it('error: the gate stands at the end of the circuit, whatever the relay lets in', async () => {
    const { connect, stop, peer } = await impostor(relay)
    cleanup.add(stop)
    const [addr = ''] = hidden.dialableAddrs()
    await assert.rejects(connect(addr), /chacha20poly1305|handshake|EncryptionFailed|closed|EOF|reset/i)
    assert.equal(hidden.libp2p.getConnections().filter(c => c.remotePeer.toString() === peer).length, 0)
  })

  it('error: no relay makes a host announce it that did not ask it for a place', async () => {
    const pushy = await cleanup.host({ announceLoopback: true, relays: true })
    const victim = await cleanup.host({ bootstrap: pushy.dialableAddrs() })
    await until(() => pushy.libp2p.getConnections(victim.peerId).length > 0)
    const stream = await pushy.libp2p.dialProtocol(victim.peerId, RELAY_V2_STOP_CODEC)
    const answered = new Promise(resolve => stream.addEventListener('message', resolve, { once: true }))
    // an empty message: the answer comes when the host has done all that it does about the caller
    stream.send(new Uint8Array([0]))
    await answered
    assert.deepEqual(
      victim.libp2p.getMultiaddrs().filter(a => a.toString().includes('p2p-circuit')),
      []
    )
    assert.equal(victim.libp2p.services.transports.hasPlace(pushy.peerId), false)
  })

  it('error: a peer that is shut out is shut out through relays, too', async () => {
    const asker = await cleanup.host({ listen: [], bootstrap })
    for (let i = 0; i < 20; i++) hidden.penalties.strike(asker.peerId.toString())
    await assert.rejects(echo(asker), { name: 'PeerUnreachableError' })
  })
})

describe('a relay after a revocation', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  after(() => cleanup.run())

  async function reachable(init: Parameters<Cleanup['host']>[0]): Promise<Host> {
    const host = await cleanup.host({ announceLoopback: true, ...init })
    const reach = new Reach({ host, clock: { nowMs: Date.now }, log })
    cleanup.add(() => reach.stop())
    await reach.start()
    return host
  }

  it('behavior: circuits of a peer that is a member no more end, and it gets no new one; others keep theirs', async () => {
    const out = new Set<string>()
    const isMember = (peer: string) => !out.has(peer)
    const relay = await reachable({ relays: true, isMember })
    const bootstrap = relay.dialableAddrs()
    const hidden = await reachable({ listen: [], bootstrap })
    await until(() => hidden.dialableAddrs().length > 0)
    const target = { peer: hidden.peerId.toString(), addrs: hidden.dialableAddrs() }
    const [member, revoked] = [
      await cleanup.host({ listen: [], bootstrap }),
      await cleanup.host({ listen: [], bootstrap })
    ]
    const circuits = await Promise.all([member, revoked].map(host => connect(host.libp2p, target)))
    assert.deepEqual(
      circuits.map(circuit => circuit.direct),
      [false, false]
    )
    out.add(revoked.peerId.toString())
    relay.closeOutsiders()
    await until(() => circuits[1]?.status !== 'open' && hidden.libp2p.getConnections(revoked.peerId).length === 0)
    await assert.rejects(connect(revoked.libp2p, target), { name: 'PeerUnreachableError' })
    assert.equal(circuits[0]?.status, 'open')
  })
})

/** A peer whose first handshake is a member's, with the relay, and whose second one, through the circuit, is a stranger's. */
async function impostor(relay: Host) {
  const member = noise({ prologueBytes: noisePrologue('lab-test', new Uint8Array(32).fill(7)) })
  const stranger = noise({ prologueBytes: noisePrologue('lab-test', new Uint8Array(32).fill(8)) })
  const libp2p = await createLibp2p({
    transports: [tcp(), circuitRelayTransport()],
    streamMuxers: [yamux()],
    services: { identify: identify({ protocolPrefix: 'dcn' }) },
    connectionEncrypters: [
      components => {
        const [outer, inner] = [member(components as never), stranger(components as never)] as ConnectionEncrypter[]
        let handshakes = 0
        const secureOutbound: ConnectionEncrypter['secureOutbound'] = (...args) =>
          ((handshakes++ === 0 ? outer : inner) as ConnectionEncrypter).secureOutbound(...args)
        return { ...(outer as ConnectionEncrypter), protocol: '/noise', secureOutbound } as ConnectionEncrypter
      }
    ]
  })
  await libp2p.dial(relay.dialableAddrs().map(a => multiaddr(a)))
  return {
    connect: (addr: string) => libp2p.dial(multiaddr(addr), { signal: AbortSignal.timeout(15_000) }),
    stop: async () => await libp2p.stop(),
    peer: libp2p.peerId.toString()
  }
}
