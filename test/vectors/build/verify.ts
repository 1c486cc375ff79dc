import { matchChecks } from '../../../node/settlement/match-checks.ts'
import { signDeal } from '../../../node/settlement/typed-data.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { toHex } from '../../../protocols/common/values.ts'
import { encodeBundle, type MatchBundle } from '../../../protocols/matching/verify/bundle.ts'
import { verifyMatch } from '../../../protocols/matching/verify/verify-match.ts'
import { encodeFact, wireCid } from '../../../protocols/offers/fact.ts'
import { ROUND } from '../../support/market/make.ts'
import {
  type Bends,
  bundleOf,
  DOMAIN,
  jobOf,
  offerOf,
  omissionOf,
  party,
  refusalOf,
  resigned
} from '../../support/market/match-scene.ts'

/** Bundles as strangers may be given them: at least one for each verdict and each finding. */
export async function buildVerify() {
  const built = []
  for (const [name, bundle] of await bundles()) {
    const { verdict, findings } = await verifyMatch(bundle, matchChecks)
    // why something cannot be read is said in words, which may differ
    const told = findings.map(({ code, weight, data: { why: _why, ...data } }) => ({ code, weight, data }))
    built.push({ name, bundle: encodeBundle(bundle), verdict, findings: told })
  }
  return built
}

async function bundles(): Promise<[name: string, bundle: MatchBundle][]> {
  const creator = await party('creator')
  const [p1, p2, p3, p4] = [await party('one'), await party('two'), await party('three'), await party('four')]
  const job = await jobOf(creator)
  const [cheap, middle, dear] = [await offerOf(p1, 1000n), await offerOf(p2, 1100n), await offerOf(p3, 1200n)]
  const offers = [cheap, middle, dear]
  const better = await offerOf(p4, 900n)
  const otherJob = await jobOf(creator, { nonce: toHex(sha256(Buffer.from('another'))) })
  const large = await jobOf(creator, {
    needs: { ...job.body.needs, resources: { ...job.body.needs.resources, cpuMillis: 64_000 } }
  })
  const twin = await offerOf(p1, 1150n, { seq: 2 })
  const shared = await jobOf(creator, { policy: 'replicas', replicas: 3 })
  const no = refusalOf(p1, job)
  const known = await omissionOf(creator, better, [...offers, better])
  const before = await omissionOf(creator, better, [better], ROUND - 100)
  const swapped = { ...no, signature: refusalOf(p2, job).signature }
  const unsigned = (fact: typeof cheap) => ({ ...fact, signature: new Uint8Array(64) })
  const cases: [name: string, bends: Bends, job?: typeof job, offers?: typeof offers][] = [
    ['the cheapest was chosen', {}],
    ['the cheapest refused', { chosen: 1, refusals: [no] }],
    ['the job goes to three', { chosen: 2 }, shared],
    ['no deal', { bundle: ({ deal: _deal, ...rest }) => rest }],
    [
      'a deal that somebody else signed',
      {
        bundle: async b => {
          if (b.deal === undefined) return b
          return { ...b, deal: { ...b.deal, creatorSignature: await signDeal(p1.account, DOMAIN, b.deal.terms) } }
        }
      }
    ],
    ['a deal of another job', { deal: d => ({ ...d, job: toHex(sha256(new Uint8Array([1]))), nonce: 7n }) }],
    [
      'a certificate that the deal does not name',
      { deal: d => ({ ...d, certificate: toHex(sha256(new Uint8Array([1]))) }) }
    ],
    ['a certificate cut short', { bundle: b => resigned(creator, b, b.certificate.slice(0, -1)) }],
    [
      'a certificate with a byte too many',
      { bundle: b => resigned(creator, b, new Uint8Array([...b.certificate, 0])) }
    ],
    ['rules of the future', { certificate: c => ({ ...c, rules: 2 }) }],
    ['a head that nobody signed', { certificate: c => ({ ...c, head: { ...c.head, signature: new Uint8Array(64) } }) }],
    [
      "another node's head",
      { certificate: c => ({ ...c, head: known.head }), bundle: b => b },
      await jobOf(p1),
      [middle, dear]
    ],
    [
      'a job offer that is another one',
      {
        certificate: c => ({ ...c, jobFact: wireCid(otherJob) }),
        bundle: b => ({ ...b, facts: [encodeFact(otherJob), ...b.facts.slice(1)] })
      }
    ],
    ['an offer with a forged signature', { list: ([a, ...rest]) => [unsigned(a ?? cheap), ...rest] }],
    [
      'a wrong ask',
      {
        certificate: c => ({ ...c, candidates: c.candidates.map((o, i) => (i === 1 ? { ...o, ask: o.ask + 1n } : o)) })
      }
    ],
    ['a candidate that cannot take the job', { list: () => [cheap] }, large],
    ['an account twice', { list: ([a, b]) => [a ?? cheap, b ?? middle, twin] }],
    ['a wrong order', { list: ([a, b, c]) => [b ?? middle, a ?? cheap, c ?? dear] }],
    ['a provider from nowhere', { deal: d => ({ ...d, provider: p4.bind.account }) }],
    ['a price of its own', { deal: d => ({ ...d, price: d.price + 1n }) }],
    ['the cheapest was passed over in silence', { chosen: 1 }],
    ['a refusal of another job', { chosen: 1, refusals: [refusalOf(p1, otherJob)] }],
    ['a refusal of somebody else', { chosen: 1, refusals: [refusalOf(p4, job)] }],
    ['a refusal with the signature of another', { chosen: 1, refusals: [swapped] }],
    ['somebody left out by name', { certificate: c => ({ ...c, leftOut: [p4.bind.account] }) }],
    ['an offer is not at hand', { bundle: b => ({ ...b, facts: b.facts.slice(0, -1) }) }],
    ['the ranked book held a better offer', { alsoInBook: [better], bundle: b => ({ ...b, omissions: [known] }) }],
    ['the creator knew a better offer before', { bundle: b => ({ ...b, omissions: [before] }) }],
    [
      'a missing offer with a wrong proof',
      { alsoInBook: [better], bundle: b => ({ ...b, omissions: [{ ...known, proof: { index: 0, path: [] } }] }) }
    ],
    [
      'a missing offer that comes later anyway',
      {
        alsoInBook: [better],
        bundle: async b => ({
          ...b,
          omissions: [await omissionOf(creator, await offerOf(p4, 1500n), [await offerOf(p4, 1500n)])]
        })
      }
    ]
  ]
  const made: [string, MatchBundle][] = []
  for (const [name, bends, of = job, from = offers] of cases) {
    const who = of.body.account === p1.bind.account ? p1 : creator
    made.push([name, await bundleOf(who, of, from, bends)])
  }
  return made
}
