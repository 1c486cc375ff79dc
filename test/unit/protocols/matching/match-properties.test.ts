import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toHex } from '../../../../protocols/common/values.ts'
import type { JobInput, OfferInput } from '../../../../protocols/matching/input.ts'
import { type MatchResult, match } from '../../../../protocols/matching/match.ts'
import { rank } from '../../../../protocols/matching/rank.ts'
import { job, jobs, offers } from '../../../support/market/arbitrary.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'
import { referenceBefore, referenceMatch, referenceStillFits } from '../../../support/market/reference.ts'

const AT = { round: ROUND }
const hex = (bytes: Uint8Array): string => toHex(bytes).slice(2)
const served = ({ matches }: MatchResult) =>
  Object.fromEntries(matches.map(m => [hex(m.job.id), m.providers.map(p => hex(p.id))]))
const wantedOf = ({ offer }: JobInput): number => (offer.policy === 'replicas' ? offer.replicas : 1)

/** Jobs of a result that an offer holds, in the order in which they came. */
const placedAt = ({ matches }: MatchResult, { offer }: OfferInput): JobInput[] =>
  matches.filter(m => m.providers.some(p => p.offer.account === offer.account)).map(m => m.job)

describe('match: properties', () => {
  it('property: equals the reference on 10,000 random books', function () {
    let telling = 0
    this.timeout(240_000)
    check(
      fc.property(jobs(8), offers(6), (j, o) => {
        const result = match(j, o, AT)
        assert.deepEqual(served(result), referenceMatch(j, o, ROUND))
        if (result.unmatched.some(u => u.reason === 'no-room') && result.matches.length > 0) telling++
      }),
      10_000
    )
    assert.ok(telling > 800, `only ${telling} books were contested`)
  })

  it('property: jobs of one shape compete as the reference says', function () {
    this.timeout(60_000)
    const crowd = fc
      .tuple(job, fc.array(fc.record({ tip: fc.bigInt(0n, 3n), bid: fc.bigInt(100n, 400n), who: fc.nat(9) })))
      .map(([{ offer }, changes]) =>
        changes.map(
          ({ tip, bid, who }, i): JobInput => ({
            id: digestOf(`job ${i}`),
            offer: { ...offer, tip, bid: offer.bid > 1000n ? offer.bid : bid, account: accountOf(who) }
          })
        )
      )
    check(
      fc.property(crowd, offers(8), (j, o) => {
        assert.deepEqual(served(match(j, o, AT)), referenceMatch(j, o, ROUND))
      }),
      1000
    )
  })

  it('property: no job and no offer are left that would both rather have each other', () => {
    let telling = 0
    check(
      fc.property(jobs(10), offers(6), (j, o) => {
        const result = match(j, o, AT)
        for (const mine of j) {
          const got = result.matches.find(m => m.job.id === mine.id)?.providers.map(p => hex(p.id)) ?? []
          const before = (at: OfferInput) => placedAt(result, at).filter(other => referenceBefore(other, mine))
          const ranked = rank(mine, o, AT)
          const last = ranked.findLastIndex(r => got.includes(hex(r.id)))
          const preferred = got.length === 0 ? ranked : ranked.slice(0, last).filter(r => !got.includes(hex(r.id)))
          const fitting = preferred.filter(r => referenceStillFits(mine, r, before(r)))
          assert.ok(fitting.length < (got.length === 0 ? wantedOf(mine) : 1))
          if (preferred.length > 0) telling++
        }
      }),
      500
    )
    assert.ok(telling > 500, `only ${telling} jobs had anything to envy`)
  })

  it('property: when a provider without work leaves, nothing moves, unless price classes counted from it', () => {
    let telling = 0
    check(
      fc.property(jobs(8), offers(8), fc.nat(7), (all, o, n) => {
        const j = all.map(({ id, offer }) => ({ id, offer: { ...offer, policy: 'none' as const, replicas: 1 } }))
        const before = match(j, o, AT)
        const idle = o.filter(x => placedAt(before, x).length === 0 && j.every(mine => !isLowest(mine, o, x)))
        const gone = idle[n % Math.max(idle.length, 1)]
        if (gone === undefined) return
        telling++
        const left = o.filter(x => x !== gone)
        assert.deepEqual(served(match(j, left, AT)), served(before))
      }),
      500
    )
    assert.ok(telling > 100, `only ${telling} books had an idle provider`)
  })

  it('property: when one of many equals leaves, only its jobs move', () => {
    const pool = Array.from({ length: 12 }, (_, n) => ({
      id: digestOf(`offer ${n}`),
      offer: resourceOffer({ account: accountOf(n) })
    }))
    // together they need less than what one provider has: room decides nothing
    const few = (round: number) =>
      Array.from({ length: 4 }, (_, n) => ({
        id: digestOf(`job ${round} ${n}`),
        offer: jobOffer({ nonce: toHex(digestOf(`${round} ${n}`)) })
      }))
    for (let round = 0; round < 50; round++) {
      const before = match(few(round), pool, AT)
      const after = served(match(few(round), pool.slice(1), AT))
      const gone = hex(digestOf('offer 0'))
      for (const [id, [provider]] of Object.entries(served(before))) {
        if (provider === gone) assert.notEqual(after[id]?.[0], undefined)
        else assert.equal(after[id]?.[0], provider)
      }
    }
  })

  it('property: replicas go to distinct accounts, all of them or none, also when an account makes several offers', () => {
    const several = fc
      .tuple(offers(6), offers(6))
      .map(([a, b]) => [...a, ...b.map((x, i) => ({ ...x, id: digestOf(`second ${i}`) }))])
    check(
      fc.property(jobs(8), several, (j, o) => {
        for (const { job: mine, providers } of match(j, o, AT).matches) {
          assert.equal(providers.length, wantedOf(mine))
          assert.equal(new Set(providers.map(p => p.offer.account)).size, providers.length)
        }
      }),
      500
    )
  })

  it('property: does not depend on the order of arrival', () => {
    const shuffled = fc
      .tuple(jobs(8), offers(10))
      .chain(([j, o]) =>
        fc.tuple(
          fc.constant({ j, o }),
          fc.shuffledSubarray(j, { minLength: j.length }),
          fc.shuffledSubarray(o, { minLength: o.length })
        )
      )
    check(fc.property(shuffled, ([{ j, o }, j2, o2]) => assert.deepEqual(match(j2, o2, AT), match(j, o, AT))))
  })

  it('property: no capacity is exceeded', () => {
    check(
      fc.property(jobs(12), offers(5), (j, o) => {
        const { matches } = match(j, o, AT)
        for (const { offer } of o) {
          const here = matches
            .filter(m => m.providers.some(p => p.offer.account === offer.account))
            .map(m => m.job.offer)
          const sum = (of: (r: (typeof here)[number]['needs']['resources']) => number): number =>
            here.reduce((total, { needs }) => total + of(needs.resources), 0)
          assert.ok(sum(r => r.cpuMillis) <= offer.free.cpuMillis)
          assert.ok(sum(r => r.memoryBytes) <= offer.free.memoryBytes)
          assert.ok(sum(r => r.diskBytes) <= offer.free.diskBytes)
          assert.ok(sum(r => r.gpus?.count ?? 0) <= offer.free.gpus.length)
        }
      })
    )
  })

  it('property: a higher tip never serves a job worse', () => {
    check(
      fc.property(job, jobs(8), offers(6), fc.bigInt(1n, 1000n), (mine, others, o, more) => {
        const id = digestOf('mine')
        const before: JobInput = { id, offer: { ...mine.offer, bid: mine.offer.bid + 1000n } }
        const after: JobInput = {
          id,
          offer: { ...before.offer, tip: mine.offer.tip + more, bid: before.offer.bid + more }
        }
        const gotBefore = match([before, ...others], o, AT).matches.find(m => m.job.id === id)
        const gotAfter = match([after, ...others], o, AT).matches.find(m => m.job.id === id)
        if (gotBefore === undefined) return
        assert.ok(gotAfter !== undefined)
        const [first, now] = [gotBefore.providers[0], gotAfter.providers[0]]
        assert.ok(first !== undefined && now !== undefined && now.priceClass <= first.priceClass)
      })
    )
  })
})

/** Whether an offer asks as little of a job as any that it could take. */
function isLowest(mine: JobInput, offers: readonly OfferInput[], offer: OfferInput): boolean {
  const ranked = rank(mine, offers, AT)
  const asks = ranked.map(r => r.ask).sort((a, b) => (a < b ? -1 : 1))
  return ranked.some(r => r.id === offer.id && r.ask === asks[0])
}
