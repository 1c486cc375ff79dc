import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encode } from '../../../../../protocols/common/cbor.ts'
import { UserError } from '../../../../../protocols/common/errors.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import { FrameBuilder, placed } from '../../../../../protocols/offers/sync/frame.ts'
import { SYNC_LIMITS } from '../../../../../protocols/offers/sync/limits.ts'
import * as messages from '../../../../../protocols/offers/sync/messages.ts'
import { digestOf, NOW_MS, ROUND_MS } from '../../../../support/market/make.ts'
import { check } from '../../../../support/market/property.ts'
import { unsignedHead } from '../../../../support/market/sync.ts'

const { RANGE } = messages
const EMPTY = new Uint8Array(0)
const frame = (changes: object = {}): messages.SyncFrame => ({
  ranges: [],
  offer: EMPTY,
  want: EMPTY,
  facts: [],
  done: true,
  ...changes
})
const bound = (...bytes: number[]) => new Uint8Array(bytes)
const full: messages.SyncFrame = frame({
  ranges: [
    [bound(1), RANGE.skip, EMPTY],
    [bound(1, 2), RANGE.fingerprint, new Uint8Array(16)],
    [EMPTY, RANGE.ids, digestOf('a')]
  ],
  offer: digestOf('b'),
  want: new Uint8Array(64),
  facts: [new Uint8Array(100)],
  done: false
})

describe('sync messages', () => {
  it('default: what is encoded decodes to the same', () => {
    assert.deepEqual(messages.decodeSyncFrame(messages.encodeSyncFrame(full)), full)
    const head = unsignedHead(new OfferBook({ roundMs: ROUND_MS }), NOW_MS)
    const open = { version: 1 as const, round: 7, nonce: new Uint8Array(16), head }
    assert.deepEqual(messages.decodeSyncOpen(messages.encodeSyncOpen(open)), open)
    const accept = { ...open, fingerprint: new Uint8Array(16).fill(1) }
    assert.deepEqual(messages.decodeSyncAccept(messages.encodeSyncAccept(accept)), accept)
  })

  const bad: [what: string, frame: object][] = [
    [
      'bounds that do not ascend',
      {
        ranges: [
          [bound(2), 0, EMPTY],
          [bound(2), 0, EMPTY]
        ]
      }
    ],
    [
      'a range after the end',
      {
        ranges: [
          [EMPTY, 0, EMPTY],
          [bound(2), 0, EMPTY]
        ]
      }
    ],
    ['a bound longer than a key', { ranges: [[new Uint8Array(41), 0, EMPTY]] }],
    ['a skip with data', { ranges: [[EMPTY, 0, digestOf('a')]] }],
    ['a short fingerprint', { ranges: [[EMPTY, 1, EMPTY]] }],
    ['half an id', { ranges: [[EMPTY, 2, new Uint8Array(16)]] }],
    ['an unknown kind', { ranges: [[EMPTY, 3, EMPTY]] }],
    ['half an offer', { offer: new Uint8Array(33) }],
    ['too many wants', { want: new Uint8Array(32 * (SYNC_LIMITS.ids + 1)) }],
    [
      'too many ranges',
      { ranges: Array.from({ length: SYNC_LIMITS.ranges + 1 }, (_, i) => [bound(1 + (i >> 8), i & 255), 0, EMPTY]) }
    ],
    ['a fact that is too large', { facts: [new Uint8Array(5000)] }],
    ['a frame that is too large', { facts: Array.from({ length: 20 }, () => new Uint8Array(4000)) }],
    ['an unknown key', { more: 1 }]
  ]
  for (const [what, changes] of bad) {
    it(`error: ${what}`, () => {
      assert.throws(() => messages.decodeSyncFrame(encode(frame(changes))), UserError)
    })
  }

  it('property: mutated messages are refused or decode, never crash', () => {
    const bytes = messages.encodeSyncFrame(full)
    check(
      fc.property(fc.nat(bytes.byteLength - 1), fc.nat(255), (at, value) => {
        for (const decode of [messages.decodeSyncFrame, messages.decodeSyncOpen, messages.decodeSyncAccept]) {
          try {
            decode(bytes.with(at, value))
          } catch (error) {
            if (!(error instanceof UserError)) throw error
          }
        }
      }),
      500
    )
  })

  it('behavior: a builder never makes a frame over its limits, and loses nothing it took', () => {
    const builder = new FrameBuilder()
    const group = (i: number) => [
      {
        lower: bound(1, i >> 8, i & 255),
        upper: bound(1, i >> 8, i & 255, 5),
        kind: RANGE.fingerprint,
        data: new Uint8Array(16)
      }
    ]
    let groups = 0
    while (groups < 300 && builder.addRanges(group(groups))) groups++
    let facts = 0
    while (builder.addFact(new Uint8Array(4096))) facts++
    let ids = 0
    while (builder.addWant(digestOf(`${ids}`))) ids++
    const built = builder.build(true)
    const encoded = messages.encodeSyncFrame(built)
    assert.ok(encoded.byteLength <= SYNC_LIMITS.frameBytes && encoded.byteLength > SYNC_LIMITS.frameBytes - 8192)
    const read = messages.decodeSyncFrame(encoded)
    assert.deepEqual(
      [placed(read.ranges).length, read.facts.length, messages.idsIn(read.want).length],
      [groups, facts, ids]
    )
    assert.equal(groups, 300)
  })
})
