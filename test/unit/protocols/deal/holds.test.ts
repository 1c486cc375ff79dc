import assert from 'node:assert/strict'
import { grant, HOLD_LIMITS, holdFor, lapse, NO_HOLDS, use } from '../../../../protocols/deal/holds.ts'
import type { JobInput } from '../../../../protocols/matching/input.ts'
import { accountOf, blockCid, digestOf, jobOffer } from '../../../support/market/make.ts'

const { afterMs, barMs, gatherMs, perProvider, useMs } = HOLD_LIMITS
const NOW = 1_000_000
const job = (creator: number, what = 'spec'): JobInput => ({
  id: digestOf(`${creator} ${what}`),
  offer: jobOffer({ account: accountOf(creator), spec: blockCid(what) })
})
const waiting = (sinceMs = NOW - afterMs, freeAtMs = NOW + 5_000) => ({ sinceMs, freeAtMs })
const never = () => false
const always = () => true

describe('deal/holds', () => {
  it('default: a job that was refused for a minute gets one, to a little after there should be room', () => {
    assert.equal(grant(NO_HOLDS, job(1), waiting(NOW - afterMs + 1), NOW), NO_HOLDS)
    const holds = grant(NO_HOLDS, job(1), waiting(), NOW)
    assert.equal(holdFor(holds, job(1))?.untilMs, NOW + 5_000 + useMs)
    assert.equal(holdFor(holds, job(1, 'other')), undefined)
  })

  it('behavior: of a proposal nothing is kept but its job offer', () => {
    const holds = grant(NO_HOLDS, { ...job(1), message: { spec: new Uint8Array(9) } } as JobInput, waiting(), NOW)
    assert.deepEqual(holds.held[0]?.job, job(1))
  })

  it('behavior: one for an account, few at a provider, and none lasts for long', () => {
    let holds = grant(NO_HOLDS, job(1), waiting(NOW - afterMs, NOW + 10 * gatherMs), NOW)
    assert.equal(holds.held[0]?.untilMs, NOW + gatherMs + useMs)
    assert.equal(grant(holds, job(1, 'other'), waiting(), NOW), holds)
    for (let creator = 2; creator <= 10; creator++) holds = grant(holds, job(creator), waiting(), NOW)
    assert.equal(holds.held.length, perProvider)
  })

  it('behavior: it lapses at its end, or when its room stays unused, and then its account is barred', () => {
    const holds = grant(NO_HOLDS, job(1), waiting(), NOW)
    assert.equal(lapse(holds, NOW, never), holds)
    const over = lapse(holds, NOW + 5_000 + useMs, never)
    assert.deepEqual([over.held, over.barred.map(b => b.account)], [[], [accountOf(1)]])

    const ready = lapse(grant(NO_HOLDS, job(1), waiting(NOW - afterMs, NOW + gatherMs), NOW), NOW, always)
    assert.equal(ready.held[0]?.readySinceMs, NOW)
    assert.equal(lapse(ready, NOW + useMs - 1, always), ready)
    assert.deepEqual(lapse(ready, NOW + useMs, always).held, [])
    // an earlier job took of its room: it gathers again
    assert.equal(lapse(ready, NOW + useMs - 1, never).held[0]?.readySinceMs, undefined)
  })

  it('behavior: whoever let one lapse gets no other for as long as one may last; whoever used it does', () => {
    const lapsed = lapse(grant(NO_HOLDS, job(1), waiting(), NOW), NOW + 5_000 + useMs, never)
    const untilMs = NOW + 5_000 + useMs + barMs
    assert.equal(grant(lapsed, job(1, 'other'), waiting(0), untilMs - 1), lapsed)
    assert.equal(grant(lapse(lapsed, untilMs, never), job(1), waiting(0), untilMs).held.length, 1)
    const used = use(grant(NO_HOLDS, job(1), waiting(), NOW), job(1))
    assert.deepEqual(used, NO_HOLDS)
    assert.equal(grant(used, job(1), waiting(), NOW).held.length, 1)
  })

  it('property: an account that asks all the time and never comes keeps room idle at most half of the time', () => {
    let holds = NO_HOLDS
    let heldMs = 0
    const spanMs = 20 * (gatherMs + barMs)
    for (let nowMs = NOW; nowMs < NOW + spanMs; nowMs += 1_000) {
      holds = lapse(holds, nowMs, never)
      for (const what of ['a', 'b', 'c']) holds = grant(holds, job(1, what), waiting(0, nowMs + 100 * gatherMs), nowMs)
      heldMs += holds.held.length * 1_000
    }
    assert.ok(heldMs > 0 && heldMs / spanMs <= (gatherMs + useMs) / (gatherMs + useMs + barMs) + 0.01)
  })
})
