import assert from 'node:assert/strict'
import { groupView } from '../../../../node/api/replicas-view.ts'
import { groupWhy } from '../../../../node/api/replicas-why.ts'
import type { WhyView } from '../../../../node/http/views.ts'
import type { MachineRecord } from '../../../../node/journal/journal.ts'
import type { CreatorState } from '../../../../protocols/deal/creator-types.ts'
import type { GroupState } from '../../../../protocols/deal/replicas-types.ts'
import { toyAttempt, toyEnd } from '../../../support/deal/builders.ts'
import {
  GROUP_EVENTS as G,
  GROUP_PATHS,
  type GroupInput,
  groupAfter,
  held,
  over,
  sizedAfter
} from '../../../support/deal/group-cases.ts'
import { type CreatorInput, cautiousAfter, CREATOR_EVENTS as E } from '../../../support/deal/machine-cases.ts'

const record = (...events: GroupInput[]): MachineRecord<GroupState> => {
  const state = groupAfter(...events)
  return { seq: 7, id: state.jobId, kind: 'x', state, version: 1, done: false, createdAt: 0, updatedAt: 5 }
}
const replica = (...events: CreatorInput[]): CreatorState => cautiousAfter({ by: 'siblings', min: 2 }, ...events)
const running = [E.ranked, E.proposalSigned, { ...E.agreed, atMs: 3 }, { ...E.opened, atMs: 4 }]
const { dealId } = toyAttempt(1)
const waiting = replica(...running, { ...E.delivered, atMs: 8 }, { ...E.fetched, atMs: 9 })

describe('api/replicas-view', () => {
  it('default: a job is as far as the first of its replicas, and costs what all of them do', () => {
    const view = groupView(record(G.begun), [replica(), waiting, replica(...running)])
    assert.deepEqual(view.phases, [
      { state: 'matching', at: 0 },
      { state: 'agreed', at: 3 },
      { state: 'running', at: 4 },
      { state: 'results', at: 8 },
      { state: 'checking', at: 9 }
    ])
    assert.deepEqual([view.state, view.price, view.quorum, view.updatedAt], ['checking', '2000', 2, 9])
    assert.deepEqual(
      view.replicas?.map(r => [r.replica, r.state, r.deal, r.agrees]),
      [
        [0, 'matching', undefined, undefined],
        [1, 'checking', dealId, undefined],
        [2, 'running', dealId, undefined]
      ]
    )
  })

  it('behavior: without agreement it waits for its owner only where the court could be asked', () => {
    assert.equal(groupView(record(...GROUP_PATHS.split), [waiting]).state, 'review')
    const without = [G.begun, held(0, 1, { committee: false }), over(1, 'unmatched'), over(2, 'unmatched')]
    assert.equal(groupView(record(...without), [waiting]).state, 'settling')
    const onChain = replica(...running, E.delivered, E.fetched, E.reviewBegan)
    assert.equal(groupView(record(...GROUP_PATHS.split), [onChain]).reviewBy, 300_000)
  })

  it('behavior: a result whose outvoted sibling the court found right is not to be trusted', () => {
    const done = record(G.begun, held(0, 1), held(1, 1), held(2, 9), G.placed, over(0, 'settled'), over(1, 'settled'))
    const paid = { ...toyEnd('resolved'), toProvider: 5n }
    const disputed = [...running, E.delivered, E.fetched, E.rejectRequested, E.reviewBegan, E.challenged]
    const right = replica(...disputed, { ...E.ended, end: paid })
    assert.equal(groupView(done, [waiting, waiting, waiting]).reason, undefined)
    assert.match(groupView(done, [waiting, waiting, right]).reason ?? '', /found replica 2 right, which was outvoted/)
  })

  it('behavior: the odd one of a container is told from the others, paid all the same, and what to do is said', () => {
    const box = (i: number, digest: number, isFree = false) =>
      held(i, digest, { committee: false, outcome: 'exited', isFree })
    const boxed = (...events: GroupInput[]) => ({
      ...record(),
      state: sizedAfter({ engine: 'docker' }, G.begun, ...events)
    })
    const done = boxed(box(0, 1), box(1, 1), box(2, 9))
    const paid = replica(...running, E.delivered, E.fetched, E.acceptRequested)
    const view = groupView(done, [paid, paid, paid])
    assert.deepEqual(
      view.replicas?.map(r => [r.agrees, r.reason]),
      [
        [true, undefined],
        [true, undefined],
        [false, 'paid all the same: nobody can prove that a container came to the wrong result']
      ]
    )
    const free = groupView(boxed(box(0, 1), box(1, 1), box(2, 9, true)), [paid, paid, paid])
    assert.deepEqual([free.replicas?.[2]?.agrees, free.replicas?.[2]?.reason], [false, undefined])
    const whyOf = (): WhyView => ({
      ...{ id: 'x', state: 'done', counts: [], nearest: [], attempts: [] },
      summary: 'it is paid'
    })
    assert.match(
      groupWhy(done, [paid, paid, paid], whyOf).summary,
      /1: it is paid; replica 2: it is paid; its result is not the agreed one; its provider is asked after others for a while$/
    )
    const failed = boxed(box(0, 1), box(1, 2), box(2, 3), ...[0, 1, 2].map(i => over(i, 'settled')))
    const kept = ['/a', '/b', '/c'].map(dir => ({ ...paid, ...(paid.result && { result: { ...paid.result, dir } }) }))
    const why = groupWhy(failed, kept, whyOf)
    assert.match(why.summary, /^no-agreement: .*its program does not come to the same twice/)
    assert.match(
      why.remedies?.join() ?? '',
      /for f in exitCode stdout outputs; do diff -rN "\/a\/\$f" "\/b\/\$f"; done,make the program come to the same .*verify\.include$/
    )
    // looked at where they lie; what the job took has moved
    assert.deepEqual(
      [groupView(failed, kept), groupView(done, kept)].map(v => v.replicas?.[1]?.dir),
      ['/b', undefined]
    )
    assert.match(groupWhy(failed, [], whyOf).remedies?.[0] ?? '', /dcn job show job$/)
    // nobody has to accept it, and nobody can dispute it
    const split = groupWhy(boxed(box(0, 1), box(1, 2), box(2, 3)), [waiting], whyOf)
    assert.match(split.summary, /replica 0: its result is accepted, and so paid$/)
    assert.doesNotMatch(split.remedies?.join() ?? '', /accept|dispute/)
  })

  it('behavior: why: how they stand to each other, then each of them', () => {
    const whyOf = ({ state }: MachineRecord<CreatorState>): WhyView => ({
      ...{ id: 'x', state: 'running', counts: [], nearest: [] },
      summary: `it is ${state.phase}`,
      attempts: [{ at: 1, provider: 'p', outcome: 'no-room' }]
    })
    const why = groupWhy(record(G.begun, held(0, 1)), [waiting, replica(...running)], whyOf)
    assert.equal(
      why.summary,
      '1 of 3 results are here; 2 equal ones are needed; replica 0: its result waits for the others; replica 1: it is running'
    )
    assert.deepEqual(
      why.attempts.map(a => a.outcome),
      ['replica 0: no-room', 'replica 1: no-room']
    )
    const split = groupWhy(record(...GROUP_PATHS.split), [waiting], whyOf).summary
    assert.match(split, /did not agree: 1 results, 2 equal ones were needed; replica 0: its owner decides/)
  })
})
