import assert from 'node:assert/strict'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Host } from '../../../../node/network/host.ts'
import { readNetworkFile } from '../../../../node/network/network-file.ts'
import { NetworkKeeper } from '../../../../node/network/network-keeper.ts'
import { NetworkSpread } from '../../../../node/network/network-spread.ts'
import { type PeerSigner, peerSigner } from '../../../../node/network/peer-signer.ts'
import { connect, request } from '../../../../node/network/streams.ts'
import { encode } from '../../../../protocols/common/cbor.ts'
import { listsDigest, listsOf } from '../../../../protocols/common/membership.ts'
import { type NetworkDocument, networkToWire } from '../../../../protocols/common/network-document.ts'
import { peerText } from '../../../../protocols/common/peer-text.ts'
import { encodeNetworkMessage, NETWORK_PROTOCOL, summaryOf } from '../../../../protocols/network/messages.ts'
import { Cleanup, until } from '../../../support/hosts.ts'
import { networkDocument } from '../../../support/owner.ts'

const clock = { nowMs: () => Date.now() }
const log = pino({ level: 'silent' })

interface Node {
  host: Host
  keeper: NetworkKeeper
  path: string
  signer: PeerSigner
}

describe('spreading of the network document, on real hosts', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())
  const seeds = [1, 2, 3, 4].map(n => new Uint8Array(32).fill(n))
  const owner = peerSigner(seeds[0] ?? new Uint8Array(32))
  const keys = seeds.slice(1).map(seed => peerSigner(seed).key)
  const [second = '0x', third = '0x', fourth = '0x'] = keys
  const document = networkDocument({ owner: owner.key }, owner)

  async function node(
    n: number,
    given: NetworkDocument = document,
    { everyMs = 60_000, isShutOut = () => false }: { everyMs?: number; isShutOut?: (peer: string) => boolean } = {}
  ): Promise<Node> {
    const seed = seeds[n] ?? new Uint8Array(32)
    const signer = peerSigner(seed)
    const dir = await cleanup.dir()
    const path = join(dir, 'network.json')
    const keeper = new NetworkKeeper({ document: given, path, hints: [], signer }, { clock, log })
    const host = await cleanup.host({ dataDir: dir, seed, isMember: peer => keeper.admits(peer) && !isShutOut(peer) })
    const spread = new NetworkSpread({ everyMs }, { host, keeper, clock, log })
    await spread.start()
    cleanup.add(() => spread.stop())
    return { host, keeper, path, signer }
  }
  const meet = (a: Node, b: Node) =>
    connect(a.host.libp2p, { peer: b.host.peerId.toString(), addrs: b.host.dialableAddrs() })
  const isConnected = (a: Node, b: Node) => a.host.libp2p.getPeers().some(p => p.equals(b.host.peerId))

  it('default: a change of the owner reaches neighbours of neighbours, and their disks', async () => {
    const [a, b, c] = await Promise.all([node(0), node(1), node(2)])
    await Promise.all([meet(b, a), meet(c, b)])
    await a.keeper.change('revoke', keys[2] ?? '0x')
    for (const { keeper } of [b, c]) await until(() => keeper.document.revision === 2)
    assert.deepEqual(await readNetworkFile(c.path), a.keeper.document)
  })

  it('behavior: whoever comes later asks for the newest, whoever is ahead brings it', async () => {
    const newer = networkDocument({ owner: owner.key, revision: 7 }, owner)
    const [a, b, c] = await Promise.all([node(0, newer), node(1), node(2, newer)])
    await meet(b, a)
    await until(() => b.keeper.document.revision === 7)
    const late = await node(3)
    await meet(c, late)
    await until(() => late.keeper.document.revision === 7)
  })

  it('behavior: a revoked peer is told, cut off, and refused in both directions', async () => {
    const [a, b, c] = await Promise.all([node(0), node(1), node(2)])
    await Promise.all([meet(b, a), meet(c, a), meet(c, b)])
    await a.keeper.change('revoke', c.signer.key)
    await until(() => !isConnected(a, c) && !isConnected(b, c))
    assert.equal(c.keeper.standing, 'revoked')
    assert.ok(isConnected(a, b))
    await assert.rejects(meet(a, c), { name: 'PeerUnreachableError' })
    // the dialler of a connection that is refused may hold it for a moment
    await meet(c, a).catch(() => undefined)
    await until(() => !isConnected(a, c) && !isConnected(c, a))
  })

  it('behavior: who has but the digest of the lists fetches them from whom the document names', async () => {
    const whole = networkDocument(
      { owner: owner.key, membership: { policy: 'listed', members: [second, third].sort(), revoked: [] } },
      owner
    )
    const brief = { ...whole, membership: { policy: 'listed' as const, digest: listsDigest(whole.membership) } }
    const [a, b] = await Promise.all([node(0, whole), node(1, brief)])
    assert.equal(b.keeper.admitsKey(third), false)
    await meet(b, a)
    await until(() => listsOf(b.keeper.document) !== undefined)
    assert.equal(b.keeper.admitsKey(third), true)
  })

  it('error: a forged, foreign or older document changes nothing; a forger is punished', async () => {
    const newest = networkDocument({ owner: owner.key, revision: 5 }, owner)
    const [a, b] = await Promise.all([node(0, newest), node(1, newest)])
    await meet(b, a)
    const forged = { ...newest, revision: 9 }
    const foreign = networkDocument({ owner: b.signer.key, revision: 9 }, b.signer)
    const target = { peer: a.host.peerId.toString(), addrs: [] }
    const said = (message: Uint8Array) =>
      request(b.host.libp2p, target, NETWORK_PROTOCOL, message, { maxReplyBytes: 100_000, timeoutMs: 10_000 })
    const before = a.host.penalties.score(b.host.peerId.toString())
    await assert.rejects(said(encode({ have: 9, digest: new Uint8Array(32), document: networkToWire(forged) })))
    await assert.rejects(said(encodeNetworkMessage({ ...summaryOf(foreign), document: foreign })))
    assert.ok(a.host.penalties.score(b.host.peerId.toString()) < before)
    await said(encodeNetworkMessage({ ...summaryOf(document), document }))
    assert.deepEqual(a.keeper.document, newest)
  })

  it('error: a newer document without its lists takes nothing from who has them', async () => {
    const known = networkDocument(
      { owner: owner.key, membership: { policy: 'open', members: [], revoked: [fourth] } },
      owner
    )
    const newer = networkDocument(
      { owner: owner.key, revision: 2, membership: { policy: 'open', members: [], revoked: [fourth] } },
      owner
    )
    const brief = { ...newer, membership: { policy: 'open' as const, digest: listsDigest(newer.membership) } }
    const [a, b] = await Promise.all([node(1, known), node(2, known)])
    await meet(b, a)
    const message = encodeNetworkMessage({ ...summaryOf(newer), document: brief })
    const target = { peer: a.host.peerId.toString(), addrs: [] }
    await assert.rejects(
      request(b.host.libp2p, target, NETWORK_PROTOCOL, message, { maxReplyBytes: 100_000, timeoutMs: 10_000 })
    )
    assert.deepEqual(a.keeper.document, known)
    assert.ok(a.keeper.admitsKey(b.signer.key))
  })

  it('behavior: a connection that slipped in while its peer was shut out is ended by the next look', async () => {
    const out = new Set<string>()
    const [a, b] = await Promise.all([node(0, document, { everyMs: 20, isShutOut: peer => out.has(peer) }), node(1)])
    await meet(b, a)
    await until(() => isConnected(a, b))
    out.add(b.host.peerId.toString())
    await until(() => !isConnected(a, b))
  })

  it('error: nobody but the owner changes anything', async () => {
    const b = await node(1)
    await assert.rejects(b.keeper.change('revoke', third), { name: 'NotOwnerError', value: peerText(b.signer.key) })
    assert.equal(b.keeper.document.revision, 1)
  })
})
