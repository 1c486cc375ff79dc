import assert from 'node:assert/strict'
import { toHex } from '../../../../protocols/common/values.ts'
import { outcomeDigest } from '../../../../protocols/job/digest.ts'
import type { MediatorState } from '../../../../protocols/mediation/mediator-types.ts'
import {
  LOOKS,
  MEDIATOR_EVENTS,
  MEDIATOR_PATHS,
  type MediatorInput,
  mediatorAfter,
  stepM,
  TERMS,
  VOTE_BY
} from '../../../support/mediation/mediator-cases.ts'

const e = MEDIATOR_EVENTS
const at = (nowSec: number, atMs = nowSec * 1000): MediatorInput => ({ type: 'tick', nowSec, atMs })
const owed = (state: MediatorState) => state.outbox.map(p => p.effect.type)
const unavailable: MediatorInput = {
  type: 'effectFailed',
  effect: 'prepare',
  reason: 'nobody has it',
  name: 'ContentUnavailableError'
}

describe('mediation/mediator-machine: stories', () => {
  it('default: drawn, run, committed, revealed, paid', () => {
    const state = mediatorAfter(...MEDIATOR_PATHS.paid)
    assert.deepEqual(
      state.timeline.map(m => m.phase),
      ['summoned', 'waiting', 'preparing', 'running', 'committing', 'committed', 'revealing', 'revealed', 'paid']
    )
    assert.deepEqual([state.vote?.outcome, state.paid, owed(state)], ['exited', 5n, ['cleanUp']])
  })

  it('behavior: work begins before the vote window; the commit waits for it', () => {
    const early = mediatorAfter(e.read, LOOKS.drawing, e.admitted, e.prepared, e.ran)
    assert.deepEqual([early.phase, owed(early)], ['committing', []])
    assert.deepEqual(owed(stepM(early, LOOKS.voting).state), ['commit'])
  })

  it('behavior: so does declining', () => {
    const early = mediatorAfter(e.read, LOOKS.drawing, e.admitted, e.cannot)
    assert.deepEqual([early.phase, owed(early)], ['declining', ['abandon']])
    assert.deepEqual(owed(stepM(early, LOOKS.voting).state), ['abandon', 'decline'])
  })

  it('behavior: a run that took more than half of the limit accepts a timeout', () => {
    for (const [wallMs, orTimeout] of [
      [30_000, false],
      [30_001, true]
    ] as const) {
      assert.equal(mediatorAfter(...MEDIATOR_PATHS.running, { ...e.ran, wallMs }).vote?.orTimeout, orTimeout)
    }
  })

  it('behavior: a deal that does not follow from its specification is voted down', () => {
    const { phase, vote } = mediatorAfter(...MEDIATOR_PATHS.preparing, e.invalid)
    assert.deepEqual(
      [phase, vote],
      ['committing', { digest: toHex(outcomeDigest('invalid')), orTimeout: false, outcome: 'invalid' }]
    )
  })

  it('behavior: inputs that nobody has are waited for until half of the vote window is over', () => {
    const failed = mediatorAfter(...MEDIATOR_PATHS.preparing, unavailable)
    assert.deepEqual([failed.phase, owed(failed), failed.unavailable], ['preparing', ['prepare'], true])
    assert.equal(stepM(failed, at(VOTE_BY - 91)).state.phase, 'preparing')
    const { state } = stepM(failed, at(VOTE_BY - 90))
    assert.deepEqual([state.phase, state.vote?.digest], ['committing', toHex(outcomeDigest('unavailable'))])
  })

  it('behavior: inputs that come late are used; another failure says nothing of them', () => {
    const failed = mediatorAfter(...MEDIATOR_PATHS.preparing, unavailable)
    assert.equal(stepM(failed, e.prepared).state.unavailable, undefined)
    const other = stepM(failed, { type: 'effectFailed', effect: 'prepare', reason: 'disk' }).state
    assert.equal(stepM(other, at(VOTE_BY - 30)).state.phase, 'preparing')
    assert.equal(stepM(other, at(VOTE_BY - 9)).state.phase, 'absent')
  })

  it('behavior: without a free place the seat is given to another, while there is time for that', () => {
    const waiting = mediatorAfter(...MEDIATOR_PATHS.waiting)
    assert.equal(stepM(waiting, at(1_044)).state.phase, 'waiting')
    const { state, effects } = stepM(waiting, at(1_045))
    assert.deepEqual([state.phase, state.declines, effects], ['declining', 'no-room', [{ type: 'decline' }]])
  })

  it('behavior: who cannot decline any more serves, if a place was all that lacked', () => {
    const declining = stepM(mediatorAfter(...MEDIATOR_PATHS.waiting), at(1_045)).state
    const { state } = stepM(declining, e.cannotDecline)
    assert.deepEqual([state.phase, state.mustServe, owed(state)], ['waiting', true, []])
    assert.equal(stepM(state, at(1_050)).state.phase, 'waiting')
    assert.equal(stepM(state, e.admitted).state.phase, 'preparing')
    assert.equal(stepM(stepM(state, e.admitted).state, e.cannot).state.phase, 'absent')
  })

  it('behavior: an engine that fails is tried three times', () => {
    const failed: MediatorInput = { type: 'effectFailed', effect: 'run', reason: 'the engine failed' }
    let state = mediatorAfter(...MEDIATOR_PATHS.running)
    for (let i = 0; i < 2; i++) {
      state = stepM(state, failed).state
      assert.deepEqual([state.phase, owed(state)], ['running', ['run']])
      const tried = stepM(state, at(1_010, 1_000_000 * (i + 1)))
      assert.deepEqual(tried.effects, [{ type: 'run' }])
      state = tried.state
    }
    state = stepM(state, failed).state
    assert.deepEqual([state.phase, state.declines], ['declining', 'engine-failed'])
  })

  it('behavior: a run that the vote window ends is a timeout once it took longer than the limit', () => {
    const running = mediatorAfter(...MEDIATOR_PATHS.waiting, e.admitted, { ...e.prepared, atMs: 0 })
    const long = stepM(running, at(VOTE_BY - 9, 60_001)).state
    assert.deepEqual(
      [long.phase, long.vote?.digest, owed(long)],
      ['committing', toHex(outcomeDigest('timeout')), ['abandon', 'commit']]
    )
    const short = stepM(running, at(VOTE_BY - 9, 60_000)).state
    assert.deepEqual([short.phase, short.vote, owed(short)], ['absent', undefined, ['abandon']])
  })

  it('behavior: after a restart the time of a run counts anew', () => {
    const running = mediatorAfter(...MEDIATOR_PATHS.waiting, e.admitted, { ...e.prepared, atMs: 0 })
    const again = stepM(running, { type: 'restarted', atMs: 50_000 }).state
    assert.equal(stepM(again, at(VOTE_BY - 9, 60_001)).state.phase, 'absent')
  })

  it('behavior: an answer that was lost is asked of the court', () => {
    const lost = stepM(mediatorAfter(...MEDIATOR_PATHS.committing), {
      type: 'effectFailed',
      effect: 'commit',
      reason: 'no answer'
    }).state
    assert.equal(stepM(lost, LOOKS.committed).state.phase, 'committed')
    const retried = stepM(lost, at(1_100, 10_000))
    assert.deepEqual(retried.effects, [{ type: 'commit' }])
  })

  it('behavior: a commit that a reorg took back is made again, the same', () => {
    const sent = stepM(mediatorAfter(...MEDIATOR_PATHS.committing), { type: 'sent', effect: 'commit' }).state
    assert.deepEqual(owed(sent), [])
    const { state, effects } = stepM(sent, LOOKS.voting)
    assert.deepEqual([effects, state.vote], [[{ type: 'commit' }], sent.vote])
  })

  it('behavior: after a reorg the verdict is given from the new place', () => {
    const moved = { type: 'redrawn', round: 0, member: 2, seat: 9 } as const
    const { state } = stepM(mediatorAfter(...MEDIATOR_PATHS.committed), moved)
    assert.deepEqual([state.phase, state.seat, state.vote?.outcome, owed(state)], ['committing', 9, 'exited', []])
    assert.deepEqual(owed(stepM(state, LOOKS.voting).state), ['commit'])
    assert.equal(stepM(mediatorAfter(...MEDIATOR_PATHS.running), moved).state.phase, 'running')
    assert.equal(stepM(mediatorAfter(...MEDIATOR_PATHS.absent), moved).state.phase, 'waiting')
  })

  it('error: a commit that this journal does not know is said to be lost', () => {
    const state = mediatorAfter(e.read, LOOKS.foreign)
    assert.equal(state.phase, 'absent')
    assert.match(state.reason ?? '', /journal does not know/)
    assert.equal(stepM(state, { ...e.ended, lost: 300n }).state.phase, 'slashed')
  })

  it('behavior: shutting down in mid-run gives the seat back; with the vote chosen it goes on', () => {
    const running = stepM(mediatorAfter(...MEDIATOR_PATHS.running), e.drain).state
    assert.deepEqual(
      [running.phase, running.declines, owed(running)],
      ['declining', 'draining', ['abandon', 'decline']]
    )
    assert.equal(stepM(mediatorAfter(...MEDIATOR_PATHS.committing), e.drain).state.phase, 'committing')
    assert.equal(stepM(mediatorAfter(e.read), e.drain).state.phase, 'waiting')
  })

  it('behavior: a dispute that is gone is looked up in its history', () => {
    const { state, effects } = stepM(mediatorAfter(...MEDIATOR_PATHS.revealed), LOOKS.gone)
    assert.deepEqual(effects, [{ type: 'account' }])
    // a lagging node showed nothing: the dispute is there after all
    assert.deepEqual(owed(stepM(state, LOOKS.revealed).state), [])
  })

  it('behavior: the windows of the stories are those of the deal', () => assert.equal(TERMS.voteWindow, 180))
})
