import assert from 'node:assert/strict'
import fc from 'fast-check'
import { UserError } from '../../../../protocols/common/errors.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import {
  decodeCertificate,
  encodeCertificate,
  makeCertificate,
  withRefusal
} from '../../../../protocols/matching/certificate.ts'
import { rank } from '../../../../protocols/matching/rank.ts'
import { signHead } from '../../../../protocols/offers/head.ts'
import {
  accountOf,
  blockCid,
  digestOf,
  identity,
  jobOffer,
  NETWORK,
  ROUND,
  resourceOffer
} from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

const who = identity()
const job = { id: digestOf('job'), offer: jobOffer() }
const offers = Array.from({ length: 20 }, (_, n) => ({
  id: digestOf(`o${n}`),
  offer: resourceOffer({ account: accountOf(n) })
}))

const refusal = (size: number) => ({ body: new Uint8Array(size), signature: new Uint8Array(64) })

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
  return makeCertificate({
    head: await signHead(head, who.sign),
    job: { id: job.id, fact: blockCid('job') },
    ranked: rank(job, offers, { round: ROUND }).map(r => ({ ...r, fact: blockCid(toHex(r.id)) })),
    refusals: [refusal(2)]
  })
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
    const refusals = Array.from({ length: 16 }, () => refusal(1024))
    const leftOut = Array.from({ length: 64 }, (_, n) => accountOf(n))
    const candidates = certificate.candidates.map(c => ({ ...c, ask: 2n ** 96n - 1n }))
    assert.ok(encodeCertificate({ ...certificate, candidates, refusals, leftOut }).bytes.byteLength < 24 * 1024)
  })

  it('behavior: takes up refusals one by one, as many as it may hold', async () => {
    let { bytes } = encodeCertificate(await sample())
    for (let i = 0; i < 20; i++) bytes = withRefusal(bytes, refusal(i))
    const { refusals, ...rest } = decodeCertificate(bytes)
    assert.deepEqual(
      refusals.map(r => r.body.byteLength),
      [2, ...Array.from({ length: 15 }, (_, i) => i)]
    )
    const { refusals: _refusals, ...before } = decodeCertificate(encodeCertificate(await sample()).bytes)
    assert.deepEqual({ ...rest, head: before.head }, before)
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
