import assert from 'node:assert/strict'
import fc from 'fast-check'
import { UserError } from '../../../../protocols/common/errors.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { OfferBook } from '../../../../protocols/offers/book.ts'
import type { Fact } from '../../../../protocols/offers/schema.ts'
import * as sync from '../../../../protocols/offers/sync.ts'
import { validateFact } from '../../../../protocols/offers/validate.ts'
import * as make from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

const { NOW_MS, ROUND, ROUND_MS } = make
const who = make.identity()
const verify = (bytes: Uint8Array) => validateFact(bytes, make.context)
const bookOf = (facts: readonly Fact[]) => {
  const book = new OfferBook({ roundMs: ROUND_MS, maxPerAccount: 10_000 })
  for (const fact of facts) book.add(fact, NOW_MS)
  return book
}
const jobs = (from: number, to: number) =>
  Promise.all(
    Array.from({ length: to - from }, (_, i) => make.jobFact(who, { nonce: toHex(make.digestOf(`n${from + i}`)) }))
  )

/** A whole session over the encoded messages, as two peers would run it; counts the requests. */
async function pull(mine: OfferBook, theirs: OfferBook): Promise<number> {
  let start: Uint8Array | undefined
  for (let exchange = 1; exchange <= sync.SYNC_LIMITS.exchanges; exchange++) {
    const request = sync.syncRequest(mine, NOW_MS, start)
    const sent = sync.encodeSyncRequest(request)
    assert.ok(sent.byteLength <= sync.SYNC_LIMITS.frameBytes)
    const frames = sync.answerSync(theirs, sync.decodeSyncRequest(sent), NOW_MS).map(sync.encodeSyncFrame)
    for (const encoded of frames) {
      assert.ok(encoded.byteLength <= sync.SYNC_LIMITS.frameBytes)
      const frame = sync.decodeSyncFrame(encoded)
      const report = await sync.mergeSync(mine, frame, verify, NOW_MS)
      assert.equal(report.rejected, 0)
      if (frame.last) start = sync.nextStart(request, frame)
    }
    if (start === undefined) return exchange
  }
  return sync.SYNC_LIMITS.exchanges + 1
}

const ids = (book: OfferBook) => book.shared(NOW_MS, 0).map(make.hexId).sort()

describe('sync', () => {
  it('default: a node that joins late gets everything', async () => {
    const theirs = bookOf([await make.resourceFact(make.identity(2)), ...(await jobs(0, 150))])
    const mine = bookOf([])
    assert.equal(await pull(mine, theirs), 1)
    assert.deepEqual(ids(mine), ids(theirs))
  })

  it('default: equal books exchange nothing', async () => {
    const facts = await jobs(0, 5)
    const [a, b] = [bookOf(facts), bookOf([...facts].reverse())]
    assert.deepEqual(sync.answerSync(b, sync.syncRequest(a, NOW_MS), NOW_MS), [{ version: 1, facts: [], last: true }])
  })

  it('behavior: two halves meet after a pull each way', async () => {
    const [a, b] = [bookOf(await jobs(0, 40)), bookOf(await jobs(30, 70))]
    await pull(a, b)
    await pull(b, a)
    assert.equal(ids(a).length, 70)
    assert.deepEqual(ids(a), ids(b))
  })

  it('behavior: books larger than one request converge', async function () {
    this.timeout(20_000)
    const facts = await jobs(0, 2300)
    const [mine, theirs] = [bookOf(facts.filter((_, i) => i % 10 !== 0)), bookOf(facts)]
    assert.equal(await pull(mine, theirs), 2)
    assert.deepEqual(ids(mine), ids(theirs))
    const empty = bookOf([])
    assert.equal(await pull(empty, theirs), 2)
    assert.deepEqual(ids(empty), ids(theirs))
  })

  it('behavior: what was withdrawn is not brought back, and the withdrawal spreads', async () => {
    const [offer] = await jobs(0, 1)
    assert.ok(offer !== undefined)
    const gone = await make.withdrawalFact(who, offer.id)
    const [mine, theirs] = [bookOf([offer, gone]), bookOf([offer])]
    await pull(mine, theirs)
    await pull(theirs, mine)
    assert.deepEqual([mine.live(NOW_MS, 'job'), theirs.live(NOW_MS, 'job')], [[], []])
  })

  it('behavior: a proof of equivocation spreads', async () => {
    const twins = [await make.resourceFact(who), await make.resourceFact(who, { tickets: 3 })]
    const mine = bookOf(twins.slice(0, 1))
    await pull(mine, bookOf(twins))
    assert.deepEqual(mine.banned, [who.account])
  })

  it('behavior: facts about to expire stay out', async () => {
    const theirs = bookOf([await make.jobFact(who, { untilRound: ROUND + 39 }), ...(await jobs(1, 2))])
    const [frame] = sync.answerSync(theirs, sync.syncRequest(bookOf([]), NOW_MS), NOW_MS)
    assert.equal(frame?.facts.length, 1)
  })

  it('behavior: the first provably bad fact ends the merge', async () => {
    const good = sync.answerSync(bookOf(await jobs(0, 2)), sync.syncRequest(bookOf([]), NOW_MS), NOW_MS)[0]
    const facts = [new Uint8Array([1]), ...(good?.facts ?? [])]
    const report = await sync.mergeSync(bookOf([]), { version: 1, facts, last: true }, verify, NOW_MS)
    assert.deepEqual(report, { added: 0, known: 0, ignored: 0, rejected: 1 })
  })

  it('error: a cursor that does not move forward', () => {
    const request = sync.syncRequest(bookOf([]), NOW_MS)
    const stuck = { version: 1, facts: [], last: true, next: request.start } as const
    assert.throws(() => sync.nextStart(request, { ...stuck, facts: [] }), { name: 'InvalidInputError' })
  })

  it('property: mutated messages are refused or decode, never crash', async () => {
    const book = bookOf(await jobs(0, 3))
    const request = sync.encodeSyncRequest(sync.syncRequest(book, NOW_MS))
    const [frame] = sync.answerSync(book, sync.syncRequest(bookOf([]), NOW_MS), NOW_MS).map(sync.encodeSyncFrame)
    assert.ok(frame !== undefined)
    for (const [bytes, decode] of [
      [request, (b: Uint8Array) => sync.answerSync(book, sync.decodeSyncRequest(b), NOW_MS)],
      [frame, sync.decodeSyncFrame]
    ] as const) {
      check(
        fc.property(fc.nat(bytes.byteLength - 1), fc.nat(255), (at, value) => {
          try {
            decode(bytes.with(at, value))
          } catch (error) {
            if (!(error instanceof UserError)) throw error
          }
        }),
        300
      )
    }
  })
})
