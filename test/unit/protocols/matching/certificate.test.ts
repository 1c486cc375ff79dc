import assert from 'node:assert/strict'
import fc from 'fast-check'
import { UserError } from '../../../../protocols/common/errors.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { decodeCertificate, encodeCertificate, makeCertificate } from '../../../../protocols/matching/certificate.ts'
import { rank } from '../../../../protocols/matching/rank.ts'
import { signHead } from '../../../../protocols/offers/head.ts'
import { accountOf, digestOf, identity, jobOffer, NETWORK, ROUND, resourceOffer } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

const who = identity()
const job = { id: digestOf('job'), offer: jobOffer() }
const offers = Array.from({ length: 20 }, (_, n) => ({
  id: digestOf(`o${n}`),
  offer: resourceOffer({ account: accountOf(n) })
}))

async function sample() {
  const head = {
    type: 'head',
    version: 1,
    network: NETWORK,
    peerKey: who.bind.peerKey,
    round: ROUND,
    root: toHex(digestOf('root')),
    count: 20
  } as const
  return makeCertificate(job, rank(job, offers, { round: ROUND }), await signHead(head, who.sign), [
    new Uint8Array([1, 2])
  ])
}

describe('certificate', () => {
  it('default: comes back as it was, with the first 16 places', async () => {
    const certificate = await sample()
    assert.equal(certificate.candidates.length, 16)
    const { bytes, cid } = encodeCertificate(certificate)
    const back = decodeCertificate(bytes)
    assert.deepEqual(encodeCertificate(back).cid.toString(), cid.toString())
    assert.equal(back.candidates[0]?.ask, certificate.candidates[0]?.ask)
  })

  it('args: the largest one fits its limit', async () => {
    const certificate = await sample()
    const refusals = Array.from({ length: 16 }, () => new Uint8Array(1024))
    const candidates = certificate.candidates.map(c => ({ ...c, ask: 2n ** 96n - 1n }))
    assert.ok(encodeCertificate({ ...certificate, candidates, refusals }).bytes.byteLength < 24 * 1024)
  })

  it('error: too many candidates', async () => {
    const certificate = await sample()
    const candidates = [...certificate.candidates, ...certificate.candidates]
    assert.throws(() => encodeCertificate({ ...certificate, candidates }), { name: 'InvalidInputError' })
  })

  it('property: mutated bytes are refused or decode, never crash', async () => {
    const { bytes } = encodeCertificate(await sample())
    check(
      fc.property(fc.nat(bytes.byteLength - 1), fc.nat(255), (at, value) => {
        const mutated = Uint8Array.from(bytes)
        mutated[at] = value
        try {
          decodeCertificate(mutated)
        } catch (error) {
          assert.ok(error instanceof UserError)
        }
      }),
      300
    )
  })
})
