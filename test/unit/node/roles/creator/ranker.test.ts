import assert from 'node:assert/strict'
import { Ranker } from '../../../../../node/roles/creator/ranker.ts'
import { verifyEd25519 } from '../../../../../protocols/common/ed25519.ts'
import type { Candidate, CreatorState, PastAttempt, RefusalNote } from '../../../../../protocols/deal/creator-types.ts'
import { decodeCertificate } from '../../../../../protocols/matching/certificate.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import { encodeFact, wireCid } from '../../../../../protocols/offers/fact.ts'
import { HeadLog } from '../../../../../protocols/offers/head-log.ts'
import { peerIdText } from '../../../../../protocols/offers/peer-key.ts'
import { NETWORK, NOW_MS, ROUND, ROUND_MS } from '../../../../support/market/make.ts'
import { jobOf, offerOf, type Party, party, refusalOf } from '../../../../support/market/match-scene.ts'

const PROVIDERS = 20

async function scene() {
  const creator = await party('creator')
  const providers = await Promise.all(Array.from({ length: PROVIDERS }, (_, n) => party(`provider ${n}`)))
  const book = new OfferBook({ roundMs: ROUND_MS })
  // far enough apart that the order is that of the numbers
  const offers = await Promise.all(providers.map((who, n) => offerOf(who, BigInt(1000 + 100 * n))))
  for (const offer of offers) book.add(offer, NOW_MS)
  const job = await jobOf(creator)
  const ranker = new Ranker({
    network: NETWORK,
    roundMs: ROUND_MS,
    book,
    clock: { nowMs: () => NOW_MS },
    identity: {
      account: creator.bind.account,
      peer: peerIdText(creator.bind.peerKey),
      sign: creator.sign,
      addrs: () => []
    },
    heads: new HeadLog({ network: NETWORK, peerKey: creator.bind.peerKey, sign: creator.sign }, book),
    bind: async () => creator.bind,
    publish: async () => undefined,
    take: async () => undefined,
    verifyEd25519
  })
  const state = (refusals: RefusalNote[] = []) =>
    ({ jobOffer: encodeFact(job), refusals, past: [], check: { by: 'nobody' } }) as unknown as CreatorState
  const said = (who: Party, from = job): RefusalNote => ({
    provider: who.bind.account,
    reason: 'infeasible',
    detail: 'no',
    atMs: NOW_MS,
    offer: 'refused',
    times: 1,
    signed: refusalOf(who, from, { reason: 'infeasible' })
  })
  const rank = async (refusals: RefusalNote[] = [], past: PastAttempt[] = []) => {
    const { candidates, certificate } = await ranker.rank({ ...state(refusals), past }, false)
    return { candidates, certificate: decodeCertificate(certificate), bytes: certificate }
  }
  const numberOf = ({ account }: Pick<Candidate, 'account'>) => providers.findIndex(p => p.bind.account === account)
  return { creator, providers, offers, job, ranker, said, rank, numberOf }
}

const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('Ranker', () => {
  it('default: the certificate is of one moment, and names what it speaks of', async () => {
    const { rank, numberOf, job, offers } = await scene()
    const { candidates, certificate } = await rank()
    assert.deepEqual(candidates.map(numberOf), upTo(0, 16))
    assert.deepEqual([certificate.head.head.round, certificate.head.head.count], [ROUND, PROVIDERS])
    assert.equal(certificate.jobFact.toString(), wireCid(job).toString())
    for (const [n, { offer, fact }] of certificate.candidates.entries()) {
      assert.equal(offer.toString(), offers[n]?.id.toString())
      assert.equal(fact.toString(), offers[n] === undefined ? '' : wireCid(offers[n]).toString())
    }
  })

  it('behavior: who let a deal of one job pass is passed over for the others, as long as there is anybody else', async () => {
    const { rank, numberOf, providers } = await scene()
    const passed = (n: number): PastAttempt => ({
      provider: (providers[n] as Party).bind.account,
      dealId: `0x${n.toString(16).padStart(64, '0')}`,
      ended: 'never-opened',
      atMs: NOW_MS
    })
    await rank([], [passed(0), passed(1)])
    const other = await rank()
    assert.deepEqual(other.candidates.map(numberOf), upTo(2, 16))
    assert.equal(other.certificate.candidates.length, 16)
    const { candidates } = await rank([], upTo(0, PROVIDERS).map(passed))
    assert.ok(candidates.length === 0)
    assert.deepEqual((await rank()).candidates.map(numberOf), upTo(0, 16))
  })

  it('behavior: whoever refused keeps its place, is not asked, and its signed word is in the certificate', async () => {
    const { rank, numberOf, said, providers, creator } = await scene()
    const another = await jobOf(creator, { nonce: `0x${'77'.repeat(32)}` })
    const [first, second] = providers as [Party, Party]
    const { candidates, certificate } = await rank([said(first), said(second, another)])
    assert.equal(certificate.candidates.length, 16)
    assert.deepEqual(candidates.map(numberOf), upTo(2, 16))
    // a refusal of another job offer excuses nothing
    assert.deepEqual(certificate.refusals, [said(first).signed])
    assert.deepEqual(certificate.leftOut, [])
  })

  it('behavior: where a whole list has refused, it is left out by name and the next ones get their turn', async () => {
    const { rank, numberOf, said, providers } = await scene()
    const { candidates, certificate } = await rank(providers.slice(0, 16).map(p => said(p)))
    assert.deepEqual(candidates.map(numberOf), upTo(16, PROVIDERS))
    assert.deepEqual(
      certificate.leftOut.map(account => numberOf({ account })),
      upTo(0, 16)
    )
    // whoever is not listed has no key that its refusal could be checked with
    assert.deepEqual(certificate.refusals, [])
    const all = await rank(providers.map(p => said(p)))
    assert.deepEqual(all.candidates, [])
  })

  it('behavior: a refusal is checked, and goes into the certificate of the next proposal', async () => {
    const { rank, ranker, providers, job } = await scene()
    const { candidates, bytes } = await rank()
    const [from, who] = [candidates[0] as Candidate, providers[0] as Party]
    const signed = refusalOf(who, job)
    const at = { job: job.id, certificate: bytes }
    const note = await ranker.readRefusal({ type: 'refuse', refusal: signed, evidence: [] }, from, at)
    assert.deepEqual([note.reason, note.signed], ['no-room', signed])
    const { refusals, ...rest } = decodeCertificate(note.certificate)
    const { refusals: _none, ...before } = decodeCertificate(bytes)
    assert.deepEqual([refusals, rest], [[signed], before])
    const forged = { ...signed, signature: refusalOf(providers[1] as Party, job).signature }
    const reading = ranker.readRefusal({ type: 'refuse', refusal: forged, evidence: [] }, from, at)
    await assert.rejects(reading, { name: 'BadSignatureError' })
  })
})
