import assert from 'node:assert/strict'
import { verifyEd25519 } from '../../../../protocols/common/ed25519.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { OfferBook } from '../../../../protocols/offers/book.ts'
import { type SignedHead, verifyHead } from '../../../../protocols/offers/head.ts'
import { HEAD_LOG_LIMITS, HeadLog } from '../../../../protocols/offers/head-log.ts'
import { digestOf, hexId, identity, jobFact, NETWORK, NOW_MS, ROUND, ROUND_MS } from '../../../support/market/make.ts'

const who = identity()
const job = (n: number) => jobFact(who, { nonce: toHex(digestOf(`${n}`)) })

function log() {
  const book = new OfferBook({ roundMs: ROUND_MS, maxPerAccount: 1000 })
  let signatures = 0
  const sign = (bytes: Uint8Array): Uint8Array => {
    signatures++
    return who.sign(bytes)
  }
  const heads = new HeadLog({ network: NETWORK, peerKey: who.bind.peerKey, sign }, book)
  return { book, heads, signatures: () => signatures }
}

describe('head log', () => {
  it('default: signs what is live, and can tell later what that was', async () => {
    const { book, heads } = log()
    const fact = await job(1)
    book.add(fact, NOW_MS)
    const signed = await verifyHead(await heads.exact(NOW_MS), verifyEd25519)
    assert.deepEqual([signed.head.round, signed.head.count], [ROUND, 1])
    book.add(await job(2), NOW_MS)
    assert.deepEqual(heads.snapshot(signed.head.root)?.facts.map(hexId), [hexId(fact)])
  })

  it('behavior: greetings of one round share a head; an exact one follows the book', async () => {
    const { book, heads, signatures } = log()
    const first = await heads.latest(NOW_MS)
    book.add(await job(1), NOW_MS)
    assert.equal(await heads.latest(NOW_MS + 1), first)
    const exact = await heads.exact(NOW_MS + 1)
    assert.equal(exact.head.count, 1)
    assert.equal(await heads.latest(NOW_MS + 2), exact)
    assert.equal(signatures(), 2)
  })

  it('behavior: the same book in a later round has the same root', async () => {
    const { book, heads } = log()
    book.add(await job(1), NOW_MS)
    const [one, two] = [await heads.latest(NOW_MS), await heads.latest(NOW_MS + ROUND_MS)]
    assert.deepEqual([two.head.round, two.head.root], [ROUND + 1, one.head.root])
    await verifyHead(two, verifyEd25519)
  })

  it('behavior: remembers so many books and heads, the newest', async () => {
    const { book, heads } = log()
    const roots: SignedHead[] = []
    for (let i = 0; i <= HEAD_LOG_LIMITS.snapshots; i++) {
      book.add(await job(i), NOW_MS)
      roots.push(await heads.exact(NOW_MS))
    }
    const known = roots.filter(({ head }) => heads.snapshot(head.root) !== undefined)
    assert.deepEqual(known, roots.slice(1))
    for (const signed of roots) heads.heard(signed)
    assert.deepEqual(heads.headsOf(who.bind.peerKey), roots.slice(-HEAD_LOG_LIMITS.headsPerPeer))
    for (let i = 0; i < HEAD_LOG_LIMITS.peers; i++) {
      const head = { ...(roots[0] as SignedHead).head, peerKey: toHex(digestOf(`peer ${i}`)) }
      heads.heard({ head, signature: new Uint8Array(64) })
    }
    assert.deepEqual(heads.headsOf(who.bind.peerKey), [])
  })
})
