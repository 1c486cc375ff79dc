import assert from 'node:assert/strict'
import { toyAttempt, toyEnd, word } from '../../../support/deal/builders.ts'
import {
  type CreatorInput,
  cautiousAfter,
  creatorAfter,
  CREATOR_EVENTS as E,
  CREATOR_PATHS as PATHS,
  stepC
} from '../../../support/deal/machine-cases.ts'

const types = (step: { effects: readonly { type: string }[] }) => step.effects.map(e => e.type)
const owed = (state: { outbox: readonly { effect: { type: string } }[] }) => state.outbox.map(p => p.effect.type)
const _signed = (n: number, index: number, attemptNo = 0): CreatorInput => {
  const { deal, dealId, creatorSignature } = toyAttempt(n)
  return { ...E.proposalSigned, attemptNo, index, deal, dealId, signature: creatorSignature }
}
const of = (n: number) => toyAttempt(n).dealId
const _refused = (n: number): CreatorInput => ({ ...E.refused, dealId: of(n) })
const ended = (kind: Parameters<typeof toyEnd>[0], n = 1): CreatorInput => ({
  ...E.ended,
  dealId: of(n),
  end: toyEnd(kind)
})

describe('deal/creator-machine: checks and disputes', () => {
  const SPOT = { by: 'spot', perMille: 1_000, secret: word(1) } as const
  const upToResult = [E.ranked, E.proposalSigned, E.agreed, E.opened, E.delivered, E.fetched]
  const resolved = (toProvider: bigint): CreatorInput => ({
    ...E.ended,
    end: { ...toyEnd('resolved'), toProvider, toCreator: 1_000n }
  })

  it('behavior: a spot check that agrees accepts', () => {
    const state = cautiousAfter(SPOT, ...upToResult)
    assert.deepEqual([state.phase, owed(state)], ['checking', ['follow', 'runAgain']])
    const { differs: _differs, ...same } = E.ranAgain
    const step = stepC(state, { ...same, note: 'the same' })
    assert.deepEqual([types(step), step.state.checked], [['signResult'], 'the same'])
  })

  it('behavior: a spot check that differs goes to the court as soon as the result is on chain', () => {
    const rejected = cautiousAfter(SPOT, ...upToResult, E.ranAgain)
    assert.deepEqual([rejected.phase, rejected.dispute?.reason], ['rejected', 'another result'])
    const submitted = stepC(rejected, E.reviewBegan)
    assert.deepEqual(types(submitted), ['challenge'])
    assert.deepEqual(types(stepC(submitted.state, E.reviewBegan)), [])
    const disputed = stepC(submitted.state, E.challenged)
    assert.deepEqual([disputed.state.phase, types(disputed)], ['disputed', ['pursue']])
    const won = stepC(disputed.state, resolved(0n)).state
    assert.deepEqual([won.phase, won.reason?.includes('another result')], ['refunded', true])
    const lost = stepC(disputed.state, resolved(1_401n)).state
    assert.deepEqual([lost.phase, lost.result !== undefined], ['settled', true])
  })

  it('behavior: a result that is on chain already is challenged at once', () => {
    const step = stepC(cautiousAfter(SPOT, ...upToResult, E.reviewBegan), E.ranAgain)
    assert.deepEqual(types(step), ['sendReject', 'challenge'])
  })

  it('behavior: a provider that does not even submit loses by the clock', () => {
    const rejected = cautiousAfter(SPOT, ...upToResult, E.ranAgain)
    assert.deepEqual(types(stepC(rejected, { ...E.tick, nowSec: 201 })), ['timeoutSubmit'])
    const submitted = stepC(rejected, E.reviewBegan).state
    assert.deepEqual(types(stepC(submitted, { ...E.tick, nowSec: 201 })), [])
  })

  it('behavior: a replica waits for its siblings, with a committee or without', () => {
    for (const committee of [0, 3] as const) {
      const { deal, dealId, creatorSignature } = toyAttempt(1, { committee })
      const path = [E.ranked, { ...E.proposalSigned, deal, dealId, signature: creatorSignature }, E.opened, E.delivered]
      const held = cautiousAfter({ by: 'siblings', min: 2 }, ...path, E.fetched)
      assert.deepEqual([held.phase, owed(held)], ['reviewing', ['follow']])
      assert.deepEqual(types(stepC(held, E.acceptRequested)), ['signResult'])
      const { state, effects } = stepC(held, E.rejectRequested)
      assert.deepEqual([state.phase, effects.map(e => e.type)], ['rejected', ['sendReject']])
      assert.equal(state.dispute !== undefined, committee === 3)
    }
  })

  it('behavior: an owner may accept, refuse, or let silence do it', () => {
    const state = cautiousAfter({ by: 'owner' }, ...upToResult)
    assert.deepEqual([state.phase, owed(state)], ['reviewing', ['follow']])
    assert.deepEqual(types(stepC(state, E.acceptRequested)), ['signResult'])
    assert.deepEqual(types(stepC(state, E.disputeRequested)), ['sendReject'])
    assert.equal(stepC(state, ended('claimed')).state.phase, 'settled')
  })

  it('behavior: what was accepted cannot be disputed, nor what has no committee', () => {
    const accepted = creatorAfter(...PATHS.accepted)
    assert.equal(stepC(accepted, E.disputeRequested).state, accepted)
    const { deal, dealId, creatorSignature } = toyAttempt(1)
    const bare = { ...E.proposalSigned, deal, dealId, signature: creatorSignature }
    const state = cautiousAfter(SPOT, E.ranked, bare, E.agreed, E.opened, E.delivered, E.fetched)
    assert.equal(stepC(state, E.disputeRequested).state, state)
    // the check still says no; it only has nobody to turn to
    const step = stepC(state, E.ranAgain)
    assert.deepEqual([step.state.phase, step.state.dispute], ['rejected', undefined])
  })
})
