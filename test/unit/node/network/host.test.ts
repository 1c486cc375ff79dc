import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as tcpConnect } from 'node:net'
import type { Host, HostInit } from '../../../../node/network/host.ts'
import { connect } from '../../../../node/network/streams.ts'
import { Cleanup, nextEvent } from '../../../support/hosts.ts'

describe('host', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  const target = (host: Host) => ({ peer: host.peerId.toString(), addrs: host.dialableAddrs() })

  /** hosts of one network, subscribed, each connected to the first and known there as a subscriber */
  async function swarm(count: number, init: Partial<HostInit> = {}): Promise<Host[]> {
    const first = await cleanup.host(init)
    first.pubsub.subscribe(first.topic)
    const hosts = [first]
    for (let i = 1; i < count; i++) {
      const host = await cleanup.host(init)
      host.pubsub.subscribe(host.topic)
      const seen = [first, host].map(h => nextEvent(h.pubsub, 'subscription-change'))
      await connect(host.libp2p, target(first))
      await Promise.all(seen)
      hosts.push(host)
    }
    return hosts
  }

  it('default: joins through a bootstrap peer, also one that comes up later', async () => {
    const seed = new Uint8Array(32).fill(1)
    const dataDir = await cleanup.dir()
    const first = await cleanup.host({ seed, dataDir })
    const [addr = ''] = first.dialableAddrs()
    await first.stop()
    const second = await cleanup.host({ bootstrap: [addr], random: () => 0 })
    const connected = nextEvent<CustomEvent>(second.libp2p, 'peer:connect')
    await cleanup.host({ seed, dataDir, listen: [addr.replace(/\/p2p\/.*$/, '')] })
    assert.equal((await connected).detail.toString(), first.peerId.toString())
  })

  it('behavior: starts again with the same peer id, start and stop are idempotent', async () => {
    const host = await cleanup.host()
    const id = host.libp2p.peerId.toString()
    await Promise.all([host.start(), host.start()])
    await Promise.all([host.stop(), host.stop()])
    assert.throws(() => host.libp2p, { name: 'HostStoppedError' })
    await host.start()
    assert.equal(host.libp2p.peerId.toString(), id)
    assert.equal(host.peerId.toString(), id)
  })

  it('behavior: another secret or another network id is refused, in both directions', async () => {
    const member = await cleanup.host()
    const others = [
      await cleanup.host({ networkSecret: new Uint8Array(32).fill(8) }),
      await cleanup.host({ networkId: 'lab-other' })
    ]
    for (const other of others) {
      await assert.rejects(connect(other.libp2p, target(member)), { name: 'PeerUnreachableError' })
      await assert.rejects(connect(member.libp2p, target(other)), { name: 'PeerUnreachableError' })
      assert.deepEqual(member.libp2p.getConnections(), [])
    }
  })

  it('behavior: the gater refuses who is not a member', async () => {
    const open = await cleanup.host()
    const closed = await cleanup.host({ isMember: () => false })
    await connect(open.libp2p, target(closed))
      .then(c => nextEvent(c, 'close').then(() => undefined))
      .catch(error => assert.equal(error.name, 'PeerUnreachableError'))
    await assert.rejects(connect(closed.libp2p, target(open)), { name: 'PeerUnreachableError' })
    assert.deepEqual(closed.libp2p.getConnections(), [])
  })

  it('behavior: a peer that speaks something else is dropped and others are served', async () => {
    const host = await cleanup.host()
    const [, , ip, , port] = host.dialableAddrs()[0]?.split('/') ?? []
    const socket = tcpConnect(Number(port), ip ?? '')
    socket.write('GET / HTTP/1.1\r\n\r\n')
    socket.resume()
    await connect((await cleanup.host()).libp2p, target(host))
    socket.destroy()
    await once(socket, 'close')
  })

  it('gossip: what the validator accepts is delivered over a hop, what it ignores is not', async () => {
    const [hub, left, right] = await swarm(3)
    assert.ok(hub !== undefined && left !== undefined && right !== undefined)
    hub.validate(data => (data[0] === 1 ? 'accept' : 'ignore'))
    const got: number[] = []
    right.pubsub.addEventListener('message', event => got.push(event.detail.data[1] ?? -1))
    const last = nextEvent<CustomEvent>(right.pubsub, 'message', e => e.detail.data[1] === 3)
    for (const message of [
      [1, 1],
      [0, 2],
      [1, 3]
    ]) {
      await left.pubsub.publish(left.topic, Uint8Array.from(message))
    }
    await last
    assert.deepEqual(
      got.filter(n => n === 2),
      []
    )
    assert.equal(left.penalties.score(hub.peerId.toString()), 0)
  })

  it('gossip: a peer that sends garbage is scored down and cut off, its redial refused', async () => {
    const [good, bad] = await swarm(2)
    assert.ok(good !== undefined && bad !== undefined)
    good.validate(() => 'reject')
    const gone = nextEvent(bad.libp2p, 'peer:disconnect')
    for (let i = 0; i < 40; i++) await bad.pubsub.publish(bad.topic, Uint8Array.from([i]))
    await gone
    assert.ok(good.penalties.isBanned(bad.peerId.toString()))
    await assert.rejects(connect(good.libp2p, target(bad)), { name: 'PeerUnreachableError' })
  })

  it('gossip: a topic that is not ours is not tracked', async () => {
    const [a, b] = await swarm(2)
    assert.ok(a !== undefined && b !== undefined)
    const seen = nextEvent(a.pubsub, 'subscription-change')
    b.pubsub.subscribe('/other')
    b.pubsub.unsubscribe(b.topic)
    await seen
    assert.deepEqual(a.pubsub.getSubscribers('/other'), [])
  })

  it('gossip: publishing alone does not throw', async () => {
    const host = await cleanup.host()
    host.pubsub.subscribe(host.topic)
    assert.deepEqual((await host.pubsub.publish(host.topic, Uint8Array.from([1]))).recipients, [])
  })
})
