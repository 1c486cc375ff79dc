import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toHex } from '../../../../../protocols/common/values.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import { encodeFact } from '../../../../../protocols/offers/fact.ts'
import type { Fact } from '../../../../../protocols/offers/schema.ts'
import { SYNC_LIMITS } from '../../../../../protocols/offers/sync/limits.ts'
import * as make from '../../../../support/market/make.ts'
import { check } from '../../../../support/market/property.ts'
import { idsOf, runSession, type Side, side } from '../../../../support/market/sync.ts'

const { NOW_MS, ROUND, ROUND_MS } = make
const who = make.identity()
const other = make.identity(2)
const bookOf = (facts: readonly Fact[], init: object = {}): OfferBook => {
  const book = new OfferBook({ roundMs: ROUND_MS, maxPerAccount: 20_000, ...init })
  for (const fact of facts) book.add(fact, NOW_MS)
  return book
}
const sideOf = (facts: readonly Fact[], init: object = {}): Side => side(bookOf(facts, init))
const jobs = (from: number, to: number): Promise<Fact[]> =>
  Promise.all(
    Array.from({ length: to - from }, (_, i) =>
      make.jobFact(who, {
        nonce: toHex(make.digestOf(`n${from + i}`)),
        // spread over time as renewals are
        untilRound: ROUND + 1000 + ((from + i) % 977)
      })
    )
  )
const ids = ({ book }: Side): string[] => idsOf(book, NOW_MS)
const bytesOf = (facts: readonly Fact[]): number => facts.reduce((sum, fact) => sum + encodeFact(fact).byteLength, 0)

describe('SyncSession', () => {
  it('default: two halves meet in one session, whoever opens it', async () => {
    const [early, late] = [await jobs(0, 40), await jobs(30, 70)]
    for (const [a, b] of [
      [sideOf(early), sideOf(late)],
      [sideOf(late), sideOf(early)]
    ] as const) {
      const { reports } = runSession(a, b, NOW_MS)
      assert.equal(ids(a).length, 70)
      assert.deepEqual(ids(a), ids(b))
      assert.deepEqual(
        reports.map(r => [r.received, r.sent, r.left]),
        [
          [30, 30, false],
          [30, 30, false]
        ]
      )
    }
  })

  it('default: equal books say so in two small messages', async () => {
    const facts = await jobs(0, 300)
    const { sent, bytes } = runSession(sideOf(facts), sideOf([...facts].reverse()), NOW_MS)
    assert.equal(sent.length, 2)
    assert.ok(bytes < 600, `${bytes} bytes`)
    assert.equal(runSession(sideOf([]), sideOf([]), NOW_MS).sent.length, 2)
  })

  it('default: a node that joins late gets everything, from a provider or a creator', async () => {
    const full = sideOf([await make.resourceFact(other), ...(await jobs(0, 150))])
    const [pulling, pushed] = [sideOf([]), sideOf([])]
    runSession(pulling, full, NOW_MS)
    runSession(full, pushed, NOW_MS)
    assert.deepEqual(ids(pulling), ids(full))
    assert.deepEqual(ids(pushed), ids(full))
  })

  it('behavior: 10,000 facts that differ in 100 cost at most three times the difference', async function () {
    this.timeout(120_000)
    const facts = await jobs(0, 10_050)
    const [a, b] = [sideOf(facts.filter((_, i) => i % 201 !== 7)), sideOf(facts.filter((_, i) => i % 201 !== 101))]
    const { bytes, sent } = runSession(a, b, NOW_MS)
    assert.deepEqual(ids(a), ids(b))
    const difference = bytesOf(facts.filter((_, i) => i % 201 === 7 || i % 201 === 101))
    assert.ok(bytes <= 3 * difference, `${bytes} bytes for ${difference}`)
    for (const frame of sent) assert.ok(frame.byteLength <= SYNC_LIMITS.frameBytes)
  })

  it('behavior: more than one session brings is brought by the next, different parts by different neighbours', async function () {
    this.timeout(120_000)
    const facts = await jobs(0, 5_000)
    const [mine, theirs] = [sideOf([]), sideOf(facts)]
    const first = runSession(mine, theirs, NOW_MS, 'first')
    assert.deepEqual(
      first.reports.map(r => [r.received, r.sent, r.left]),
      [
        [SYNC_LIMITS.facts, 0, false],
        [0, SYNC_LIMITS.facts, true]
      ]
    )
    for (const frame of first.sent) assert.ok(frame.byteLength <= SYNC_LIMITS.frameBytes)
    const again = sideOf([])
    runSession(again, theirs, NOW_MS, 'another neighbour')
    assert.notDeepEqual(ids(again), ids(mine))
    runSession(mine, theirs, NOW_MS, 'second')
    runSession(mine, theirs, NOW_MS, 'third')
    assert.deepEqual(ids(mine), ids(theirs))
  })

  it('behavior: what was withdrawn or replaced is not brought back, and what ended it spreads', async () => {
    const [offer] = await jobs(0, 1)
    assert.ok(offer !== undefined)
    const gone = await make.withdrawalFact(who, offer.id)
    const [one, two] = [await make.resourceFact(other, { seq: 1 }), await make.resourceFact(other, { seq: 2 })]
    const [a, b] = [sideOf([offer, gone, one, two]), sideOf([offer, one])]
    const { reports } = runSession(b, a, NOW_MS)
    assert.deepEqual(
      reports.map(r => [r.received, r.sent]),
      [
        [2, 0],
        [0, 2]
      ]
    )
    assert.deepEqual(ids(a), ids(b))
    assert.deepEqual(runSession(a, b, NOW_MS).sent.length, 2)
  })

  it('behavior: a proof of equivocation spreads', async () => {
    const twins = [await make.resourceFact(who), await make.resourceFact(who, { tickets: 3 })]
    const [a, b] = [sideOf(twins.slice(0, 1)), sideOf(twins)]
    runSession(a, b, NOW_MS)
    assert.deepEqual(a.book.banned, [who.account])
    assert.equal(runSession(a, b, NOW_MS).sent.length, 2)
  })

  it('behavior: facts about to expire stay out, by the later of both clocks', async () => {
    const facts = [
      await make.jobFact(who, { untilRound: ROUND + 39 }),
      await make.jobFact(other, { untilRound: ROUND + 40 })
    ]
    const [a, b] = [sideOf(facts), sideOf([])]
    runSession(b, a, NOW_MS)
    assert.equal(ids(b).length, 1)
  })

  it('behavior: what a full book refused or evicted is not sent again', async () => {
    const [mine, theirs] = [sideOf(await jobs(0, 30), { maxFacts: 40 }), sideOf(await jobs(30, 100))]
    const first = runSession(mine, theirs, NOW_MS, 'first')
    assert.ok(first.reports[0].received > 0)
    for (const seed of ['second', 'third']) {
      const { reports } = runSession(theirs, mine, NOW_MS, seed)
      assert.equal(reports[1].received, 0)
    }
    assert.equal(mine.book.size, 40)
  })

  it('property: any two books come to the union of what both may keep, in either direction', async function () {
    this.timeout(60_000)
    const pool = await everyKindOfFact()
    const some = fc.shuffledSubarray(pool)
    check(
      fc.property(some, some, fc.nat(), (first, second, seed) => {
        const [a, b] = [sideOf(first), sideOf(second)]
        const [c, d] = [sideOf(first), sideOf(second)]
        for (let i = 0; i < 3; i++) {
          runSession(a, b, NOW_MS, `${seed} ${i}`)
          runSession(d, c, NOW_MS, `other way ${seed} ${i}`)
        }
        const union = sideOf([...first, ...second])
        const expected = live(union)
        for (const node of [a, b, c, d]) assert.deepEqual(live(node), expected)
        assert.deepEqual(a.book.banned.sort(), union.book.banned.sort())
        for (const [x, y] of [
          [a, b],
          [d, c]
        ] as const) {
          const { reports } = runSession(x, y, NOW_MS, 'afterwards')
          assert.deepEqual(
            reports.map(r => r.received),
            [0, 0],
            'nothing is sent twice'
          )
        }
      }),
      300
    )
  })

  it('property: books with caps stop sending, and never hold too much', async function () {
    this.timeout(60_000)
    const pool = [...(await everyKindOfFact()), ...(await jobs(0, 60))]
    const some = fc.shuffledSubarray(pool)
    check(
      fc.property(some, some, fc.integer({ min: 1, max: 30 }), (first, second, maxFacts) => {
        const [a, b] = [sideOf(first, { maxFacts, maxPerAccount: 20 }), sideOf(second)]
        let received = 1
        for (let i = 0; i < 6 && received > 0; i++) {
          const { reports } = runSession(a, b, NOW_MS, `${i}`)
          received = reports[0].received + reports[1].received
          assert.ok(a.book.size <= maxFacts)
        }
        assert.equal(received, 0)
      }),
      100
    )
  })
})

const live = ({ book }: Side): string[] =>
  [...book.live(NOW_MS, 'resource'), ...book.live(NOW_MS, 'job')].map(make.hexId).sort()

/** Offers that replace each other, equivocate, are withdrawn before and after, or end together. */
async function everyKindOfFact(): Promise<Fact[]> {
  const pool: Fact[] = await jobs(1000, 1025)
  for (const owner of [who, other]) {
    for (const seq of [1, 2, 3]) pool.push(await make.resourceFact(owner, { seq, fromRound: ROUND - 3 + seq }))
    for (const n of ['x', 'y']) {
      for (const fromRound of [ROUND - 2, ROUND]) {
        pool.push(await make.jobFact(owner, { nonce: toHex(make.digestOf(n)), fromRound }))
      }
    }
  }
  // of the newest seq: replaced offers do not travel, so two of one replaced seq meet only where both were gossiped
  pool.push(await make.resourceFact(other, { seq: 3, tickets: 9 }))
  const [first, second] = [pool[25], pool[26]]
  if (first !== undefined) pool.push(await make.withdrawalFact(who, first.id))
  if (second !== undefined) pool.push(await make.withdrawalFact(who, second.id, { seq: 2 }))
  return pool
}
