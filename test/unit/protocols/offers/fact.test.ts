import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import { encode } from '../../../../protocols/common/cbor.ts'
import { UserError } from '../../../../protocols/common/errors.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { cachedBindVerifier } from '../../../../protocols/offers/bind-cache.ts'
import { decodeFact, encodeFact, gossipId, makeFact } from '../../../../protocols/offers/fact.ts'
import { parseHead, signHead, verifyHead } from '../../../../protocols/offers/head.ts'
import { keyOfPeerId, peerIdText } from '../../../../protocols/offers/peer-key.ts'
import { OFFER_LIMITS } from '../../../../protocols/offers/schema.ts'
import { verifyFact } from '../../../../protocols/offers/verify-fact.ts'
import * as make from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

const who = make.identity()

describe('fact', () => {
  it('default: every type comes back as it was', async () => {
    const offer = await make.resourceFact(who)
    for (const fact of [offer, await make.jobFact(who), await make.withdrawalFact(who, offer.id)]) {
      const back = decodeFact(encodeFact(fact))
      assert.ok(back.id.equals(fact.id))
      assert.deepEqual({ ...back, id: '' }, { ...fact, id: '' })
      await verifyFact(back, make.context)
    }
  })

  it('behavior: the id names the body alone, the gossip id the whole', async () => {
    const fact = await make.resourceFact(who)
    const spoilt = { ...fact, signature: new Uint8Array(64) }
    assert.ok(decodeFact(encodeFact(spoilt)).id.equals(fact.id))
    assert.notDeepEqual(gossipId(encodeFact(spoilt)), gossipId(encodeFact(fact)))
  })

  it('args: the largest offer fits its frame', async () => {
    const addrs = Array.from(
      { length: 8 },
      (_, i) => `/ip4/203.0.113.${i}/tcp/4001/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8`
    )
    const labels = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`label-${i}`, 'x'.repeat(20)]))
    const fact = await make.resourceFact(who, { addrs, labels })
    assert.ok(encodeFact(fact).byteLength <= OFFER_LIMITS.factBytes)
  })

  it('error: a body over its limit', async () => {
    const addrs = Array.from({ length: 8 }, (_, i) => `/dns/${'x'.repeat(240)}${i}`)
    await assert.rejects(make.jobFact(who, { addrs }), { name: 'TooLargeError' })
    await assert.rejects(make.resourceFact(who, { addrs }), { name: 'TooLargeError' })
  })

  it('error: too many labels, a CID of another kind, an amount of 13 bytes', async () => {
    const labels = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`l${i}`, '']))
    await assert.rejects(make.resourceFact(who, { labels }), { name: 'InvalidInputError' })
    const raw = (await import('multiformats/cid')).CID.parse(
      'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    )
    await assert.rejects(make.jobFact(who, { spec: raw }), { name: 'InvalidInputError' })
    await assert.rejects(make.jobFact(who, { bid: 2n ** 96n }), { name: 'InvalidInputError' })
  })

  it('error: a body that is not canonical, signed all the same', async () => {
    const fact = await make.withdrawalFact(who, make.blockCid('x'))
    const padded = Uint8Array.from([...fact.bodyBytes, 0])
    const wire = encode([padded, who.sign(padded), { ...bindWire() }])
    assert.throws(() => decodeFact(wire), { name: 'NonCanonicalError' })
  })

  it('property: mutated bytes are refused or decode, never crash', async () => {
    const bytes = encodeFact(await make.jobFact(who))
    check(
      fc.property(fc.nat(bytes.byteLength - 1), fc.nat(255), (at, value) => {
        const mutated = Uint8Array.from(bytes)
        mutated[at] = value
        try {
          decodeFact(mutated)
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
      500
    )
  })

  it('property: any bytes are refused, never crash', () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        assert.throws(
          () => decodeFact(bytes),
          (error: unknown) => error instanceof UserError
        )
      }),
      300
    )
  })

  function bindWire() {
    const hex = (h: string) => new Uint8Array(Buffer.from(h.slice(2), 'hex'))
    return {
      ...who.bind,
      account: hex(who.bind.account),
      peerKey: hex(who.bind.peerKey),
      signature: hex(who.bind.signature)
    }
  }
})

describe('verifyFact', () => {
  const cases = [
    ['WrongNetworkError', { body: { network: 'other' } }],
    ['WrongNetworkError', { bind: { network: 'other' } }],
    ['BindMismatchError', { bind: { account: make.accountOf(2) } }],
    ['BadSignatureError', { bind: { peerKey: toHex(make.digestOf('key')) } }],
    ['BadSignatureError', { bind: { signature: `0x${'00'.repeat(65)}` as const } }],
    ['FactTimeError', { bind: { until: make.NOW_MS / 1000 - 11 } }],
    ['FactTimeError', { bind: { from: make.NOW_MS / 1000 + 11 } }]
  ] as const
  for (const [name, { body = {}, bind = {} }] of cases as readonly (readonly [
    string,
    { body?: object; bind?: object }
  ])[]) {
    it(`error: ${name} for ${JSON.stringify({ body, bind }).slice(0, 50)}`, async () => {
      const fact = await makeFact(
        make.resourceOffer({ account: who.account, ...body }),
        { ...who.bind, ...bind },
        who.sign
      )
      await assert.rejects(verifyFact(fact, make.context), { name })
    })
  }

  it('error: a signature by another key', async () => {
    const fact = await makeFact(make.resourceOffer({ account: who.account }), who.bind, make.identity(2).sign)
    await assert.rejects(verifyFact(fact, make.context), { name: 'BadSignatureError' })
  })
})

describe('cachedBindVerifier', () => {
  it('default: asks once for a good Bind, every time for a bad one, and forgets the oldest', async () => {
    let asked = 0
    const verify = cachedBindVerifier(bind => {
      asked++
      return bind.account !== make.accountOf(9)
    }, 2)
    const binds = [1, 2, 3].map(n => ({ ...who.bind, account: make.accountOf(n) }))
    for (const bind of [binds[0], binds[0], binds[1], binds[2], binds[0]]) if (bind !== undefined) await verify(bind)
    assert.equal(asked, 4)
    const bad = { ...who.bind, account: make.accountOf(9) }
    assert.deepEqual([await verify(bad), await verify(bad), asked], [false, false, 6])
  })
})

describe('head', () => {
  it('default: what is signed is checked, what is changed is refused', async () => {
    const root = toHex(make.digestOf('root'))
    const head = {
      type: 'head',
      version: 1,
      network: make.NETWORK,
      peerKey: who.bind.peerKey,
      round: 1,
      root,
      count: 2
    } as const
    const signed = await signHead(head, who.sign)
    const wire = { head: { ...head, peerKey: bytesOf(head.peerKey), root: bytesOf(root) }, signature: signed.signature }
    assert.deepEqual(await verifyHead(parseHead(wire), make.context.verifyEd25519), signed)
    const changed = { ...wire, head: { ...wire.head, count: 3 } }
    await assert.rejects(verifyHead(parseHead(changed), make.context.verifyEd25519), { name: 'BadSignatureError' })
    assert.throws(() => parseHead({}), { name: 'InvalidInputError' })
  })

  const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex.slice(2), 'hex'))
})

describe('peer key', () => {
  it('default: raw key and peer id name each other, as libp2p does', async () => {
    const key = await generateKeyPair('Ed25519')
    const text = peerIdText(toHex(key.publicKey.raw))
    assert.equal(text, peerIdFromPrivateKey(key).toString())
    assert.equal(keyOfPeerId(text), toHex(key.publicKey.raw))
  })

  for (const wrong of ['', 'x', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N', make.blockCid('x').toString()]) {
    it(`error: ${wrong.slice(0, 8)} holds no key`, () =>
      assert.throws(() => keyOfPeerId(wrong), { name: 'InvalidInputError' }))
  }
  it('error: a key of the wrong size', () => assert.throws(() => peerIdText('0x00'), { name: 'InvalidInputError' }))
})
