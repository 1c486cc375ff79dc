import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sha256 } from '../../../../protocols/common/hash.ts'
import { type Address, toHex } from '../../../../protocols/common/values.ts'
import { OfferBook } from '../../../../protocols/offers/book.ts'
import { encodeFact } from '../../../../protocols/offers/fact.ts'
import type { Fact } from '../../../../protocols/offers/schema.ts'
import * as make from '../../../support/market/make.ts'
import { checkAsync } from '../../../support/market/property.ts'

const { NOW_MS, ROUND, ROUND_MS } = make
const alice = make.identity(1)
const bob = make.identity(2)
const NODE = { network: make.NETWORK, peerKey: alice.bind.peerKey }
const newBook = (init: object = {}) => new OfferBook({ roundMs: ROUND_MS, ...init })
const seqs = (book: OfferBook, nowMs = NOW_MS) => book.live(nowMs, 'resource').map(f => f.body.seq)
const hexIds = (facts: readonly Fact[]) => facts.map(make.hexId)
/** A fact as its parts, however it is kept. */
const plain = (fact: Fact | undefined) =>
  fact && { id: fact.id.toString(), body: fact.body, bytes: encodeFact(fact), bind: fact.bind, digest: fact.digest }

describe('OfferBook', () => {
  it('default: adds, finds, lists by type', async () => {
    const [offer, job] = [await make.resourceFact(alice), await make.jobFact(bob)]
    const book = newBook()
    assert.deepEqual([book.add(offer, NOW_MS).result, book.add(job, NOW_MS).result], ['added', 'added'])
    assert.equal(book.add(offer, NOW_MS).result, 'duplicate')
    assert.deepEqual(plain(book.get(offer.id)), plain(offer))
    assert.deepEqual(
      [hexIds(book.live(NOW_MS, 'resource')), hexIds(book.live(NOW_MS, 'job'))],
      [hexIds([offer]), hexIds([job])]
    )
  })

  it('behavior: a higher seq replaces a lower one, a lower one comes too late', async () => {
    const [one, two] = [await make.resourceFact(alice, { seq: 1 }), await make.resourceFact(alice, { seq: 2 })]
    const book = newBook()
    book.add(one, NOW_MS)
    book.add(two, NOW_MS)
    assert.deepEqual(seqs(book), [2])
    const late = newBook()
    late.add(two, NOW_MS)
    assert.equal(late.add(one, NOW_MS).result, 'superseded')
    assert.deepEqual(seqs(late), [2])
  })

  it('behavior: a higher seq waits for its first round', async () => {
    const book = newBook()
    book.add(await make.resourceFact(alice, { seq: 1 }), NOW_MS)
    book.add(await make.resourceFact(alice, { seq: 2, fromRound: ROUND + 4 }), NOW_MS)
    assert.deepEqual([seqs(book), seqs(book, NOW_MS + 4 * ROUND_MS)], [[1], [2]])
  })

  it('behavior: a fact holds up to its last round, and what it replaced does not come back', async () => {
    const book = newBook()
    book.add(await make.resourceFact(alice, { seq: 1, untilRound: ROUND + 100 }), NOW_MS)
    book.add(await make.resourceFact(alice, { seq: 2, untilRound: ROUND + 10 }), NOW_MS)
    assert.deepEqual([seqs(book, NOW_MS + 10 * ROUND_MS), seqs(book, NOW_MS + 11 * ROUND_MS)], [[2], []])
    assert.equal(book.expire(NOW_MS + 11 * ROUND_MS), 2)
    assert.deepEqual([seqs(book, NOW_MS + 11 * ROUND_MS), book.size], [[], 0])
  })

  it('behavior: renewed job offers replace each other, other jobs stay', async () => {
    const book = newBook()
    const renewed = await make.jobFact(bob, { fromRound: ROUND + 0, untilRound: ROUND + 9 })
    book.add(await make.jobFact(bob, { fromRound: ROUND - 9 }), NOW_MS)
    book.add(renewed, NOW_MS)
    book.add(await make.jobFact(bob, { nonce: toHex(make.digestOf('other')) }), NOW_MS)
    assert.equal(book.live(NOW_MS, 'job').length, 2)
    assert.ok(hexIds(book.live(NOW_MS, 'job')).includes(make.hexId(renewed)))
  })

  it('behavior: two bodies with one seq silence the account until they expire, and both are kept', async () => {
    const a = await make.resourceFact(alice, { seq: 5 })
    const b = await make.resourceFact(alice, { seq: 5, tickets: 2, untilRound: ROUND + 7300 })
    const book = newBook()
    book.add(a, NOW_MS)
    const found = book.add(b, NOW_MS)
    assert.ok(found.result === 'equivocation')
    assert.deepEqual(found.proof.map(make.hexId), [make.hexId(a), make.hexId(b)].sort())
    assert.deepEqual([seqs(book), plain(book.get(a.id)), plain(book.get(b.id))], [[], plain(a), plain(b)])
    assert.deepEqual([book.banned, book.equivocation(alice.account)], [[alice.account], found.proof])
    const next = await make.resourceFact(alice, { seq: 6, untilRound: ROUND + 7305 })
    assert.deepEqual(book.add(next, NOW_MS), { result: 'refused', reason: 'equivocator' })
    const after = NOW_MS + 7301 * ROUND_MS
    book.expire(after)
    assert.equal(book.add(next, after).result, 'added')
  })

  it('behavior: equivocation is found in an offer that was replaced meanwhile', async () => {
    const book = newBook()
    for (const seq of [1, 2]) book.add(await make.resourceFact(alice, { seq }), NOW_MS)
    assert.equal(book.add(await make.resourceFact(alice, { seq: 1, tickets: 2 }), NOW_MS).result, 'equivocation')
  })

  it('behavior: a withdrawal takes its fact out, before or after it arrives', async () => {
    const offer = await make.resourceFact(alice)
    const gone = await make.withdrawalFact(alice, offer.id)
    const [before, after] = [newBook(), newBook()]
    before.add(gone, NOW_MS)
    after.add(offer, NOW_MS)
    after.add(gone, NOW_MS)
    for (const book of [before, after]) {
      assert.deepEqual(book.add(offer, NOW_MS), { result: 'refused', reason: 'withdrawn' })
      assert.deepEqual(seqs(book), [])
    }
  })

  it('behavior: a withdrawal with a seq takes out what the offer had replaced, before or after it arrives', async () => {
    const [old, offer, next] = await Promise.all([1, 2, 3].map(seq => make.resourceFact(alice, { seq })))
    assert.ok(old !== undefined && offer !== undefined && next !== undefined)
    const gone = await make.withdrawalFact(alice, offer.id, { seq: 2 })
    for (const order of [
      [old, offer, gone],
      [gone, offer, old],
      [gone, old],
      [offer, gone, old]
    ]) {
      const book = newBook()
      for (const fact of order) book.add(fact, NOW_MS)
      assert.deepEqual(seqs(book), [])
      book.add(next, NOW_MS)
      assert.deepEqual(seqs(book), [3])
    }
  })

  it("behavior: a stranger's withdrawal has no effect, before or after", async () => {
    const offer = await make.resourceFact(alice)
    const foreign = await make.withdrawalFact(bob, offer.id)
    const book = newBook()
    book.add(foreign, NOW_MS)
    assert.equal(book.add(offer, NOW_MS).result, 'added')
    const other = newBook()
    other.add(offer, NOW_MS)
    assert.deepEqual(other.add(foreign, NOW_MS), { result: 'refused', reason: 'not-owner' })
    book.add(await make.withdrawalFact(alice, offer.id), NOW_MS)
    assert.deepEqual(seqs(book), [])
  })

  it('error: refuses what is over or too far ahead', async () => {
    const book = newBook()
    for (const changes of [
      { fromRound: 1, untilRound: 2 },
      { fromRound: ROUND + 1000, untilRound: ROUND + 2000 }
    ]) {
      assert.deepEqual(book.add(await make.resourceFact(alice, changes), NOW_MS), { result: 'refused', reason: 'time' })
    }
  })

  it('behavior: one account cannot fill the book', async () => {
    const book = newBook({ maxPerAccount: 3 })
    for (let i = 0; i < 6; i++) {
      book.add(await make.jobFact(bob, { nonce: toHex(make.digestOf(`n${i}`)), fromRound: ROUND - 6 + i }), NOW_MS)
    }
    assert.deepEqual(
      book
        .live(NOW_MS, 'job')
        .map(f => f.body.fromRound)
        .sort(),
      [ROUND - 3, ROUND - 2, ROUND - 1]
    )
    const older = await make.jobFact(bob, { nonce: toHex(make.digestOf('old')), fromRound: ROUND - 9 })
    assert.deepEqual(book.add(older, NOW_MS), { result: 'refused', reason: 'account-full' })
  })

  it('behavior: replaced offers go first', async () => {
    const book = newBook({ maxPerAccount: 3 })
    const job = await make.jobFact(alice, { fromRound: ROUND - 100 })
    book.add(job, NOW_MS)
    for (let seq = 1; seq < 6; seq++) book.add(await make.resourceFact(alice, { seq }), NOW_MS)
    assert.deepEqual([seqs(book), hexIds(book.live(NOW_MS, 'job'))], [[5], hexIds([job])])
  })

  it('behavior: a full book keeps the best funded', async () => {
    const who = [1, 2, 3, 4, 5].map(n => make.identity(n))
    const weights = new Map(who.map((w, i) => [w.account, BigInt([3, 1, 5, 4, 2][i] ?? 0)]))
    const book = newBook({ maxFacts: 3, weightOf: (a: string) => weights.get(a as `0x${string}`) ?? 0n })
    const results = []
    for (const w of who) results.push(book.add(await make.resourceFact(w), NOW_MS).result)
    assert.deepEqual(results, ['added', 'added', 'added', 'added', 'refused'])
    const kept = book.live(NOW_MS, 'resource').map(f => weights.get(f.body.account))
    assert.deepEqual(kept.sort(), [3n, 4n, 5n])
  })

  it('behavior: a flood of unfunded accounts does not push out the funded, whatever its age', async () => {
    const funded = [1, 2, 3].map(n => make.identity(n))
    const weightOf = (account: string) => (funded.some(w => w.account === account) ? 5n : 0n)
    const book = newBook({ maxFacts: 200, weightOf })
    const [first, second, late] = await Promise.all(funded.map(w => make.resourceFact(w, { fromRound: ROUND - 50 })))
    assert.ok(first && second && late)
    for (const fact of [first, second]) book.add(fact, NOW_MS)
    for (let i = 0; i < 500; i++) {
      book.add(await make.resourceFact(make.identity(1000 + i), { fromRound: ROUND - 20 + (i % 30) }), NOW_MS)
      assert.ok(book.size <= 200)
    }
    // older than all that is there, and in nevertheless
    assert.equal(book.add(late, NOW_MS).result, 'added')
    const kept = book.live(NOW_MS, 'resource').map(f => f.body.account)
    for (const { account } of funded) assert.ok(kept.includes(account))
  })

  it('behavior: a full book refuses who would go next, until there is room again', async () => {
    const book = newBook({ maxFacts: 3 })
    const at = (n: number, fromRound: number, untilRound = ROUND + 900) =>
      make.resourceFact(make.identity(n), { fromRound, untilRound })
    for (const n of [1, 2, 3]) book.add(await at(n, ROUND - 5, ROUND + n), NOW_MS)
    for (const n of [4, 5])
      assert.deepEqual(book.add(await at(n, ROUND - 9), NOW_MS), { result: 'refused', reason: 'full' })
    assert.equal(book.add(await at(6, ROUND - 1), NOW_MS).result, 'added')
    assert.equal(book.add(await at(7, ROUND - 9), NOW_MS).result, 'refused')
    const later = NOW_MS + 4 * ROUND_MS
    book.expire(later)
    assert.equal(book.add(await at(8, ROUND - 9), later).result, 'added')
  })

  it('behavior: a book full of the funded refuses the unfunded, and takes the better funded', async () => {
    const [richest, ...rich] = [1, 2, 3, 4].map(n => make.identity(n))
    assert.ok(richest !== undefined)
    const weights = new Map([[richest.account, 2n], ...rich.map(w => [w.account, 1n] as const)])
    const book = newBook({ maxFacts: 3, weightOf: (account: Address) => weights.get(account) ?? 0n })
    for (const w of rich) book.add(await make.resourceFact(w), NOW_MS)
    for (const n of [20, 21])
      assert.equal(book.add(await make.resourceFact(make.identity(n)), NOW_MS).result, 'refused')
    assert.equal(book.add(await make.resourceFact(richest, { fromRound: ROUND - 9 }), NOW_MS).result, 'added')
  })

  it('behavior: the head covers the live offers and follows them', async () => {
    const book = newBook()
    const empty = book.head(NOW_MS, NODE)
    assert.deepEqual([empty.count, empty.round, empty.root], [0, ROUND, toHex(sha256(new Uint8Array(0)))])
    const offer = await make.resourceFact(alice)
    book.add(offer, NOW_MS)
    assert.equal(book.head(NOW_MS, NODE).root, toHex(sha256(new Uint8Array([0]), offer.id.multihash.digest)))
    assert.equal(book.head(NOW_MS + 3_600_000, NODE).count, 0)
  })

  it('property: what is live does not depend on the order of arrival', async function () {
    this.timeout(20_000)
    const pool: Fact[] = []
    for (const who of [alice, bob]) {
      for (const seq of [1, 2, 3]) pool.push(await make.resourceFact(who, { seq, fromRound: ROUND - 3 + seq }))
      for (const n of ['x', 'y']) {
        for (const fromRound of [ROUND - 2, ROUND])
          pool.push(await make.jobFact(who, { nonce: toHex(make.digestOf(n)), fromRound }))
      }
    }
    pool.push(await make.resourceFact(bob, { seq: 2, tickets: 9 }))
    for (const target of [pool[0], pool[3], pool[2]]) {
      if (target !== undefined) pool.push(await make.withdrawalFact(alice, target.id))
    }
    if (pool[1] !== undefined) pool.push(await make.withdrawalFact(alice, pool[1].id, { seq: 1 }))
    const orders = fc
      .subarray(pool)
      .chain(some => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })))
    await checkAsync(
      fc.asyncProperty(orders, async ([first, second]) => {
        const [a, b] = [newBook(), newBook()]
        for (const fact of first) a.add(fact, NOW_MS)
        for (const fact of second) b.add(fact, NOW_MS)
        assert.deepEqual(b.head(NOW_MS, NODE), a.head(NOW_MS, NODE))
        assert.deepEqual(b.banned, a.banned)
      }),
      300
    )
  })
})
