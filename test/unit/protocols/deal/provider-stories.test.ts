import assert from 'node:assert/strict'
import { toyEnd, toyRun } from '../../../support/deal/builders.ts'
import {
  PROVIDER_EVENTS as E,
  PROVIDER_PATHS as PATHS,
  type ProviderInput,
  providerAfter,
  stepP
} from '../../../support/deal/machine-cases.ts'

const types = (step: { effects: readonly { type: string }[] }) => step.effects.map(e => e.type)
const owed = (state: { outbox: readonly { effect: { type: string } }[] }) => state.outbox.map(p => p.effect.type)
const tick = (nowSec: number, atMs = 0): ProviderInput => ({ type: 'tick', nowSec, atMs })

describe('deal/provider-machine: stories', () => {
  it('default: from the promise to the payment, one effect at a time', () => {
    const path: [ProviderInput, string[]][] = [
      [E.prepared, ['open']],
      [E.opened, ['run']],
      [E.ran, ['publish']],
      [E.published, ['deliver']],
      [E.delivered, []],
      [E.accepted, ['settle']],
      [E.ended, ['cleanUp']],
      [E.cleaned, []]
    ]
    let state = providerAfter()
    for (const [event, effects] of path) {
      const step = stepP(state, event)
      assert.deepEqual(types(step), effects, event.type)
      state = step.state
    }
    assert.deepEqual([state.phase, owed(state)], ['settled', []])
  })

  it('behavior: a silent creator: submit at half of the window, claim after the review', () => {
    const delivering = providerAfter(...PATHS.delivering, E.delivered)
    assert.deepEqual(types(stepP(delivering, tick(149))), [])
    const submit = stepP(delivering, tick(150))
    assert.deepEqual(types(submit), ['submit'])
    assert.deepEqual(types(stepP(submit.state, tick(151))), [])
    const submitted = stepP(submit.state, E.submitted).state
    assert.deepEqual(types(stepP(submitted, tick(250))), [])
    const claim = stepP(submitted, tick(251))
    assert.deepEqual(types(claim), ['claim'])
    assert.equal(stepP(claim.state, { ...E.ended, end: toyEnd('claimed') }).state.phase, 'settled')
  })

  it('behavior: a result is still handed over while its review runs, and acceptance ends the wait', () => {
    const state = providerAfter(...PATHS.delivering, tick(150), E.submitted)
    assert.deepEqual(owed(state), ['deliver'])
    assert.deepEqual(types(stepP(state, E.accepted)), ['settle'])
  })

  it('behavior: a rejected result goes on chain at once, once', () => {
    const step = stepP(providerAfter(...PATHS.delivering), E.rejected)
    assert.deepEqual([types(step), owed(step.state)], [['submit'], ['submit']])
    assert.equal(stepP(step.state, E.rejected).state, step.state)
    // whoever was told first wins: acceptance after all
    assert.deepEqual(types(stepP(step.state, E.accepted)), ['settle'])
  })

  it('behavior: how a late deal ended is never guessed', () => {
    for (const phase of ['delivering', 'settling', 'forfeiting', 'running', 'publishing'] as const) {
      const late = stepP(providerAfter(...PATHS[phase]), tick(201))
      assert.deepEqual([late.state.phase, types(late)], [phase, ['checkEnd']])
      assert.equal(stepP(late.state, E.ended).state.phase, 'settled')
      assert.equal(stepP(late.state, { ...E.ended, end: toyEnd('timed-out') }).state.phase, 'lost')
    }
  })

  it('behavior: nothing to deliver at three quarters of the window: the deal is given back', () => {
    for (const phase of ['running', 'publishing'] as const) {
      assert.deepEqual(types(stepP(providerAfter(...PATHS[phase]), tick(174))), [])
      const step = stepP(providerAfter(...PATHS[phase]), tick(175))
      assert.equal(step.state.phase, 'forfeiting')
      assert.ok(types(step).includes('forfeit'))
    }
  })

  it('behavior: an engine error or a lost run forfeits, tells the creator and stops the run', () => {
    const running = providerAfter(...PATHS.running)
    for (const event of [{ ...E.ran, run: toyRun('engine-error') }, E.runLost]) {
      const step = stepP(running, event)
      assert.deepEqual(types(step), ['forfeit', 'tellFailed', 'cancelRun'])
      assert.deepEqual(owed(step.state), types(step))
    }
    assert.equal(stepP(running, { ...E.ran, run: toyRun('out-of-memory') }).state.phase, 'publishing')
  })

  it('behavior: inputs that do not come in time let the deal go for nothing', () => {
    assert.deepEqual(types(stepP(providerAfter(), tick(130))), [])
    const step = stepP(providerAfter(), tick(131))
    assert.deepEqual([step.state.phase, types(step)], ['released', ['tellFailed', 'cleanUp']])
  })

  it('behavior: a deal that the creator opened early is prepared on, and given back instead of let go', () => {
    const opened = stepP(providerAfter(), E.opened).state
    assert.deepEqual([opened.phase, opened.submitBySec], ['preparing', 200])
    assert.equal(stepP(opened, E.opened).state, opened)
    assert.equal(stepP(opened, tick(131)).state, opened)
    assert.deepEqual(types(stepP(opened, E.prepareFailed)), ['forfeit', 'tellFailed'])
    assert.deepEqual(types(stepP(opened, E.prepared)), ['open'])
  })

  it('behavior: cancel and drain: let go before the opening; stop the run, or give it back, after', () => {
    for (const event of [E.cancelRequested, E.drain]) {
      assert.equal(stepP(providerAfter(), event).state.phase, 'released')
      assert.equal(stepP(providerAfter(...PATHS.opening), event).state.phase, 'opening')
    }
    const cancelled = stepP(providerAfter(...PATHS.running), E.cancelRequested)
    assert.deepEqual(types(cancelled), ['cancelRun'])
    assert.equal(stepP(cancelled.state, E.cancelRequested).state, cancelled.state)
    assert.deepEqual(owed(stepP(cancelled.state, { ...E.ran, run: toyRun('cancelled') }).state), ['publish'])
    assert.equal(stepP(providerAfter(...PATHS.running), E.drain).state.phase, 'forfeiting')
  })

  it('behavior: an end that comes late, or twice, changes nothing any more', () => {
    const settled = providerAfter(...PATHS.settled)
    assert.equal(stepP(settled, { ...E.ended, end: toyEnd('timed-out') }).state, settled)
  })

  it('behavior: courtesies are given up after some tries, money never', () => {
    let state = providerAfter(...PATHS.released)
    for (let n = 1; n < 20; n++) {
      state = stepP(state, { ...E.effectFailed, effect: 'tellFailed' }).state
      state = stepP(state, tick(0, n * 60_000)).state
    }
    assert.deepEqual(owed(state), ['cleanUp'])
    let settling = providerAfter(...PATHS.settling)
    for (let n = 1; n < 100; n++) {
      settling = stepP(settling, { ...E.effectFailed, effect: 'settle' }).state
      settling = stepP(settling, tick(100, n * 60_000)).state
    }
    assert.deepEqual(owed(settling), ['settle'])
  })
})
