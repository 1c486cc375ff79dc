import assert from 'node:assert/strict'
import { PROGRESS } from '../../../../protocols/deal/creator-steps.ts'
import { MAX_ATTEMPTS, MAX_PAST, MAX_SIGNED } from '../../../../protocols/deal/creator-types.ts'
import { spread } from '../../../../protocols/deal/patience.ts'
import { creatorStart, toyAttempt, toyCandidate, toyEnd, word } from '../../../support/deal/builders.ts'
import {
  type CreatorInput,
  creatorAfter,
  CREATOR_EVENTS as E,
  CREATOR_PATHS as PATHS,
  stepC
} from '../../../support/deal/machine-cases.ts'

const types = (step: { effects: readonly { type: string }[] }) => step.effects.map(e => e.type)
const owed = (state: { outbox: readonly { effect: { type: string } }[] }) => state.outbox.map(p => p.effect.type)
const signed = (n: number, index: number, attemptNo = 0): CreatorInput => {
  const { deal, dealId, creatorSignature } = toyAttempt(n)
  return { ...E.proposalSigned, attemptNo, index, deal, dealId, signature: creatorSignature }
}
const of = (n: number) => toyAttempt(n).dealId
const refused = (n: number): CreatorInput => ({ ...E.refused, dealId: of(n) })
const ended = (kind: Parameters<typeof toyEnd>[0], n = 1): CreatorInput => ({
  ...E.ended,
  dealId: of(n),
  end: toyEnd(kind)
})

describe('deal/creator-machine: stories', () => {
  it('default: from submit to settled, one effect at a time', () => {
    const path: [CreatorInput, string[]][] = [
      [E.ranked, ['signProposal']],
      [E.proposalSigned, ['propose']],
      [E.agreed, ['follow']],
      [E.opened, []],
      [E.delivered, ['fetchResult']],
      [E.fetched, ['signResult']],
      [E.resultSigned, ['sendAccept']],
      [E.told, []],
      [E.ended, []]
    ]
    let state = creatorAfter()
    for (const [event, effects] of path) {
      const step = stepC(state, event)
      assert.deepEqual(types(step), effects, event.type)
      state = step.state
    }
    assert.equal(state.phase, 'settled')
    assert.equal(state.result?.outcome, 'exited')
    assert.deepEqual(
      state.timeline.map(m => m.phase),
      ['matching', 'proposing', 'agreed', 'running', 'fetching', 'accepted', 'settled']
    )
  })

  it('behavior: refusals lead down the ranking, then to the market and another ranking', () => {
    let state = creatorAfter(E.ranked, signed(1, 0), refused(1))
    assert.equal(state.next, 1)
    state = [signed(2, 1), refused(2), signed(3, 2)].reduce((s, e) => stepC(s, e).state, state)
    const step = stepC(state, { ...refused(3), atMs: 1_000 })
    assert.deepEqual(
      [step.state.phase, types(step), owed(step.state)],
      ['matching', ['announce'], ['announce', 'rank']]
    )
    const again = 1_000 + spread('job', 1, 500)
    assert.deepEqual(types(stepC(step.state, { ...E.tick, atMs: again - 1 })), [])
    assert.deepEqual(types(stepC(step.state, { ...E.tick, atMs: again })), ['rank'])
  })

  it('behavior: with nobody left to ask, the book is looked at less and less often, and once somebody was asked soon again', () => {
    const nobody: CreatorInput = { ...E.ranked, candidates: [] }
    let state = creatorStart().state
    for (const [i, windowMs] of [500, 1_000, 2_000, 2_000, 2_000].entries()) {
      state = stepC(state, nobody).state
      const waitMs = state.outbox.find(p => p.effect.type === 'rank')?.notBeforeMs ?? 0
      assert.equal(waitMs, spread('job', i + 1, windowMs))
      state = stepC(state, { ...E.tick, atMs: waitMs }).state
    }
    const asked = [E.ranked, signed(1, 0), refused(1), signed(2, 1), refused(2), signed(3, 2), refused(3)]
    const after = asked.reduce((s, e) => stepC(s, e).state, state)
    assert.equal(after.outbox.find(p => p.effect.type === 'rank')?.notBeforeMs, spread('job', 6, 500))
  })

  it('behavior: while somebody has no room the search goes on, up to twenty times as long', () => {
    const full = (atMs: number, n: number, reason = 'no-room') =>
      ({ ...E.refused, dealId: of(n), atMs, reason }) as const
    const first = creatorAfter(E.ranked, signed(1, 0), full(9_000, 1))
    assert.deepEqual([first.fullSinceMs, first.matchUntilMs], [9_000, 19_000])
    const other = creatorAfter(E.ranked, signed(1, 0), full(9_000, 1, 'infeasible'))
    assert.deepEqual([other.fullSinceMs, other.matchUntilMs], [undefined, 10_000])
    const later = [signed(2, 1), full(205_000, 2)].reduce((s, e) => stepC(s, e).state, first)
    assert.equal(later.matchUntilMs, 209_000)
    assert.equal(stepC(stepC(later, signed(3, 2)).state, full(209_000, 3)).state.closing, 'unmatched')
  })

  it('behavior: an answer that makes no sense passes the candidate over', () => {
    const state = creatorAfter(E.ranked, signed(1, 0), { ...E.effectFailed, effect: 'propose' })
    assert.equal(state.next, 1)
    assert.equal(state.refusals[0]?.reason, 'bad-reply')
  })

  it('behavior: a provider that did not answer opens after all, and is the one', () => {
    const state = creatorAfter(
      E.ranked,
      signed(1, 0),
      refused(1),
      signed(2, 1),
      { ...E.agreed, dealId: of(2) },
      E.opened
    )
    assert.deepEqual([state.phase, state.attempt?.dealId], ['running', of(1)])
    assert.equal(state.attempt?.deal.nonce, 1n)
  })

  it('behavior: a deal that is adopted is in one place, so nothing that is noted of it gets lost', () => {
    const adopted = creatorAfter(E.ranked, signed(1, 0), refused(1), signed(2, 1), E.opened, E.delivered)
    assert.deepEqual([adopted.attempt?.dealId, adopted.phase], [of(1), 'fetching'])
    const seenAgain = stepC(adopted, { ...E.opened, transaction: word(77), submitBySec: 201 }).state
    assert.equal(seenAgain.attempt?.delivery, adopted.attempt?.delivery)
    assert.equal(seenAgain.attempt?.openTransaction, word(77))
    assert.ok(seenAgain.signed.every(a => a.dealId !== of(1)))
  })

  it('behavior: a candidate that a sibling took is passed over, and what was signed for it goes nowhere', () => {
    const state = creatorAfter(E.ranked)
    const step = stepC(state, E.taken)
    assert.deepEqual([step.state.phase, step.state.next, types(step)], ['proposing', 1, ['signProposal']])
    assert.equal(step.state.attempt, undefined)
    // an answer for the candidate before, or of an earlier attempt, means nothing
    assert.equal(stepC(step.state, E.taken).state, step.state)
    assert.equal(stepC(step.state, { ...E.taken, index: 1, attemptNo: 1 }).state, step.state)
    const last = stepC(stepC(step.state, { ...E.taken, index: 1 }).state, { ...E.taken, index: 2 })
    assert.deepEqual([last.state.phase, owed(last.state)], ['matching', ['announce', 'rank']])
  })

  it('behavior: the opening is seen before the agreement arrives, whose signature is kept', () => {
    const state = creatorAfter(E.ranked, E.proposalSigned, E.opened, E.agreed)
    assert.deepEqual([state.phase, state.attempt?.providerSignature !== undefined], ['running', true])
  })

  it('behavior: nobody takes the job: the nonce is burnt before the end, or the proposals have expired', () => {
    const asked = creatorAfter(E.ranked, signed(1, 0))
    const late = stepC(asked, { ...E.refused, dealId: of(1), reason: 'infeasible', atMs: 10_000 })
    assert.deepEqual([late.state.phase, late.state.closing, types(late)], ['proposing', 'unmatched', ['burn']])
    assert.equal(stepC(late.state, E.burned).state.phase, 'unmatched')
    // the burn fails for good: once nothing can open any more the chain is asked, and only then the job ends
    assert.deepEqual(types(stepC(late.state, { ...E.tick, nowSec: 130 })), [])
    const check = stepC(late.state, { ...E.tick, nowSec: 131 })
    assert.deepEqual(types(check), ['checkOpened'])
    assert.equal(stepC(check.state, E.neverOpened).state.phase, 'proposing')
    assert.equal(stepC(check.state, { ...E.neverOpened, all: true }).state.phase, 'unmatched')
    // or it was opened in the last second
    assert.equal(stepC(check.state, E.opened).state.phase, 'running')
  })

  it('behavior: while a job closes it signs nothing more', () => {
    const closing = creatorAfter(E.ranked, signed(1, 0), E.cancelRequested)
    for (const event of [E.ranked, signed(1, 0), E.refused, E.cancelRequested]) {
      assert.equal(stepC(closing, event).state, closing, event.type)
    }
    const agreed = stepC(closing, E.agreed)
    assert.deepEqual([agreed.state.closing, types(agreed)], ['cancelled', ['sendCancel']])
  })

  it('behavior: agreed and never opened: the next provider gets the same nonce, and the first may still open', () => {
    const check = stepC(creatorAfter(...PATHS.agreed), { ...E.tick, nowSec: 131 })
    assert.deepEqual(types(check), ['checkOpened'])
    const again = stepC(check.state, E.neverOpened)
    assert.deepEqual(again.effects, [{ type: 'rank', freshNonce: false }])
    assert.equal(again.state.past[0]?.ended, 'never-opened')
    const next = [{ ...E.ranked, attemptNo: 1 }, signed(2, 0, 1), E.opened].reduce(
      (s, e) => stepC(s, e).state,
      again.state
    )
    assert.deepEqual([next.phase, next.attempt?.dealId], ['running', of(1)])
  })

  it(`behavior: whoever agrees and vanishes costs no attempt, ${MAX_PAST} of them end the job`, () => {
    let state = creatorAfter(...PATHS.agreed)
    for (let n = 1; n < MAX_PAST; n++) {
      state = stepC(stepC(state, { ...E.tick, nowSec: 131 }).state, { ...E.neverOpened, dealId: of(n) }).state
      assert.deepEqual([state.phase, state.past.length], ['matching', n])
      for (const event of [{ ...E.ranked, attemptNo: n }, signed(n + 1, 0, n), { ...E.agreed, dealId: of(n + 1) }]) {
        state = stepC(state, event).state
      }
      assert.equal(state.phase, 'agreed')
    }
    state = stepC(stepC(state, { ...E.tick, nowSec: 131 }).state, { ...E.neverOpened, dealId: of(MAX_PAST) }).state
    assert.deepEqual([state.closing, state.past.length], ['refunded', MAX_PAST])
  })

  it('behavior: who agrees and then does not answer at all is not waited for; should it open, that deal is the job', () => {
    let state = creatorAfter(...PATHS.agreed)
    const silent = { type: 'effectFailed', effect: 'follow', reason: 'nobody there' } as const
    for (let tries = 1; state.phase === 'agreed' && tries < 20; tries++) {
      state = stepC(state, { ...silent, atMs: tries * 60_000 }).state
      if (state.phase === 'agreed') state = stepC(state, { ...E.tick, atMs: tries * 60_000 + 30_000, nowSec: 1 }).state
    }
    assert.deepEqual([state.phase, state.past[0]?.ended, state.signed.length], ['matching', 'never-opened', 1])
    assert.equal(stepC(state, E.opened).state.phase, 'running')
    // one that answers now and then is not silent
    let answering = creatorAfter(...PATHS.agreed)
    for (let n = 0; n < 40; n++) {
      const name = n % 4 === 0 ? { name: PROGRESS } : {}
      answering = stepC(answering, { ...silent, ...name, atMs: n * 60_000 }).state
      answering = stepC(answering, { ...E.tick, atMs: n * 60_000 + 30_000, nowSec: 1 }).state
    }
    assert.equal(answering.phase, 'agreed')
    // a deal that is open is waited for, however silent its provider
    let open = creatorAfter(...PATHS.running)
    for (let tries = 0; tries < 8; tries++) open = stepC(open, { ...silent, atMs: tries * 60_000 }).state
    assert.equal(open.phase, 'running')
  })

  it('behavior: a job that ends after "never opened" burns the nonce like any other', () => {
    const state = creatorAfter(...PATHS.agreed, E.neverOpened)
    const step = stepC(state, { ...E.tick, atMs: 10_000 })
    assert.deepEqual([step.state.closing, types(step)], ['refunded', ['burn']])
    assert.equal(stepC(step.state, E.burned).state.phase, 'refunded')
  })

  for (const kind of ['timed-out', 'forfeited'] as const) {
    it(`behavior: ${kind}: another provider with a fresh nonce, at most ${MAX_ATTEMPTS} in all`, () => {
      const step = stepC(creatorAfter(...PATHS.running), ended(kind))
      assert.deepEqual(step.effects, [{ type: 'rank', freshNonce: true }])
      assert.deepEqual([step.state.signed, step.state.attempt, step.state.past.length], [[], undefined, 1])
      const last = creatorAfter(...PATHS.refunded)
      assert.deepEqual([last.phase, last.past.length], ['refunded', MAX_ATTEMPTS])
    })
  }

  it('behavior: a late result of an earlier attempt is not the next one’s', () => {
    let state = creatorAfter(...PATHS.fetching, ended('timed-out'))
    const second = [{ ...E.ranked, attemptNo: 1 }, signed(2, 0, 1), { ...E.opened, dealId: of(2) }]
    state = second.reduce((s, e) => stepC(s, e).state, state)
    state = stepC(state, { ...E.delivered, dealId: of(2) }).state
    for (const event of [E.fetched, E.resultBad, E.resultSigned]) assert.equal(stepC(state, event).state, state)
    assert.equal(state.result, undefined)
  })

  it('behavior: a rejected result is paid for by silence of the court, or its money comes back', () => {
    const rejected = creatorAfter(...PATHS.rejected)
    assert.deepEqual([stepC(rejected, ended('claimed')).state.phase, rejected.reason], ['failed', 'wrong digest'])
    const late = stepC(rejected, { ...E.tick, nowSec: 201 })
    assert.deepEqual(types(late), ['timeoutSubmit'])
    assert.equal(stepC(late.state, ended('timed-out')).state.phase, 'matching')
  })

  it('behavior: paid by the clock while the result is on its way: the result is still fetched', () => {
    const over = creatorAfter(...PATHS.fetching, ended('claimed'))
    assert.deepEqual([over.phase, owed(over)], ['fetching', ['fetchResult']])
    assert.equal(stepC(over, E.fetched).state.phase, 'settled')
    let gone = over
    for (let n = 0; gone.phase === 'fetching' && n < 10; n++) {
      gone = stepC(gone, { ...E.effectFailed, effect: 'fetchResult' }).state
      gone = stepC(gone, { ...E.tick, atMs: (n + 1) * 60_000 }).state
    }
    assert.equal(gone.phase, 'failed')
  })

  it('behavior: a verified result is kept however the money ended', () => {
    for (const kind of ['settled', 'claimed', 'timed-out', 'forfeited'] as const) {
      const state = creatorAfter(...PATHS.accepted, ended(kind))
      assert.deepEqual([state.phase, state.end?.kind, state.result !== undefined], ['settled', kind, true])
    }
  })

  it('behavior: delivered and never opened: nothing is paid, and the job ends', () => {
    const accepted = creatorAfter(E.ranked, E.proposalSigned, E.agreed, E.delivered, E.fetched, E.resultSigned)
    const check = stepC(accepted, { ...E.tick, nowSec: 131 })
    assert.deepEqual(types(check), ['checkOpened'])
    assert.equal(stepC(check.state, E.neverOpened).state.phase, 'settled')
  })

  it('behavior: the whole life of a deal was missed: its end is taken up all the same', () => {
    const state = creatorAfter(E.ranked, signed(1, 0), refused(1), signed(2, 1), ended('forfeited'))
    assert.deepEqual([state.phase, state.past.length, state.past[0]?.dealId], ['matching', 1, of(1)])
  })

  it('behavior: cancel: no further attempt in any phase, and the provider hears of it', () => {
    const running = stepC(creatorAfter(...PATHS.running), E.cancelRequested)
    assert.deepEqual(types(running), ['sendCancel'])
    assert.equal(stepC(running.state, ended('forfeited')).state.phase, 'cancelled')
    const agreed = stepC(creatorAfter(...PATHS.agreed), E.cancelRequested)
    assert.deepEqual(types(agreed), ['burn', 'sendCancel'])
    const opened = stepC(agreed.state, E.opened).state
    assert.deepEqual([opened.phase, opened.closing, owed(opened).includes('sendCancel')], ['running', undefined, true])
    assert.equal(stepC(agreed.state, E.burned).state.phase, 'cancelled')
    const never = stepC(creatorAfter(...PATHS.fetching, E.cancelRequested), ended('timed-out')).state
    assert.equal(never.phase, 'cancelled')
  })

  it('behavior: a full list of signed proposals is voided by burning the nonce, and the search goes on', () => {
    let state = creatorAfter({ ...E.ranked, candidates: Array.from({ length: 80 }, (_u, n) => toyCandidate(n)) })
    for (let i = 0; state.closing === undefined; i++) {
      const event = { ...signed(1, i), dealId: word(i + 1) } as CreatorInput
      state = stepC(stepC(state, event).state, { ...E.refused, dealId: word(i + 1) }).state
    }
    assert.deepEqual([state.closing, state.signed.length + 1, owed(state)], ['renew', MAX_SIGNED, ['burn']])
    const cancelled = stepC(state, E.cancelRequested).state
    assert.equal(stepC(cancelled, E.burned).state.phase, 'cancelled')
    const renewed = stepC(state, E.burned)
    assert.deepEqual(renewed.effects, [{ type: 'rank', freshNonce: true }])
    assert.deepEqual([renewed.state.phase, renewed.state.signed, renewed.state.attempt], ['matching', [], undefined])
  })

  it('behavior: signing that keeps failing ends with the window and says why', () => {
    let state = creatorAfter(E.ranked)
    const failed = {
      ...E.effectFailed,
      effect: 'signProposal' as const,
      reason: 'no chain',
      name: 'SettlementUnreachableError'
    }
    state = stepC(state, { ...failed, atMs: 9_000 }).state
    assert.equal(state.phase, 'proposing')
    state = stepC(state, { ...failed, atMs: 10_000 }).state
    assert.deepEqual([state.phase, state.reason, state.error], ['failed', 'no chain', 'SettlementUnreachableError'])
  })

  it('behavior: a job that its creator cannot pay for ends at once', () => {
    const state = creatorAfter(E.ranked)
    const broke = {
      ...E.effectFailed,
      effect: 'signProposal' as const,
      reason: 'no funds',
      name: 'InsufficientBalanceError'
    }
    const ended = stepC(state, { ...broke, atMs: 1 }).state
    assert.deepEqual([ended.phase, ended.error, owed(ended)], ['failed', 'InsufficientBalanceError', []])
  })

  it('behavior: each message is concluded by its own answer alone', () => {
    const state = creatorAfter(...PATHS.accepted)
    assert.equal(stepC(state, { ...E.told, effect: 'sendCancel' }).state, state)
    assert.deepEqual(owed(stepC(state, E.told).state), ['follow'])
  })
})
