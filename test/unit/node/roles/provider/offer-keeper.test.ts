import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Journal } from '../../../../../node/journal/journal.ts'
import { sqliteJournal } from '../../../../../node/journal/sqlite-journal.ts'
import { OfferKeeper } from '../../../../../node/roles/provider/offer-keeper.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import type { Fact, ResourceOffer } from '../../../../../protocols/offers/schema.ts'
import { Cleanup, until } from '../../../../support/hosts.ts'
import * as make from '../../../../support/market/make.ts'

const { ROUND_MS } = make
const SPAN_MS = 3_600_000
const who = make.identity(1)
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const whole = make.resourceOffer().capacity
const left = (cpuMillis: number) => ({ ...whole, cpuMillis })

describe('OfferKeeper', () => {
  const cleanup = new Cleanup()
  let journal: Journal
  let said: Fact[]
  let nowMs: number
  let free: typeof whole
  let price: ResourceOffer['price']
  let keeper: OfferKeeper

  beforeEach(async () => {
    journal = sqliteJournal({ path: join(await cleanup.dir(), 'journal.db') })
    journal.start()
    cleanup.add(async () => journal.stop())
    ;[said, nowMs, free, price] = [[], make.NOW_MS, whole, make.resourceOffer().price]
    keeper = newKeeper()
  })
  afterEach(async () => {
    await keeper.stop()
    await cleanup.run()
  })

  function newKeeper(): OfferKeeper {
    const { arch, engines, networks, capacity, terms, tickets, labels } = make.resourceOffer()
    return new OfferKeeper(
      { network: make.NETWORK, roundMs: ROUND_MS, spanMs: SPAN_MS },
      () => ({ arch, engines, networks, capacity, price, terms, tickets, labels }),
      {
        journal,
        identity: { account: who.account, peer: 'peer', sign: who.sign, addrs: () => [] },
        clock: { nowMs: () => nowMs },
        log,
        bind: async () => who.bind,
        publish: async fact => void said.push(fact)
      }
    )
  }

  const seqs = () => said.map(({ body }) => (body.type === 'job' ? undefined : body.seq))
  /** Looks at `afterMs` whether something should be said; how many facts are out then. */
  async function look(afterMs: number): Promise<number> {
    nowMs += afterMs
    keeper.capacityChanged()
    // what is said is signed and handed on within the turn
    await new Promise(resolve => setImmediate(resolve))
    return said.length
  }

  it('default: an offer of an hour, renewed by itself when half of it is over, with the next seq', async () => {
    await keeper.start(() => free)
    const [first] = said as [Fact<ResourceOffer>]
    assert.equal((first.body.untilRound - first.body.fromRound) * ROUND_MS, SPAN_MS)
    assert.equal(await look(SPAN_MS / 2 - 1), 1)
    assert.equal(await look(1), 2)
    assert.equal(await look(SPAN_MS / 2), 3)
    assert.deepEqual(seqs(), [1, 2, 3])
  })

  it('behavior: follows a quarter of its room at most every 5 s, less not at all', async () => {
    await keeper.start(() => free)
    free = left(3000)
    assert.equal(await look(4_999), 1)
    assert.equal(await look(1), 2)
    assert.equal((said[1] as Fact<ResourceOffer>).body.free.cpuMillis, 3000)
    free = left(2001)
    assert.equal(await look(60_000), 2)
  })

  it('behavior: the seq goes on after a restart, or the new offers would look like lies', async () => {
    await keeper.start(() => free)
    keeper = newKeeper()
    await keeper.start(() => free)
    assert.deepEqual(seqs(), [1, 2])
  })

  it('behavior: a replaced offer binds for 2 s more', async () => {
    await keeper.start(() => free)
    free = left(0)
    assert.equal(await look(5_000), 2)
    const [old, current] = said as [Fact, Fact]
    nowMs += 2_000
    assert.ok(keeper.find(old.id) !== undefined && keeper.find(current.id) !== undefined)
    nowMs += 1
    assert.ok(keeper.find(old.id) === undefined && keeper.find(current.id) !== undefined)
  })

  it('behavior: draining withdraws all it said, nothing is renewed, and a later start offers again', async () => {
    await keeper.start(() => free)
    await look(SPAN_MS / 2)
    await keeper.stop()
    await keeper.stop()
    const book = new OfferBook({ roundMs: ROUND_MS })
    for (const fact of said.toReversed()) book.add(fact, nowMs)
    assert.deepEqual([said.length, said[2]?.body.type, book.live(nowMs, 'resource')], [3, 'withdrawal', []])
    assert.equal(await look(SPAN_MS), 3)
    await keeper.start(() => free)
    await until(() => said.length === 4)
    assert.deepEqual(seqs().at(-1), 3)
  })
})
