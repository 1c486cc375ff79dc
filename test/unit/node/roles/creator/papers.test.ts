import assert from 'node:assert/strict'
import type { CID } from 'multiformats/cid'
import { MatchPapers } from '../../../../../node/roles/creator/papers.ts'
import { cidOf } from '../../../../../protocols/common/cbor.ts'
import { toHex } from '../../../../../protocols/common/values.ts'
import type { CreatorState } from '../../../../../protocols/deal/creator-types.ts'
import { decodeCertificate, withRefusal } from '../../../../../protocols/matching/certificate.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import { encodeFact } from '../../../../../protocols/offers/fact.ts'
import { Cleanup } from '../../../../support/hosts.ts'
import { NOW_MS, ROUND_MS } from '../../../../support/market/make.ts'
import { bundleOf, jobOf, offerOf, party, refusalOf } from '../../../../support/market/match-scene.ts'

const LIMITS = { maxBytes: 64 * 1024 }

describe('MatchPapers', () => {
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  async function scene() {
    const [creator, a, b] = await Promise.all(['creator', 'one', 'two'].map(party))
    if (creator === undefined || a === undefined || b === undefined) throw new Error('no parties')
    const job = await jobOf(creator)
    const offers = [await offerOf(a, 1000n), await offerOf(b, 1100n)]
    const book = new OfferBook({ roundMs: ROUND_MS })
    for (const offer of offers) book.add(offer, NOW_MS)
    const { certificate, deal } = await bundleOf(creator, job, offers)
    const warnings: object[] = []
    // nothing is kept for having come lately
    const { store } = await cleanup.node({ graceMs: 0 })
    const papers = new MatchPapers({
      storage: store,
      book,
      log: { warn: (fields: object | string) => void (typeof fields === 'object' && warnings.push(fields)) }
    })
    const attempt = { deal: deal?.terms, dealId: `0x${'11'.repeat(32)}` }
    const state = (changes: object = {}) =>
      ({
        jobId: 'j1',
        jobOffer: encodeFact(job),
        certificate,
        past: [],
        signed: [],
        attempt,
        ...changes
      }) as unknown as CreatorState
    const signal = () => AbortSignal.timeout(2_000)
    const has = async (cid: CID): Promise<boolean> => {
      await store.collectGarbage()
      return store.getBlock(cid, { ...LIMITS, signal: signal() }).then(
        () => true,
        () => false
      )
    }
    const { jobFact, candidates } = decodeCertificate(certificate)
    const all = [cidOf(certificate), jobFact, ...candidates.map(c => c.fact)]
    return { papers, state, has, all, certificate, refusal: refusalOf(a, job), warnings, store, attempt }
  }

  it('default: what a certificate names can be had by its CID, also after garbage was collected', async () => {
    const { papers, state, has, all } = await scene()
    await papers.keep(state())
    await papers.keep(state())
    for (const cid of all) assert.ok(await has(cid), cid.toString())
    await papers.settle(state({ attempt: { ...state().attempt, providerSignature: '0x' } }))
    for (const cid of all) assert.ok(await has(cid), cid.toString())
  })

  it('behavior: of several certificates those of deals stay', async () => {
    const { papers, state, has, certificate, refusal } = await scene()
    const second = withRefusal(certificate, refusal)
    await papers.keep(state())
    await papers.keep(state({ certificate: second }))
    const past = [{ ended: 'timed-out', certificate: toHex(cidOf(second).multihash.digest) }]
    await papers.settle(state({ past }))
    assert.deepEqual([await has(cidOf(certificate)), await has(cidOf(second))], [false, true])
  })

  it('behavior: a job that nobody took leaves nothing', async () => {
    const { papers, state, has, all } = await scene()
    await papers.keep(state())
    await papers.settle(state())
    for (const cid of all) assert.ok(!(await has(cid)), cid.toString())
  })

  it('behavior: a job that ends while its papers are stored leaves nothing either', async () => {
    const { papers, state, has, all } = await scene()
    const keeping = papers.keep(state())
    await papers.settle(state())
    await keeping
    for (const cid of all) assert.ok(!(await has(cid)), cid.toString())
  })

  it('behavior: a store that fails is a warning, not the end of the job', async () => {
    const { papers, state, warnings, store } = await scene()
    await store.stop()
    await papers.keep(state())
    assert.equal(warnings.length, 1)
  })
})
