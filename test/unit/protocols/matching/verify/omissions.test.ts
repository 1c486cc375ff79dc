import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cidFromDigest } from '../../../../../protocols/common/cbor.ts'
import { ask } from '../../../../../protocols/matching/ask.ts'
import { makeCertificate } from '../../../../../protocols/matching/certificate.ts'
import type { OfferInput } from '../../../../../protocols/matching/input.ts'
import { rank, rankFirst } from '../../../../../protocols/matching/rank.ts'
import { type Listing, whyNotMissed } from '../../../../../protocols/matching/verify/omissions.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import {
  accountOf,
  blockCid,
  digestOf,
  jobOffer,
  NOW_MS,
  ROUND,
  ROUND_MS,
  resourceOffer
} from '../../../../support/market/make.ts'
import { check } from '../../../../support/market/property.ts'
import { unsignedHead } from '../../../../support/market/sync.ts'

const price = (perJob: bigint) => ({ perJob, perCpuHour: 0n, perGiBHour: 0n, perDiskGiBHour: 0n, perGpuHour: 0n })
const head = unsignedHead(new OfferBook({ roundMs: ROUND_MS }), NOW_MS)

/** Asks in a few price classes, so that a class is often larger than a list. */
const book = fc
  .array(fc.tuple(fc.integer({ min: 1000, max: 1060 }), fc.integer({ min: 1, max: 3 })), {
    minLength: 1,
    maxLength: 90
  })
  .map(asks =>
    asks.map(([perJob, tickets], n): OfferInput => {
      const offer = resourceOffer({ account: accountOf(n), price: price(BigInt(perJob)), tickets })
      return { id: digestOf(`offer ${n} ${perJob}`), offer }
    })
  )
const jobs = fc.oneof(
  fc.constant(jobOffer()),
  fc.integer({ min: 1, max: 15 }).map(replicas => jobOffer({ policy: 'replicas' as const, replicas }))
)

function listingOf(
  job: { id: Uint8Array; offer: ReturnType<typeof jobOffer> },
  listed: readonly OfferInput[],
  chosen: number
): Listing {
  const fact = blockCid('fact')
  const ranked = listed.map(({ id, offer }) => ({ id, fact, ask: ask(job.offer, offer) }))
  const certificate = makeCertificate({ head, job: { id: job.id, fact }, ranked })
  return { certificate, job, listed, refused: new Map(), chosen }
}

describe('omissions', () => {
  it('property: the first places of a ranking are in the order that they have among themselves', () => {
    check(
      fc.property(book, jobs, (offers, offer) => {
        const job = { id: digestOf('job'), offer }
        const first = rankFirst(job, offers, { round: ROUND }, 16)
        const again = rank(job, [...first].reverse(), { round: ROUND })
        assert.deepEqual(
          again.map(r => r.id),
          first.map(r => r.id)
        )
      }),
      300
    )
  })

  it('property: of an honest list nothing in its book is ever missing, whoever was chosen', () => {
    check(
      fc.property(book, jobs, fc.nat(15), (offers, offer, at) => {
        const job = { id: digestOf('job'), offer }
        const listed = rankFirst(job, offers, { round: ROUND }, 16)
        const listing = listingOf(job, listed, Math.min(at, listed.length - 1))
        for (const input of offers) assert.notEqual(whyNotMissed(input, listing), undefined)
      }),
      300
    )
  })

  it('property: of a list that leaves out one that comes before the chosen, it is missing, where this can be told', () => {
    let told = 0
    check(
      fc.property(book, jobs, fc.nat(15), (offers, offer, at) => {
        const job = { id: digestOf('job'), offer }
        const honest = rankFirst(job, offers, { round: ROUND }, 17)
        const gone = honest[at % Math.max(1, honest.length - 1)]
        if (gone === undefined || honest.length < 2) return
        const listed = honest.filter(r => r !== gone).slice(0, 16)
        const listing = listingOf(job, listed, listed.length - 1)
        const why = whyNotMissed(gone, listing)
        if (why === undefined) told++
        else assert.equal(why, 'it does not provably come before the chosen one')
        // a list that is not full is all there is, and the order of one class is known
        if (listed.length < 16 && rank(job, [...listed, gone], { round: ROUND }).at(-1)?.id !== gone.id)
          assert.equal(why, undefined)
      }),
      300
    )
    assert.ok(told > 200, `${told}`)
  })

  it('behavior: feasible offers of one price class behind a full list prove nothing', () => {
    // the cheapest of all may lie behind the list: then the class of a dearer one is not known
    const job = { id: digestOf('job'), offer: jobOffer() }
    const listed = rankFirst(
      job,
      Array.from({ length: 16 }, (_, n) => ({
        id: digestOf(`o${n}`),
        offer: resourceOffer({ account: accountOf(n), price: price(1000n) })
      })),
      { round: ROUND },
      16
    )
    for (let n = 100; n < 120; n++) {
      const dearer = { id: digestOf(`x${n}`), offer: resourceOffer({ account: accountOf(n), price: price(1001n) }) }
      assert.equal(whyNotMissed(dearer, listingOf(job, listed, 15)), 'it does not provably come before the chosen one')
    }
    const cheaper = {
      id: cidFromDigest(digestOf('c')).multihash.digest,
      offer: resourceOffer({ account: accountOf(99), price: price(900n) })
    }
    assert.equal(whyNotMissed(cheaper, listingOf(job, listed, 0)), undefined)
  })
})
