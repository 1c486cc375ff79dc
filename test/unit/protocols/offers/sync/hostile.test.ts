import assert from 'node:assert/strict'
import { toHex } from '../../../../../protocols/common/values.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import { encodeFact, factDigest } from '../../../../../protocols/offers/fact.ts'
import type { Fact } from '../../../../../protocols/offers/schema.ts'
import { SYNC_LIMITS } from '../../../../../protocols/offers/sync/limits.ts'
import { encodeSyncFrame, idsIn, RANGE, type SyncFrame } from '../../../../../protocols/offers/sync/messages.ts'
import { SyncSession } from '../../../../../protocols/offers/sync/session.ts'
import { Snapshot } from '../../../../../protocols/offers/sync/snapshot.ts'
import * as make from '../../../../support/market/make.ts'

const { NOW_MS, ROUND_MS } = make
const who = make.identity()
const nonce = make.digestOf('nonce')
const EMPTY = new Uint8Array(0)
const VIOLATION = { name: 'SyncViolationError' }

const frame = (changes: Partial<SyncFrame> = {}): SyncFrame => ({
  ranges: [],
  offer: EMPTY,
  want: EMPTY,
  facts: [],
  done: true,
  ...changes
})
const everything = (kind: 1 | 2, data: Uint8Array) => frame({ ranges: [[EMPTY, kind, data]] })
const wrong = (i: number) => everything(RANGE.fingerprint, new Uint8Array(16).fill(i))
const fakeIds = (count: number, name = 'fake') =>
  new Uint8Array(Buffer.concat(Array.from({ length: count }, (_, i) => make.digestOf(`${name} ${i}`))))

describe('SyncSession with a hostile peer', () => {
  let facts: Fact[]
  let session: SyncSession

  before(async () => {
    facts = await Promise.all(
      Array.from({ length: 400 }, (_, i) => make.jobFact(who, { nonce: toHex(make.digestOf(`h${i}`)) }))
    )
  })
  beforeEach(() => {
    const book = new OfferBook({ roundMs: ROUND_MS, maxPerAccount: 1000 })
    for (const fact of facts) book.add(fact, NOW_MS)
    session = new SyncSession({ snapshot: new Snapshot(facts, nonce), nonce, lacks: id => !book.knows(id) })
  })

  /** Plays the same trick until the session ends; the bytes that it cost. */
  function play(trick: (round: number) => SyncFrame): { bytes: number; rounds: number; error: unknown } {
    let bytes = 0
    for (let rounds = 0; ; rounds++) {
      assert.ok(rounds <= SYNC_LIMITS.frames, 'it never ends')
      try {
        session.receive(trick(rounds))
        bytes += encodeSyncFrame(session.next()).byteLength
      } catch (error) {
        return { bytes, rounds, error }
      }
    }
  }

  it('behavior: fingerprints that never match end with the exchanges', () => {
    const { bytes, rounds, error } = play(wrong)
    assert.equal((error as Error).name, 'SyncViolationError')
    assert.ok(rounds <= SYNC_LIMITS.exchanges && bytes <= SYNC_LIMITS.exchanges * SYNC_LIMITS.frameBytes)
  })

  it('behavior: a peer that stops just before the limit, without one difference shown, is found out', () => {
    for (let i = 0; i < SYNC_LIMITS.exchanges; i++) {
      session.receive(wrong(i))
      session.next()
    }
    assert.throws(() => session.finish(), VIOLATION)
  })

  it('behavior: ranges without end are answered within one frame each, then end', () => {
    const many = () =>
      frame({
        ranges: Array.from({ length: 2000 }, (_, i) => [
          new Uint8Array([...(facts[0] ? [0, 0, 0, 1, 0xad] : []), i >> 8, i & 255]),
          RANGE.fingerprint,
          new Uint8Array(16).fill(9)
        ])
      })
    const { bytes, error } = play(many)
    assert.equal((error as Error).name, 'SyncViolationError')
    assert.ok(bytes <= SYNC_LIMITS.exchanges * SYNC_LIMITS.frameBytes)
  })

  it('behavior: asking for the same list again and again offers each fact once', () => {
    let offered = 0
    for (let i = 0; i < SYNC_LIMITS.exchanges; i++) {
      session.receive(everything(RANGE.ids, EMPTY))
      offered += idsIn(session.next().offer).length
    }
    assert.equal(offered, facts.length)
    assert.throws(() => session.receive(everything(RANGE.ids, EMPTY)), VIOLATION)
  })

  it('behavior: huge lists of ids that do not exist cost bounded wants, and the peer is found out', () => {
    let wanted = 0
    for (let i = 0; i < SYNC_LIMITS.exchanges; i++) {
      session.receive(frame({ offer: fakeIds(SYNC_LIMITS.ids, `${i}`) }))
      wanted += idsIn(session.next().want).length
    }
    assert.equal(wanted, SYNC_LIMITS.facts)
    assert.throws(() => session.finish(), VIOLATION)
  })

  const tricks: [what: string, trick: () => SyncFrame][] = [
    ['a fact that was not asked for', () => frame({ facts: [encodeFact(facts[0] as Fact)] })],
    ['asking for what was never offered', () => frame({ want: fakeIds(1) })],
    [
      'asking twice',
      () => frame({ want: new Uint8Array(Buffer.concat([factDigest(facts[0] as Fact), factDigest(facts[0] as Fact)])) })
    ],
    ['saying nothing and not being done', () => frame({ done: false })]
  ]
  for (const [what, trick] of tricks) {
    it(`error: ${what}`, () => assert.throws(() => session.receive(trick()), VIOLATION))
  }

  it('error: bytes that are no fact', () => {
    const [id] = idsIn(fakeIds(1))
    session.receive(frame({ offer: id as Uint8Array }))
    session.next()
    assert.throws(() => session.receive(frame({ facts: [new Uint8Array([1])] })), { name: 'InvalidInputError' })
  })

  it('behavior: empty frames without end', () => {
    const { rounds, error } = play(() => frame())
    assert.equal((error as Error).name, 'SyncViolationError')
    assert.ok(rounds <= 1)
  })
})
