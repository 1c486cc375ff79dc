import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cidFromDigest } from '../../../../protocols/common/cbor.ts'
import { UserError } from '../../../../protocols/common/errors.ts'
import {
  DEAL_LIMITS,
  decodeRefusal,
  decodeReply,
  decodeRequest,
  encodeRefusal,
  encodeReply,
  encodeRequest,
  PROVIDER_STEPS,
  REFUSAL_REASONS,
  type Reply,
  type Request
} from '../../../../protocols/deal/messages.ts'
import { decodeLogsReply, decodeLogsRequest, encodeLogsReply } from '../../../../protocols/logs/messages.ts'
import { account, signature, toyDeal, toyDelivery, word } from '../../../support/deal/builders.ts'

const cid = cidFromDigest(new Uint8Array(32).fill(1))
const bytes = (n: number) => new Uint8Array(n).fill(7)
const PROPOSE: Extract<Request, { type: 'propose' }> = {
  type: 'propose',
  jobOffer: bytes(10),
  spec: bytes(20),
  certificate: bytes(30),
  offer: cid,
  deal: toyDeal({ price: 2n ** 96n - 1n, nonce: 2n ** 256n - 1n, collateral: 0n }),
  signature: signature(1)
}
const deal = word(1)
const REQUESTS: Request[] = [
  PROPOSE,
  { ...PROPOSE, hold: true },
  { type: 'status', deal },
  { type: 'accept', deal, signature: signature(2) },
  { type: 'reject', deal, reason: 'wrong digest' },
  { type: 'cancel', deal },
  { type: 'deliver', deal, delivery: toyDelivery(deal) },
  { type: 'failed', deal, reason: '' }
]
const REPLIES: Reply[] = [
  { type: 'agree', signature: signature(3) },
  { type: 'refuse', refusal: { body: bytes(100), signature: bytes(64) }, evidence: [bytes(5), bytes(6)] },
  { type: 'ok' },
  ...PROVIDER_STEPS.map((step): Reply => ({ type: 'status', step })),
  { type: 'status', step: 'preparing', progress: { what: 'image', doneBytes: 2 ** 33, totalBytes: 2 ** 34 } },
  { type: 'status', step: 'delivering', reason: 'waiting', delivery: toyDelivery(deal) }
]
const REFUSAL = { version: 1, job: cid, provider: account(1), detail: 'full', round: 9 } as const

describe('deal/messages', () => {
  it('default: every message comes back as it went', () => {
    for (const request of REQUESTS) assert.deepEqual(decodeRequest(encodeRequest(request)), request)
    for (const reply of REPLIES) assert.deepEqual(decodeReply(encodeReply(reply)), reply)
    for (const reason of REFUSAL_REASONS) {
      const body = { ...REFUSAL, reason, freeAtMs: 5, holdUntilMs: 6 }
      assert.deepEqual(decodeRefusal(encodeRefusal(body)), body)
    }
  })

  it('error: each part has its limit', () => {
    const tooMuch: Request[] = [
      { ...PROPOSE, certificate: bytes(DEAL_LIMITS.certificateBytes + 1) },
      { ...PROPOSE, hold: false as unknown as true },
      { ...PROPOSE, spec: bytes(64 * 1024 + 1) },
      { ...PROPOSE, jobOffer: bytes(4 * 1024 + 1) },
      { ...PROPOSE, deal: toyDeal({ price: 2n ** 96n }) },
      { ...PROPOSE, deal: { ...toyDeal(), committee: 5 as 3 } },
      { type: 'failed', deal, reason: 'x'.repeat(301) },
      { type: 'failed', deal, reason: '\u0000' },
      { type: 'accept', deal, signature: '0x12' }
    ]
    for (const message of tooMuch) assert.throws(() => encodeRequest(message), { name: 'InvalidInputError' })
    const evidence = Array.from({ length: DEAL_LIMITS.evidence + 1 }, () => bytes(1))
    const refusal = { body: bytes(1), signature: bytes(64) }
    assert.throws(() => encodeReply({ type: 'refuse', refusal, evidence }), { name: 'InvalidInputError' })
    assert.throws(() => decodeRequest(bytes(DEAL_LIMITS.requestBytes + 1)), { name: 'TooLargeError' })
    assert.throws(() => decodeReply(bytes(DEAL_LIMITS.replyBytes + 1)), { name: 'TooLargeError' })
  })

  it('behavior: the largest honest messages fit', () => {
    const spec = bytes(64 * 1024)
    const certificate = bytes(DEAL_LIMITS.certificateBytes)
    const largest = { ...PROPOSE, spec, certificate, jobOffer: bytes(4 * 1024) }
    assert.deepEqual(decodeRequest(encodeRequest(largest)), largest)
    const evidence = Array.from({ length: DEAL_LIMITS.evidence }, () => bytes(4 * 1024))
    const refuse: Reply = { type: 'refuse', refusal: { body: bytes(1024), signature: bytes(64) }, evidence }
    assert.deepEqual(decodeReply(encodeReply(refuse)), refuse)
  })

  it('error: garbage is refused with a typed error, whatever it is', () => {
    const decoders = [decodeRequest, decodeReply, decodeRefusal, decodeLogsRequest, decodeLogsReply]
    const check = (garbage: Uint8Array) => {
      for (const decode of decoders) {
        try {
          decode(garbage)
        } catch (error) {
          assert.ok(error instanceof UserError, String(error))
        }
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check), { numRuns: 2_000 })
    const honest = [
      ...REQUESTS.map(encodeRequest),
      ...REPLIES.map(encodeReply),
      encodeRefusal({ ...REFUSAL, reason: 'no-room' }),
      encodeLogsReply({ chunks: [{ seq: 0, stream: 'stderr', bytes: bytes(9) }], done: false })
    ]
    const mutation = fc.record({ of: fc.constantFrom(...honest), at: fc.nat(), to: fc.nat(255), cut: fc.nat(4) })
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 1 }), fc.array(fc.nat()), ([m], more) => {
        if (m === undefined) return
        const mutant = Uint8Array.from(m.of.subarray(0, m.of.byteLength - m.cut))
        for (const at of [m.at, ...more]) mutant[at % mutant.byteLength] = m.to
        check(mutant)
      }),
      { numRuns: 2_000 }
    )
  })

  it('error: deep nesting and huge claimed lengths end at once', () => {
    const deep = new Uint8Array(60_000).fill(0x81)
    const huge = Uint8Array.of(0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
    for (const hostile of [deep, huge]) assert.throws(() => decodeRequest(hostile), { name: 'NonCanonicalError' })
  })
})
