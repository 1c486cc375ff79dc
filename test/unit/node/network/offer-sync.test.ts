import assert from 'node:assert/strict'
import type { Host } from '../../../../node/network/host.ts'
import { OfferSync, type OfferSyncInit } from '../../../../node/network/offer-sync.ts'
import { connect, frames } from '../../../../node/network/streams.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { OfferBook } from '../../../../protocols/offers/book.ts'
import { encodeFact } from '../../../../protocols/offers/fact.ts'
import { HeadLog } from '../../../../protocols/offers/head-log.ts'
import { keyOfPeerId } from '../../../../protocols/offers/peer-key.ts'
import type { Fact } from '../../../../protocols/offers/schema.ts'
import { SYNC_LIMITS, SYNC_PROTOCOL } from '../../../../protocols/offers/sync/limits.ts'
import * as messages from '../../../../protocols/offers/sync/messages.ts'
import { judgeFact } from '../../../../protocols/offers/validate.ts'
import { Cleanup, until } from '../../../support/hosts.ts'
import * as make from '../../../support/market/make.ts'
import { idsOf, unsignedHead } from '../../../support/market/sync.ts'

const { NOW_MS, ROUND, ROUND_MS } = make
/** What a node uses is 5 s; the shorter it is, the shorter the tests. */
const EVERY_MS = 200
const EMPTY = new Uint8Array(0)
const who = make.identity()
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A host with a book and nothing but sync: no gossip topic is subscribed to. */
interface Node {
  host: Host
  book: OfferBook
  heads: HeadLog
  sync: OfferSync
  /** strikes against others */
  strikes: string[]
  clock: { ms: number }
}

describe('OfferSync on real hosts, without gossip', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  async function node(
    facts: readonly Fact[] = [],
    init: Partial<OfferSyncInit> & { maxFacts?: number } = {}
  ): Promise<Node> {
    const host = await cleanup.host()
    const strikes: string[] = []
    const { strike } = host.penalties
    host.penalties.strike = peer => {
      strikes.push(peer)
      return strike(peer)
    }
    const book = new OfferBook({ roundMs: ROUND_MS, maxPerAccount: 5000, maxFacts: init.maxFacts ?? 20_000 })
    for (const fact of facts) book.add(fact, NOW_MS)
    const clock = { ms: NOW_MS }
    const peerKey = keyOfPeerId(host.peerId.toString())
    // nobody checks a head before it is used
    const heads = new HeadLog({ network: make.NETWORK, peerKey, sign: () => new Uint8Array(64) }, book)
    const sync = new OfferSync(
      { everyMs: EVERY_MS, ...init },
      {
        host,
        book,
        heads,
        log,
        // the clock is the test's: what a peer may open in 5 s does not depend on how long the test takes
        clock: { nowMs: () => clock.ms },
        judge: fact => judgeFact(fact, { ...make.context, nowMs: clock.ms }),
        add: fact => book.add(fact, clock.ms)
      }
    )
    cleanup.add(() => sync.stop())
    await sync.start()
    return { host, book, heads, sync, strikes, clock }
  }

  const join = (from: Node, to: Node) =>
    connect(from.host.libp2p, { peer: to.host.peerId.toString(), addrs: to.host.dialableAddrs() })
  const ids = ({ book }: Node) => idsOf(book, NOW_MS)
  async function agree(...nodes: Node[]): Promise<void> {
    await until(() => new Set(nodes.map(n => ids(n).join())).size === 1)
  }
  const peerOf = ({ host }: Node) => host.peerId.toString()

  it('default: a node that joins late has everything after the first contact, and brings what it has', async () => {
    const [old, fresh] = [await node(await jobs(0, 600)), await node(await jobs(600, 620))]
    await join(fresh, old)
    await agree(old, fresh)
    assert.equal(ids(old).length, 620)
    assert.deepEqual([old.strikes, fresh.strikes], [[], []])
  })

  it('default: what is said while gossip is silent crosses a line of nodes', async () => {
    const line = await Promise.all([node(), node(), node()])
    const [a, b, c] = line as [Node, Node, Node]
    await join(a, b)
    await join(c, b)
    for (const fact of await jobs(0, 30)) a.book.add(fact, NOW_MS)
    const tick = setInterval(() => line.map(n => (n.clock.ms += SYNC_LIMITS.perPeerMs)), EVERY_MS)
    cleanup.add(async () => clearInterval(tick))
    await agree(a, b, c)
    assert.equal(ids(c).length, 30)
  })

  it('behavior: a node that was cut off for minutes has what it missed after one contact', async () => {
    const [a, b] = [await node(await jobs(0, 40)), await node()]
    await join(b, a)
    await agree(a, b)
    await Promise.all([...a.host.libp2p.getConnections(), ...b.host.libp2p.getConnections()].map(c => c.close()))
    for (const n of [a, b]) n.clock.ms += 180_000
    const later = await jobs(40, 90, { fromRound: ROUND + 180_000 / ROUND_MS })
    for (const [i, fact] of later.entries()) (i % 2 === 0 ? a : b).book.add(fact, a.clock.ms)
    await join(b, a)
    await agree(a, b)
    assert.equal(ids(a).length, 90)
  })

  it('behavior: both learn what the other says of its book, and equal books can prove it to each other', async () => {
    const [a, b] = [await node(await jobs(0, 20)), await node()]
    await join(b, a)
    await agree(a, b)
    for (const n of [a, b]) n.clock.ms += SYNC_LIMITS.perPeerMs
    await b.sync.syncWith(peerOf(a))
    for (const [me, other] of [
      [a, b],
      [b, a]
    ] as const) {
      const said = me.heads.headsOf(keyOfPeerId(peerOf(other))).at(-1)
      assert.equal(said?.head.count, 20)
      assert.equal(me.heads.snapshot(said.head.root)?.facts.length, 20)
    }
  })

  it('behavior: stops and starts again, and an empty book after a restart fills', async () => {
    const [a, b] = [await node(await jobs(0, 50)), await node()]
    await b.sync.stop()
    await b.sync.stop()
    await join(b, a)
    await b.sync.start()
    await b.sync.start()
    await agree(a, b)
  })

  it('behavior: a fact that was refused is not transferred again', async () => {
    const [small, large] = [await node([], { maxFacts: 10 }), await node(await jobs(0, 40))]
    await join(small, large)
    await until(() => small.book.size === 10)
    small.clock.ms += SYNC_LIMITS.perPeerMs
    const again = await small.sync.syncWith(peerOf(large))
    assert.deepEqual([again.received, again.sent], [0, 0])
  })

  it('behavior: what left early, what is over and what is about to end is not transferred', async () => {
    const facts = await jobs(0, 40)
    const [evicted, withdrawn, kept] = [facts.slice(0, 10), facts.slice(10, 20), facts.slice(20)]
    const ending = await jobs(40, 50, { untilRound: ROUND + 9_000 / ROUND_MS })
    const over = await jobs(50, 60, { fromRound: ROUND - 10, untilRound: ROUND + 1 })
    const full = await node([...facts, ...ending, ...over])
    const fresh = await node()
    for (const fact of evicted) fresh.book.remember(fact.digest, { untilRound: ROUND + 7200, why: 'evicted' })
    for (const fact of withdrawn) fresh.book.add(await make.withdrawalFact(who, fact.id), NOW_MS)
    for (const { clock } of [full, fresh]) clock.ms += 2 * ROUND_MS
    await join(fresh, full)
    await until(() => kept.every(fact => fresh.book.get(fact.id) !== undefined))
    await until(() => withdrawn.every(fact => full.book.get(fact.id) === undefined))
    for (const { clock } of [full, fresh]) clock.ms += SYNC_LIMITS.perPeerMs
    const again = await fresh.sync.syncWith(peerOf(full))
    assert.deepEqual([again.received, again.sent], [0, 0])
    for (const fact of [...evicted, ...withdrawn, ...ending, ...over]) assert.equal(fresh.book.get(fact.id), undefined)
    assert.equal(fresh.book.size, kept.length + withdrawn.length)
    // and not a word of it by gossip
    for (const { host } of [full, fresh]) assert.deepEqual(host.pubsub.getTopics(), [])
  })

  describe('hostile peers', () => {
    /** A peer that speaks the protocol by hand. */
    async function villain(target: Node) {
      const host = await cleanup.host()
      const connection = await connect(host.libp2p, { peer: peerOf(target), addrs: target.host.dialableAddrs() })
      const signal = AbortSignal.timeout(20_000)
      return {
        peer: host.peerId.toString(),
        host,
        async open(peerKey = keyOfPeerId(host.peerId.toString())) {
          const stream = await connection.newStream(SYNC_PROTOCOL, { signal })
          const wire = frames(stream, SYNC_LIMITS.frameBytes)
          let received = 0
          const read = async () => {
            const bytes = (await wire.read({ signal })).subarray()
            received += bytes.byteLength
            return bytes
          }
          const head = unsignedHead(new OfferBook({ roundMs: ROUND_MS }), NOW_MS, peerKey)
          const opening = messages.encodeSyncOpen({ version: 1, round: ROUND, nonce: new Uint8Array(16), head })
          await wire.write(opening, { signal })
          messages.decodeSyncAccept(await read())
          return {
            stream,
            received: () => received,
            async say(changes: Partial<messages.SyncFrame>) {
              await wire.write(messages.encodeSyncFrame({ ...SILENT, ...changes }), { signal })
              return messages.decodeSyncFrame(await read())
            }
          }
        }
      }
    }

    const tricks: [what: string, bytes: number, trick: (round: number) => Partial<messages.SyncFrame>][] = [
      [
        'fingerprints that never match',
        SYNC_LIMITS.exchanges * SYNC_LIMITS.frameBytes,
        i => ({ ranges: [[EMPTY, messages.RANGE.fingerprint, new Uint8Array(16).fill(i)]] })
      ],
      [
        'lists without end',
        (SYNC_LIMITS.exchanges + 1) * SYNC_LIMITS.frameBytes,
        i => ({ offer: manyIds(SYNC_LIMITS.ids, `${i}`) })
      ],
      ['a fact nobody asked for', 1000, () => ({ facts: [new Uint8Array(encodeFact(stray))] })],
      ['nothing, over and over', 1000, () => ({})]
    ]
    let stray: Fact
    before(async () => {
      ;[stray] = (await jobs(5000, 5001)) as [Fact]
    })
    for (const [what, bytes, trick] of tricks) {
      it(`behavior: ${what}: bounded bytes, one strike`, async () => {
        const target = await node(await jobs(0, 200))
        const evil = await villain(target)
        const session = await evil.open()
        await assert.rejects(async () => {
          for (let i = 0; i < 1000; i++) await session.say(trick(i))
        })
        await until(() => target.strikes.length > 0)
        assert.deepEqual(target.strikes, [evil.peer])
        assert.ok(session.received() <= bytes, `${session.received()} bytes`)
        assert.equal(target.book.size, 200)
      })
    }

    it("behavior: another node's head: one strike, and it is not remembered", async () => {
      const [target, other] = [await node(await jobs(0, 5)), await node()]
      const evil = await villain(target)
      const foreign = keyOfPeerId(peerOf(other))
      await assert.rejects(evil.open(foreign))
      await until(() => target.strikes.length > 0)
      assert.deepEqual(target.strikes, [evil.peer])
      assert.deepEqual(target.heads.headsOf(foreign), [])
    })

    it('behavior: wrong facts: one strike, nothing booked, honest sync goes on', async () => {
      const target = await node(await jobs(0, 20))
      const evil = await villain(target)
      const [forged] = (await jobs(100, 101)) as [Fact]
      const spoilt = { ...forged, signature: new Uint8Array(64) }
      const session = await evil.open()
      const reply = await session.say({ offer: forged.id.multihash.digest })
      assert.deepEqual(messages.idsIn(reply.want), [forged.id.multihash.digest])
      await assert.rejects(session.say({ facts: [encodeFact(spoilt)] }))
      await until(() => target.strikes.length > 0)
      assert.equal(target.book.get(forged.id), undefined)
      const honest = await node([forged])
      await join(honest, target)
      await agree(honest, target)
    })

    it('behavior: a peer that stalls holds its place for one frame, then a strike', async () => {
      const target = await node(await jobs(0, 20), { frameTimeoutMs: 100 })
      const evil = await villain(target)
      // on a busy machine its greeting is late already, and is cut off
      await evil.open().catch(() => undefined)
      await until(() => target.strikes.length > 0)
      assert.deepEqual(target.strikes, [evil.peer])
    })

    it('behavior: a peer that drips, each frame just in time, is stopped by the deadline of the session', async () => {
      const target = await node(await jobs(0, 20), { sessionTimeoutMs: 300 })
      const evil = await villain(target)
      const session = await evil.open().catch(() => undefined)
      await session?.say({ offer: manyIds(1, 'slow') }).catch(() => undefined)
      await until(() => target.strikes.length > 0)
    })

    it('behavior: a peer that stalls when it is asked costs the asker one deadline, and gets a strike', async () => {
      // no session but the one that is asked for: the timer's would count as well
      const target = await node(await jobs(0, 20), { frameTimeoutMs: 100, everyMs: 3_600_000 })
      const silent = await cleanup.host()
      await silent.libp2p.handle(SYNC_PROTOCOL, () => undefined)
      await connect(silent.libp2p, { peer: peerOf(target), addrs: target.host.dialableAddrs() })
      await assert.rejects(target.sync.syncWith(silent.peerId.toString()), { name: 'SyncViolationError' })
      assert.deepEqual(target.strikes, [silent.peerId.toString()])
    })

    it('behavior: sessions opened too often are refused, and count', async () => {
      const target = await node(await jobs(0, 20))
      const evil = await villain(target)
      for (let i = 0; i < 3; i++) (await evil.open()).stream.abort(new Error('next'))
      await assert.rejects(evil.open())
      await until(() => target.strikes.length > 0)
      assert.deepEqual(target.strikes, [evil.peer])
    })
  })
})

const SILENT: messages.SyncFrame = { ranges: [], offer: EMPTY, want: EMPTY, facts: [], done: true }

const manyIds = (count: number, name: string) =>
  new Uint8Array(Buffer.concat(Array.from({ length: count }, (_, i) => make.digestOf(`${name} ${i}`))))

function jobs(from: number, to: number, changes: object = {}): Promise<Fact[]> {
  return Promise.all(
    Array.from({ length: to - from }, (_, i) =>
      make.jobFact(who, { nonce: toHex(make.digestOf(`n${from + i}`)), untilRound: ROUND + 7200, ...changes })
    )
  )
}
