import assert from 'node:assert/strict'
import { evidence } from '../../../../../node/roles/provider/evidence.ts'
import type { Propose, RefusalBody } from '../../../../../protocols/deal/messages.ts'
import { encodeCertificate, makeCertificate } from '../../../../../protocols/matching/certificate.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import { decodeFact, factDigest, wireCid } from '../../../../../protocols/offers/fact.ts'
import { signHead } from '../../../../../protocols/offers/head.ts'
import type { Fact, JobOffer, ResourceOffer } from '../../../../../protocols/offers/schema.ts'
import { identity, jobFact, NETWORK, NOW_MS, ROUND_MS, resourceFact } from '../../../../support/market/make.ts'

describe('roles/provider/evidence', () => {
  const me = identity(1)
  let mine: Fact<ResourceOffer>
  let others: Fact<ResourceOffer>[]
  let job: Fact<JobOffer>
  let nowMs = NOW_MS

  before(async () => {
    mine = await resourceFact(me)
    others = await Promise.all(Array.from({ length: 20 }, (_, i) => resourceFact(identity(10 + i))))
    job = await jobFact(identity(1000))
  })

  /** What a provider says that knows all of them, to a creator that listed some. */
  async function made(listed: Fact<ResourceOffer>[], leftOut: Fact<ResourceOffer>[] = []) {
    const book = new OfferBook({ roundMs: ROUND_MS })
    for (const fact of [mine, ...others]) book.add(fact, NOW_MS)
    const give = evidence(
      { roundMs: ROUND_MS },
      { book, clock: { nowMs: () => nowMs }, account: me.account, offer: () => mine }
    )
    const head = await signHead(book.head(NOW_MS, { network: NETWORK, peerKey: me.bind.peerKey }), me.sign)
    const ranked = listed.map(fact => ({ id: factDigest(fact), fact: wireCid(fact), ask: 1n }))
    const input = { head, job: { id: factDigest(job), fact: wireCid(job) }, ranked }
    const { bytes } = encodeCertificate(makeCertificate({ ...input, leftOut: leftOut.map(f => f.body.account) }))
    return (reason: RefusalBody['reason'], offer = mine, certificate = bytes): string[] => {
      const message = { certificate, offer: offer.id } as unknown as Propose
      return give(message, job, reason).map(fact => decodeFact(fact).body.account)
    }
  }
  const accounts = (facts: Fact[]) => new Set<string>(facts.map(f => f.body.account))

  it('default: our offer when the creator went by another one, whatever the reason', async () => {
    const say = await made(others.slice(0, 16))
    assert.deepEqual(say('price-changed', others[0]), [me.account])
    assert.deepEqual([say('price-changed'), say('infeasible')], [[], []])
  })

  it('behavior: offers that a short certificate lacks, at most sixteen facts', async () => {
    const say = await made(others.slice(0, 15), others.slice(15, 17))
    assert.ok(say('no-room').every(account => accounts(others.slice(17)).has(account)))
    const knowsNobody = await made([])
    assert.equal(knowsNobody('no-room').length, 16)
    assert.equal(knowsNobody('no-room', others[0]).length, 16)
    assert.deepEqual(knowsNobody('terms-differ'), [])
  })

  it('behavior: none for a certificate that is full, or that nobody can read', async () => {
    assert.deepEqual((await made(others.slice(0, 16)))('no-room'), [])
    assert.deepEqual((await made([]))('no-room', mine, new Uint8Array(3)), [])
  })

  it('behavior: proposals are cheap and looks are not: few in a round', async () => {
    const say = await made([])
    const looks = () => Array.from({ length: 20 }, () => say('no-room')).filter(list => list.length > 0).length
    assert.equal(looks(), 8)
    nowMs += ROUND_MS
    assert.equal(looks(), 8)
  })
})
