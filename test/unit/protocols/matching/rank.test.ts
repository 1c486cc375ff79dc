import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toHex } from '../../../../protocols/common/values.ts'
import { rank, rankFirst } from '../../../../protocols/matching/rank.ts'
import { job, offers } from '../../../support/market/arbitrary.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'
import { referenceRows } from '../../../support/market/reference.ts'

const AT = { round: ROUND }
const hexIds = (list: readonly { id: Uint8Array }[]): string[] => list.map(o => toHex(o.id).slice(2))
const price = (perJob: bigint) => ({ perJob, perCpuHour: 0n, perGiBHour: 0n, perDiskGiBHour: 0n, perGpuHour: 0n })
const offerOf = (n: number, perJob: bigint, tickets = 1) => ({
  id: digestOf(`offer ${n}`),
  offer: resourceOffer({ account: accountOf(n), price: price(perJob), tickets })
})
const jobOf = (n: number, changes: Parameters<typeof jobOffer>[0] = {}) => ({
  id: digestOf(`job ${n}`),
  offer: jobOffer(changes)
})

describe('rank', () => {
  it('default: cheaper classes come first', () => {
    const asks = rank(jobOf(1), [offerOf(1, 300n), offerOf(2, 100n), offerOf(3, 200n)], AT).map(r => r.ask)
    assert.deepEqual(asks, [100n, 200n, 300n])
  })

  it('default: no offers, no ranking', () => assert.deepEqual(rank(jobOf(1), [], AT), []))

  it('behavior: classes are one per cent of the lowest ask wide', () => {
    const ranked = rank(jobOf(1), [offerOf(1, 1000n), offerOf(2, 1009n), offerOf(3, 1010n)], AT)
    assert.deepEqual(ranked.map(r => r.priceClass).sort(), [0n, 0n, 1n])
  })

  it('behavior: a free offer does not divide by zero', () => {
    assert.deepEqual(
      rank(jobOf(1), [offerOf(1, 0n), offerOf(2, 1n)], AT).map(r => r.priceClass),
      [0n, 100n]
    )
  })

  it('behavior: inside a class the lowest score wins, so different jobs go to different providers', () => {
    const pool = [1, 2, 3, 4].map(n => offerOf(n, 100n))
    const winners = new Set(Array.from({ length: 40 }, (_, n) => rank(jobOf(n), pool, AT)[0]?.offer.account))
    assert.equal(winners.size, 4)
  })

  it('behavior: tickets weigh: five against one win about five of six', () => {
    const pool = [offerOf(1, 100n, 5), offerOf(2, 100n)]
    const wins = Array.from({ length: 600 }, (_, n) => rank(jobOf(n), pool, AT)[0]?.offer.tickets).filter(t => t === 5)
    assert.ok(wins.length > 460 && wins.length < 540, `${wins.length} of 600`)
  })

  it('behavior: replicas are drawn from the 4n cheapest', () => {
    const pool = Array.from({ length: 12 }, (_, n) => offerOf(n, BigInt(100 + 10 * n)))
    const ranked = rank(jobOf(1, { policy: 'replicas', replicas: 2 }), pool, AT)
    assert.equal(ranked.length, 12)
    assert.deepEqual(new Set(hexIds(ranked.slice(0, 8))), new Set(hexIds(pool.slice(0, 8))))
    assert.notDeepEqual(hexIds(ranked.slice(0, 8)), hexIds(pool.slice(0, 8)))
  })

  it('behavior: an id given twice counts once', () => {
    assert.equal(rank(jobOf(1), [offerOf(1, 1n), offerOf(1, 1n)], AT).length, 1)
  })

  it('property: equals the reference on 10,000 random books', function () {
    let telling = 0
    this.timeout(120_000)
    check(
      fc.property(job, offers(14), (j, o) => {
        const ranked = rank(j, o, AT)
        const rows = ranked.map(r => ({ id: toHex(r.id).slice(2), ask: r.ask, class: r.priceClass }))
        const expected = referenceRows(j, o, ROUND)
        assert.deepEqual(
          rows,
          expected.map(({ score: _score, ...row }) => row)
        )
        if (rows.length > 1) telling++
      }),
      10_000
    )
    assert.ok(telling > 3000, `only ${telling} books had anything to order`)
  })

  it('property: the first of distinct accounts are those of the whole ranking', () => {
    const several = fc.tuple(offers(12), offers(4)).map(([some, more]) => [
      ...some,
      // further offers of the same accounts
      ...more.map((o, i) => ({ ...o, id: digestOf(`other ${i}`) }))
    ])
    check(
      fc.property(job, several, fc.nat(6), (j, o, count) => {
        const accounts = new Set<string>()
        const whole = rank(j, o, AT).filter(r => !accounts.has(r.offer.account) && accounts.add(r.offer.account))
        assert.deepEqual(rankFirst(j, o, AT, count), whole.slice(0, count))
      }),
      500
    )
  })

  it('property: a total order that does not depend on the order of offers', () => {
    const books = offers(20).chain(o => fc.tuple(fc.constant(o), fc.shuffledSubarray(o, { minLength: o.length })))
    check(fc.property(job, books, (j, [a, b]) => assert.deepEqual(rank(j, b, AT), rank(j, a, AT))))
  })

  it('property: when a provider that is not the cheapest leaves, the others keep their order', () => {
    check(
      fc.property(job, offers(20), fc.nat(), (j, o, n) => {
        const single = { ...j, offer: { ...j.offer, policy: 'none' as const, replicas: 1 } }
        const ranked = rank(single, o, AT)
        const lowest =
          ranked[0]?.priceClass === 0n ? ranked.map(r => r.ask).sort((a, b) => (a < b ? -1 : 1))[0] : undefined
        const dearer = ranked.filter(r => lowest !== undefined && r.ask > lowest)
        const gone = dearer[n % Math.max(dearer.length, 1)]
        if (gone === undefined) return
        const left = rank(
          single,
          o.filter(x => x.id !== gone.id),
          AT
        )
        assert.deepEqual(hexIds(left), hexIds(ranked.filter(r => r.id !== gone.id)))
      })
    )
  })

  it('property: when one of many equals leaves, only its jobs move', () => {
    const pool = Array.from({ length: 10 }, (_, n) => offerOf(n, 100n))
    for (let n = 0; n < 100; n++) {
      const before = rank(jobOf(n), pool, AT)[0]
      const after = rank(jobOf(n), pool.slice(1), AT)[0]
      if (before?.offer.account !== accountOf(0)) assert.deepEqual(after?.id, before?.id)
    }
  })
})
