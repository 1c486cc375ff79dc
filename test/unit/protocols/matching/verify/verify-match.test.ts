import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { CID } from 'multiformats/cid'
import { matchChecks } from '../../../../../node/settlement/match-checks.ts'
import { cidOf } from '../../../../../protocols/common/cbor.ts'
import { UserError } from '../../../../../protocols/common/errors.ts'
import { fromHex, type Hex } from '../../../../../protocols/common/values.ts'
import {
  type Certificate,
  decodeCertificate,
  encodeCertificate
} from '../../../../../protocols/matching/certificate.ts'
import { BUNDLE_LIMITS, decodeBundle, encodeBundle } from '../../../../../protocols/matching/verify/bundle.ts'
import { FINDINGS } from '../../../../../protocols/matching/verify/findings.ts'
import { verifyMatch } from '../../../../../protocols/matching/verify/verify-match.ts'
import {
  type Bends,
  bundleOf,
  jobOf,
  offerOf,
  omissionOf,
  party,
  refusalOf,
  resigned
} from '../../../../support/market/match-scene.ts'
import { checkAsync } from '../../../../support/market/property.ts'

interface Case {
  name: string
  bundle: Hex
  verdict: string
  findings: { code: string; weight: string; data: Record<string, string> }[]
}
const file = new URL('../../../../vectors/matching/verify.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Case[]

async function scene() {
  const [creator, ...providers] = await Promise.all(['creator', 'one', 'two', 'three'].map(party))
  const [a, b, c] = providers
  if (creator === undefined || a === undefined || b === undefined || c === undefined) throw new Error('no parties')
  const job = await jobOf(creator)
  const offers = await Promise.all([offerOf(a, 1000n), offerOf(b, 1100n), offerOf(c, 1200n)])
  return {
    creator,
    a,
    b,
    c,
    job,
    offers,
    judge: async (bends: Bends) => verifyMatch(await bundleOf(creator, job, offers, bends), matchChecks)
  }
}

/** The certificate with another signed fact for its first candidate. */
const naming = (certificate: Certificate, fact: CID): Certificate => ({
  ...certificate,
  candidates: certificate.candidates.map((c, i) => (i === 0 ? { ...c, fact } : c))
})

describe('verifyMatch', () => {
  for (const { name, bundle, verdict, findings } of vectors) {
    it(`vector: ${name}`, async () => {
      const decoded = decodeBundle(fromHex(bundle))
      assert.deepEqual(encodeBundle(decoded), fromHex(bundle))
      const told = await verifyMatch(decoded, matchChecks)
      assert.equal(told.verdict, verdict)
      assert.deepEqual(
        told.findings.map(({ code, weight, data: { why: _why, ...data } }) => ({ code, weight, data })),
        findings
      )
    })
  }

  it('behavior: the vectors show every finding and every verdict', () => {
    const seen = new Set(vectors.flatMap(v => v.findings.map(f => f.code)))
    assert.deepEqual([...seen].sort(), Object.keys(FINDINGS).sort())
    assert.deepEqual([...new Set(vectors.map(v => v.verdict))].sort(), ['fails', 'holds', 'not-provable'])
  })

  it('behavior: what fails outweighs what cannot be proven', async () => {
    const { judge } = await scene()
    const { verdict, findings } = await judge({ chosen: 2, deal: d => ({ ...d, price: 1n }) })
    assert.equal(verdict, 'fails')
    assert.deepEqual(
      findings.map(f => f.code),
      ['price-wrong', 'rank-skipped', 'rank-skipped']
    )
  })

  it("behavior: an offer that is said to be missing is no proof when its account is listed, refused, or its head is not the creator's", async () => {
    const { creator, a, b, job, offers, judge } = await scene()
    const d = await party('four')
    const [old, better] = [await offerOf(a, 900n), await offerOf(d, 900n)]
    const book = [...offers, old, better]
    const cases: [bends: Bends, why: RegExp][] = [
      [{ bundle: async v => ({ ...v, omissions: [await omissionOf(creator, old, book)] }) }, /in the list/],
      [{ bundle: async v => ({ ...v, omissions: [await omissionOf(b, better, book)] }) }, /another head/],
      [
        { bundle: async v => ({ ...v, omissions: [await omissionOf(creator, better, book, 2 ** 40)] }) },
        /a later head/
      ],
      [
        {
          bundle: async v => {
            const claim = await omissionOf(creator, better, book)
            return { ...v, omissions: [{ ...claim, head: { ...claim.head, signature: new Uint8Array(64) } }] }
          }
        },
        /forged head/
      ],
      [
        {
          bundle: async v => ({
            ...v,
            omissions: [{ ...(await omissionOf(creator, better, book)), fact: v.facts[0] ?? new Uint8Array() }]
          })
        },
        /job fact/
      ]
    ]
    for (const [bends, why] of cases) {
      const { verdict, findings } = await judge(bends)
      assert.deepEqual([verdict, findings.map(f => f.code)], ['holds', ['omission-unsupported']])
      assert.match(findings[0]?.data['why'] ?? '', why)
    }
    const refused = { refusals: [refusalOf(d, job)], alsoInBook: [better] }
    const unlisted = await judge({
      ...refused,
      bundle: async v => ({ ...v, omissions: [await omissionOf(creator, better, [...offers, better])] })
    })
    // whoever is not listed has no key that a refusal could be checked with
    assert.equal(unlisted.verdict, 'fails')
  })

  it('error: a bundle with too many facts, unknown keys, or too large is refused by name', async () => {
    const { creator, job, offers } = await scene()
    const bundle = await bundleOf(creator, job, offers)
    const facts = Array.from({ length: BUNDLE_LIMITS.facts + 1 }, () => new Uint8Array(1))
    assert.throws(() => encodeBundle({ ...bundle, facts }), { name: 'InvalidInputError' })
    assert.throws(() => decodeBundle(new Uint8Array(BUNDLE_LIMITS.bundleBytes + 1)), { name: 'TooLargeError' })
    assert.throws(() => decodeBundle(new Uint8Array([...encodeBundle(bundle), 0])), { name: 'NonCanonicalError' })
    assert.throws(() => decodeBundle(encodeBundle(bundle).slice(0, -3)), { name: 'NonCanonicalError' })
  })

  it('property: bytes that were tampered with are refused by name or judged, never crash, and never hold for another reason', async () => {
    const honest = vectors.filter(v => ['the cheapest refused', 'the ranked book held a better offer'].includes(v.name))
    const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 255 }))
    const edits = fc.tuple(fc.constantFrom(...honest), fc.array(edit, { minLength: 1, maxLength: 3 }))
    await checkAsync(
      fc.asyncProperty(edits, async ([{ bundle }, changes]) => {
        const bytes = fromHex(bundle)
        for (const [at, flip] of changes) {
          const i = Math.floor(at * (bytes.byteLength - 1))
          bytes[i] = (bytes[i] ?? 0) ^ flip
        }
        try {
          const told = await verifyMatch(decodeBundle(bytes), matchChecks)
          assert.deepEqual(await verifyMatch(decodeBundle(bytes), matchChecks), told)
        } catch (error) {
          assert.ok(error instanceof UserError, String(error))
        }
      }),
      300
    )
  })

  it('property: tampered certificates and facts that are named and signed anew are judged, never crash', async () => {
    const { creator, job, offers } = await scene()
    const flips = fc.array(fc.tuple(fc.nat(4000), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 })
    await checkAsync(
      fc.asyncProperty(flips, fc.boolean(), async (changes, isFact) => {
        const tamper = (bytes: Uint8Array): Uint8Array => {
          const changed = Uint8Array.from(bytes)
          for (const [at, flip] of changes)
            changed[at % changed.byteLength] = (changed[at % changed.byteLength] ?? 0) ^ flip
          return changed
        }
        const honest = await bundleOf(creator, job, offers)
        const [first, second, ...rest] = honest.facts
        const fact = tamper(second ?? new Uint8Array(1))
        const certificate = isFact
          ? encodeCertificate(naming(decodeCertificate(honest.certificate), cidOf(fact))).bytes
          : tamper(honest.certificate)
        const facts = isFact ? [first ?? fact, fact, ...rest] : honest.facts
        const bundle = await resigned(creator, { ...honest, facts }, certificate)
        const told = await verifyMatch(bundle, matchChecks)
        assert.notEqual(told.findings.length, 0)
        assert.notEqual(told.verdict, 'holds')
      }),
      150
    )
  })
})
