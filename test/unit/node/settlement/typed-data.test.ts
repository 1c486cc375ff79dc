import assert from 'node:assert/strict'
import { privateKeyToAccount } from 'viem/accounts'
import {
  dealDigest,
  hashDeal,
  hashResult,
  isCanonicalSignature,
  lower,
  recover,
  signBind,
  signDeal,
  verifyBind
} from '../../../../node/settlement/typed-data.ts'
import type { Address, Hex } from '../../../../protocols/common/values.ts'
import { chainlessDomain, type DealDomain, networkSalt } from '../../../../protocols/deal/typed-data.ts'
import { dealTerms } from '../../../helpers/deals.ts'

const account = privateKeyToAccount(`0x${'01'.repeat(32)}`)
const other = privateKeyToAccount(`0x${'02'.repeat(32)}`)
const signer = lower(account.address)
const escrow: Address = `0x${'ee'.repeat(20)}`
const domain: DealDomain = { chainId: 31_337, escrow }
const deal = dealTerms(signer, lower(other.address), 1_800_000_000)
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

describe('typed data', () => {
  it('default: the published ids and digests', () => {
    assert.equal(hashDeal(deal), VECTORS.deal)
    assert.equal(dealDigest(domain, deal), VECTORS.digest)
    assert.equal(dealDigest(chainlessDomain('lab'), deal), VECTORS.chainless)
    const result = { deal: hashDeal(deal), commitment: deal.job, manifest: deal.spec, charge: 7n }
    assert.equal(hashResult(result), VECTORS.result)
    assert.equal(networkSalt('lab'), VECTORS.salt)
  })

  it('default: the signer is recovered, in lower case', async () => {
    assert.equal(await recover(dealDigest(domain, deal), await signDeal(account, domain, deal)), signer)
  })

  it('behavior: a signature holds under one domain only', async () => {
    const signature = await signDeal(account, domain, deal)
    const others = [{ ...domain, chainId: 1 }, { ...domain, escrow: deal.provider }, chainlessDomain('lab')]
    for (const wrong of others) assert.notEqual(await recover(dealDigest(wrong, deal), signature), signer)
    const inLab = await signDeal(account, chainlessDomain('lab'), deal)
    assert.notEqual(await recover(dealDigest(chainlessDomain('lab2'), deal), inLab), signer)
  })

  it('error: the high-s twin of a signature has no signer', async () => {
    const signature = await signDeal(account, domain, deal)
    const s = BigInt(`0x${signature.slice(66, 130)}`)
    const flippedV = signature.slice(130) === '1b' ? '1c' : '1b'
    const twin = `${signature.slice(0, 66)}${(GROUP_ORDER - s).toString(16).padStart(64, '0')}${flippedV}` as Hex
    assert.equal(isCanonicalSignature(signature), true)
    assert.equal(isCanonicalSignature(twin), false)
    assert.equal(await recover(dealDigest(domain, deal), twin), undefined)
  })

  it('error: v of 0 or 1, zeros, other lengths and other characters', async () => {
    const signature = await signDeal(account, domain, deal)
    const body = signature.slice(0, 130)
    const zeroR = `0x${'00'.repeat(32)}${signature.slice(66)}`
    const zeroS = `${signature.slice(0, 66)}${'00'.repeat(32)}1b`
    const bad = [
      `${body}00`,
      `${body}01`,
      `${body}1d`,
      zeroR,
      zeroS,
      body,
      `${signature}1b`,
      `0x${'zz'.repeat(65)}`,
      ''
    ]
    for (const text of bad) assert.equal(await recover(dealDigest(domain, deal), text as Hex), undefined)
  })
})

describe('bind', () => {
  const unsigned = { network: 'lab', account: signer, peerKey: deal.job, from: 1_800_000_000, until: 1_800_003_600 }

  it('default: what the account signed verifies', async () => {
    const bind = await signBind(account, unsigned)
    assert.equal(await verifyBind(bind), true)
  })

  it('error: any changed field, and another signer', async () => {
    const bind = await signBind(account, unsigned)
    const changes = [
      { network: 'lab2' },
      { account: lower(other.address) },
      { peerKey: deal.spec },
      { from: 1 },
      { until: 1 }
    ]
    for (const change of changes) assert.equal(await verifyBind({ ...bind, ...change }), false)
    assert.equal(await verifyBind(await signBind(other, unsigned)), false)
    assert.equal(await verifyBind({ ...bind, signature: '0x' }), false)
  })
})

/** The ids and digests of the terms above; `deal` is what the contract's dealId() gives, too (see evm/contract.test.ts). */
const VECTORS = {
  deal: '0xd7b87feae61a199d72f229bf5742b235593161a9256131f11b3125a0093fd8c6',
  digest: '0x73cc6d140e1a791aa3392f4e0a4f7021df769f1ae889ddb01cc20efa73f33721',
  chainless: '0x1f8e3ebec80921b7fc1897b855543a0f7d20e157d6ffa1b2bc1be184fefbf7d6',
  result: '0xe740a30bfb81f0595b86a1e66234379e41a48916a3e07c50e72a72cfceac7141',
  salt: '0xa51146d38077ff992eba84cf1d5e9b249073503eb74868699016153b031a38f7'
}
