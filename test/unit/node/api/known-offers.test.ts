import assert from 'node:assert/strict'
import { findOmissions } from '../../../../node/api/known-offers.ts'
import { matchChecks } from '../../../../node/settlement/match-checks.ts'
import { verifyMatch } from '../../../../protocols/matching/verify/verify-match.ts'
import { OfferBook } from '../../../../protocols/offers/book.ts'
import { HeadLog } from '../../../../protocols/offers/head-log.ts'
import type { Fact } from '../../../../protocols/offers/schema.ts'
import { NETWORK, NOW_MS, ROUND, ROUND_MS } from '../../../support/market/make.ts'
import { bundleOf, headOf, jobOf, offerOf, party } from '../../../support/market/match-scene.ts'

async function scene() {
  const [creator, witness, a, b, c] = await Promise.all(['creator', 'witness', 'one', 'two', 'four'].map(party))
  if (!creator || !witness || !a || !b || !c) throw new Error('no parties')
  const offers = [await offerOf(a, 1000n), await offerOf(b, 1100n)]
  return { creator, witness, job: await jobOf(creator), offers, c, better: await offerOf(c, 900n) }
}

/** A node that has these facts in its book and was greeted by some. */
async function knowing(witness: Awaited<ReturnType<typeof party>>, facts: readonly Fact[]) {
  const book = new OfferBook({ roundMs: ROUND_MS })
  for (const fact of facts) book.add(fact, NOW_MS)
  const heads = new HeadLog({ network: NETWORK, peerKey: witness.bind.peerKey, sign: witness.sign }, book)
  await heads.exact(NOW_MS)
  return { book, heads }
}

describe('known offers', () => {
  it('default: a node with the same book proves that the list lacks a better offer', async () => {
    const { creator, witness, job, offers, better } = await scene()
    const { book, heads } = await knowing(witness, [...offers, better])
    const bundle = await bundleOf(creator, job, offers, { alsoInBook: [better] })
    const omissions = findOmissions(bundle, heads, book, NOW_MS)
    assert.equal(omissions.length, 1)
    const { verdict, findings } = await verifyMatch({ ...bundle, omissions }, matchChecks)
    assert.deepEqual([verdict, findings.map(f => f.code)], ['fails', ['offer-omitted']])
  })

  it('behavior: of a better offer in an earlier head it can only say that it was known', async () => {
    const { creator, witness, job, offers, better } = await scene()
    const { book, heads } = await knowing(witness, [...offers, better])
    heads.heard(await headOf(creator, [...offers, better], ROUND - 40))
    const bundle = await bundleOf(creator, job, offers)
    const omissions = findOmissions(bundle, heads, book, NOW_MS)
    const { verdict, findings } = await verifyMatch({ ...bundle, omissions }, matchChecks)
    assert.deepEqual([verdict, findings.map(f => f.code)], ['not-provable', ['offer-known-before']])
  })

  it('behavior: says nothing of what it saw replaced, of later heads, or when its book was another', async () => {
    const { creator, witness, job, offers, c, better } = await scene()
    const bundle = await bundleOf(creator, job, offers)
    const replaced = await knowing(witness, [...offers, better])
    replaced.heads.heard(await headOf(creator, [...offers, better], ROUND - 40))
    replaced.book.add(await offerOf(c, 5000n, { seq: 2 }), NOW_MS)
    const later = await knowing(witness, [...offers, better])
    later.heads.heard(await headOf(creator, [...offers, better], ROUND + 1))
    const other = await knowing(witness, [better])
    other.heads.heard(await headOf(creator, [...offers, better], ROUND - 1))
    for (const { heads, book } of [later, other]) assert.deepEqual(findOmissions(bundle, heads, book, NOW_MS), [])
    assert.deepEqual(findOmissions(bundle, replaced.heads, replaced.book, NOW_MS), [])
  })
})
