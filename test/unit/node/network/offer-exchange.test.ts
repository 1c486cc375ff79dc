import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { toHex } from '../../../../protocols/common/values.ts'
import { encodeFact } from '../../../../protocols/offers/fact.ts'
import type { Fact } from '../../../../protocols/offers/schema.ts'
import { Cleanup, until } from '../../../support/hosts.ts'
import { listeners, meet, mesh, scoreOf, type Trader, trader } from '../../../support/market/exchange.ts'
import * as make from '../../../support/market/make.ts'

const { ROUND, ROUND_MS } = make
const SECOND = 1000 / ROUND_MS
/** Below this gossipsub hears a peer no longer. */
const GRAYLISTED = -80
const alice = make.identity(1)

describe('OfferExchange on real hosts', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  /** left — middle — right; each knows that its neighbours listen, and the ends do not meet by themselves */
  async function line(): Promise<[Trader, Trader, Trader]> {
    const ends = new Set<string>()
    const isMember = (peer: string) => !ends.has(peer)
    const [left, middle, right] = await Promise.all([
      trader(cleanup, { host: { isMember } }),
      trader(cleanup),
      trader(cleanup, { host: { isMember } })
    ])
    for (const { peer } of [left, right]) ends.add(peer)
    await Promise.all([meet(left, middle), meet(right, middle)])
    // gossip passes on over the mesh alone, and what came before the mesh was there waits for sync
    await until(() => mesh(middle).length === 2 && mesh(left).length === 1 && mesh(right).length === 1)
    return [left, middle, right]
  }

  const job = (name: string, changes = {}) => make.jobFact(alice, { nonce: toHex(make.digestOf(name)), ...changes })
  const ids = (facts: readonly Fact[]) => facts.map(make.hexId)
  const say = ({ host }: Trader, bytes: Uint8Array) => host.pubsub.publish(host.topic, bytes)

  it('default: a fact crosses a hop and is booked by all', async () => {
    const [left, , right] = await line()
    const fact = await job('one')
    await left.exchange.publish(fact)
    await until(() => right.heard.length > 0)
    assert.deepEqual(ids(right.heard), ids([fact]))
  })

  it('behavior: what is said to nobody is said to the first who listens', async () => {
    const [alone, late] = [await trader(cleanup), await trader(cleanup)]
    const fact = await job('early')
    await alone.exchange.publish(fact)
    await meet(alone, late)
    await until(() => late.heard.length > 0)
    assert.deepEqual(ids(late.heard), ids([fact]))
  })

  it('behavior: what is known is not passed on when somebody says it again, and nobody is blamed', async () => {
    const [left, middle, right] = await line()
    // too close to its end for sync: gossip alone could bring it
    const old = await job('old', { untilRound: ROUND + 5 * SECOND })
    for (const { book } of [left, middle]) book.add(old, make.NOW_MS)
    await say(left, encodeFact(old))
    await left.exchange.publish(await job('new'))
    await until(() => right.heard.length > 0)
    assert.deepEqual(ids(right.heard), ids([await job('new')]))
    assert.deepEqual(middle.strikes, [])
  })

  it('behavior: a node whose clock is 2 s or 60 s off is heard or ignored, never punished', async () => {
    for (const aheadMs of [2_000, -2_000, 60_000, -60_000]) {
      const [odd, honest] = [await trader(cleanup, { aheadMs }), await trader(cleanup)]
      await meet(odd, honest)
      await until(() => listeners(odd).length === 1 && listeners(honest).length === 1)
      const round = ROUND + (aheadMs / 1000) * SECOND
      for (let i = 0; i < 30; i++)
        await odd.exchange.publish(await job(`${i}`, { fromRound: round, untilRound: round + 30 * SECOND }))
      await honest.exchange.publish(await job('last'))
      await until(() => honest.heard.length === (Math.abs(aheadMs) > 10_000 ? 1 : 31))
      await until(() => odd.host.pubsub.getTopics().length > 0)
      assert.deepEqual([odd.strikes, honest.strikes], [[], []])
      assert.ok(scoreOf(honest, odd.peer) >= 0)
    }
  })

  it('behavior: clocks are compared with every sync, and a wrong one is known', async () => {
    const [off, right, other] = [
      await trader(cleanup, { aheadMs: 61_000 }),
      await trader(cleanup),
      await trader(cleanup, { aheadMs: 900 })
    ]
    await Promise.all([meet(off, right), meet(off, other), meet(right, other)])
    await until(() => off.exchange.clocks.off?.peers === 2)
    assert.ok(Math.abs((off.exchange.clocks.off?.aheadMs ?? 0) + 60_500) < 1000)
  })

  it('behavior: a flood of garbage gets its sender graylisted, and honest facts go on', async () => {
    const [bad, middle, right] = await line()
    const good = await trader(cleanup)
    await meet(good, middle)
    await until(() => mesh(middle).includes(good.peer) && mesh(good).includes(middle.peer))
    for (let i = 0; i < 3; i++) await say(bad, make.digestOf(`first ${i}`))
    await until(() => scoreOf(middle, bad.peer) < GRAYLISTED)
    for (let i = 0; i < 1000; i++) await say(bad, make.digestOf(`garbage ${i}`)).catch(() => undefined)
    await good.exchange.publish(await job('after'))
    await until(() => right.heard.length > 0)
    // gossipsub lets a peer of good standing bring 128 messages before it looks at the score again
    assert.ok(middle.strikes.length <= 128 && middle.strikes.every(peer => peer === bad.peer))
    assert.ok(!right.strikes.includes(middle.peer) && scoreOf(right, middle.peer) >= 0)
  })

  it('behavior: a message on another topic is not taken', async () => {
    const [left, middle] = await line()
    const seen: string[] = []
    middle.host.pubsub.addEventListener('message', event => seen.push(event.detail.topic))
    raw(left).sendRpc(middle.peer, { subscriptions: [], messages: [{ topic: '/other', data: new Uint8Array(10) }] })
    await left.exchange.publish(await job('ours'))
    await until(() => middle.heard.length > 0)
    assert.deepEqual(seen, [left.host.topic])
  })

  const extras = { from: new Uint8Array(50_000), signature: new Uint8Array(64), key: new Uint8Array(36) }
  for (const [field, value] of Object.entries(extras)) {
    it(`behavior: a fact in an envelope with a ${field} is not carried on`, async () => {
      const [left, middle, right] = await line()
      const hidden = { topic: left.host.topic, data: encodeFact(await job('hidden')), [field]: value }
      raw(left).sendRpc(middle.peer, { subscriptions: [], messages: [hidden] })
      await left.exchange.publish(await job('open'))
      await until(() => right.heard.length > 0)
      assert.deepEqual([middle.heard.length, right.heard.length], [1, 1])
    })
  }

  it('behavior: a message larger than a fact may be is a strike, and one too large for a frame is not read', async () => {
    const [left, middle] = await line()
    await say(left, new Uint8Array(9_000))
    await until(() => middle.strikes.length === 1)
    await say(left, new Uint8Array(300_000)).catch(() => undefined)
    await wait(0)
    assert.equal(middle.book.size, 0)
  })

  /** What libp2p's own publish would not send. */
  const raw = ({ host }: Trader) => host.pubsub as unknown as { sendRpc(peer: string, rpc: object): boolean }
})
