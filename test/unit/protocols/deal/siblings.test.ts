import assert from 'node:assert/strict'
import { accountsOf, noteOf, promisedBy, stepReplica } from '../../../../protocols/deal/siblings.ts'
import { account, toyAttempt, toyEnd, word } from '../../../support/deal/builders.ts'
import {
  type CreatorInput,
  cautiousAfter,
  CREATOR_EVENTS as E,
  CREATOR_PATHS as PATHS
} from '../../../support/deal/machine-cases.ts'

const replica = (...events: CreatorInput[]) => cautiousAfter({ by: 'siblings', min: 2 }, ...events)
const signed = (n: number, index: number): CreatorInput => {
  const { deal, dealId, creatorSignature } = toyAttempt(n)
  return { ...E.proposalSigned, index, deal, dealId, signature: creatorSignature }
}
const both = [E.ranked, signed(1, 0), E.refused, signed(2, 1)]
const opened2: CreatorInput = { ...E.opened, dealId: toyAttempt(2).dealId }
const held = replica(...PATHS.running, E.delivered, E.fetched)

const SEEN = { digest: word(1), outcome: 'exited', wallMs: 5, isFree: false }

describe('deal/siblings', () => {
  it('default: whoever may still open a proposal is taken; once one is open, it alone', () => {
    assert.deepEqual(accountsOf(replica()), [])
    assert.deepEqual(accountsOf(replica(...both)), [account(1), account(2)])
    assert.deepEqual(accountsOf(replica(...both, opened2)), [account(2)])
  })

  it('behavior: who failed the job is taken, and whose result was counted stays so after the end', () => {
    const timedOut = replica(...PATHS.running, { ...E.ended, end: toyEnd('timed-out') })
    assert.deepEqual(accountsOf(timedOut), [account(1)])
    const settled = replica(...PATHS.running, E.delivered, E.fetched, E.ended)
    assert.deepEqual([settled.phase, accountsOf(settled)], ['settled', [account(1)]])
    // nothing was seen of the deal but its end
    const missed = replica(E.ranked, signed(1, 0), E.agreed, { ...E.ended, end: toyEnd('claimed') })
    assert.deepEqual([missed.phase, accountsOf(missed)], ['failed', [account(1)]])
    // every proposal was burnt: they are free
    assert.deepEqual(accountsOf(replica(...both, E.cancelRequested, E.burned)), [])
  })

  it('behavior: a proposal that was signed for a taken account never becomes one', () => {
    const event = { ...E.proposalSigned, atMs: 0 }
    const state = replica(E.ranked)
    const passed = stepReplica(state, event, new Set([account(1)])).state
    assert.deepEqual([passed.attempt, passed.next], [undefined, 1])
    assert.equal(stepReplica(state, event, new Set([account(2)])).state.attempt?.dealId, E.proposalSigned.dealId)
  })

  it('behavior: what is promised and not locked counts for the balance', () => {
    assert.equal(promisedBy(replica()), 0n)
    assert.equal(promisedBy(replica(...both)), 1_000n)
    assert.equal(promisedBy(replica(...both, opened2)), 0n)
    assert.equal(promisedBy(replica(...both, E.cancelRequested, E.burned)), 0n)
  })

  it('behavior: how a replica stands, in each of its phases', () => {
    const standing = (...events: CreatorInput[]) => noteOf(replica(...events), SEEN).standing
    assert.equal(standing(), 'looking')
    assert.equal(standing(...PATHS.running), 'busy')
    assert.equal(standing(...PATHS.running, E.cancelRequested), 'leaving')
    assert.equal(standing(...PATHS.proposing, E.cancelRequested), 'leaving')
    assert.equal(standing(...PATHS.fetching), 'busy')
    assert.equal(standing(...PATHS.fetching, E.fetched), 'held')
    assert.equal(standing(...PATHS.fetching, E.fetched, E.acceptRequested), 'ruled')
    assert.equal(standing(...PATHS.fetching, E.fetched, E.rejectRequested), 'ruled')
    assert.equal(standing(...PATHS.fetching, E.resultBad), 'ruled')
    assert.equal(standing(E.cancelRequested), 'ended')
  })

  it('behavior: a replica that was told to stop says so, also where somebody opened it in the same moment', () => {
    const stopped = replica(...PATHS.proposing, E.cancelRequested, E.opened)
    assert.deepEqual([noteOf(stopped, undefined).standing, noteOf(stopped, undefined).stopped], ['leaving', true])
    assert.equal(noteOf(held, SEEN).stopped, undefined)
  })

  it('behavior: a digest counts only with a result that is here and holds together', () => {
    assert.equal(noteOf(held, SEEN).digest, word(1))
    assert.equal(noteOf(replica(...PATHS.fetching), SEEN).digest, undefined)
    assert.equal(noteOf(replica(...PATHS.fetching, E.resultBad), SEEN).digest, undefined)
    assert.equal(noteOf(held, undefined).digest, undefined)
  })
})
