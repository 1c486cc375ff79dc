import assert from 'node:assert/strict'
import { outvoted, wordFor } from '../../../../protocols/deal/replicas-machine.ts'
import { type GroupState, MAX_REPLACEMENTS, type ReplicaNote } from '../../../../protocols/deal/replicas-types.ts'
import { word } from '../../../support/deal/builders.ts'
import {
  GROUP_EVENTS as E,
  type GroupInput,
  groupAfter,
  held,
  over,
  GROUP_PATHS as PATHS,
  sizedAfter,
  stepG
} from '../../../support/deal/group-cases.ts'

const types = (step: { effects: readonly { type: string }[] }) => step.effects.map(e => e.type)
const owed = (state: GroupState) => state.outbox.map(p => p.effect.type)
const words = (state: GroupState) => state.replicas.map((_note, i) => wordFor(state, i))
const stands = (replica: number, standing: ReplicaNote['standing']): GroupInput => ({
  type: 'moved',
  replica,
  note: { standing, committee: false }
})

describe('deal/replicas-machine: stories', () => {
  it('default: two of three agree: they are accepted, the files placed, the third stopped; then they are paid', () => {
    const first = groupAfter(E.begun, held(0, 1))
    assert.deepEqual([first.phase, words(first)], ['comparing', ['wait', 'wait', 'wait']])
    const second = stepG(first, held(2, 1))
    assert.deepEqual(types(second), ['place', 'direct'])
    assert.deepEqual([second.state.phase, second.state.digest, second.state.leader], ['agreed', word(1), 0])
    assert.deepEqual(words(second.state), ['accept', 'stop', 'accept'])
    const told = [
      stands(1, 'leaving'),
      held(0, 1, { standing: 'ruled' }),
      held(2, 1, { standing: 'ruled' }),
      E.directed,
      E.placed
    ].reduce((s, e) => stepG(s, e).state, second.state)
    assert.deepEqual([told.phase, owed(told)], ['agreed', []])
    const paid = [over(0, 'settled'), over(2, 'settled')].reduce((s, e) => stepG(s, e).state, told)
    assert.deepEqual([paid.phase, paid.result?.outcome], ['done', 'exited'])
  })

  it('behavior: a liar is outvoted, whenever its result comes', () => {
    const early = groupAfter(E.begun, held(0, 9), held(1, 1), held(2, 1))
    assert.deepEqual([early.leader, words(early)], [1, ['reject', 'accept', 'accept']])
    const late = groupAfter(E.begun, held(0, 1), held(1, 1), held(2, 9))
    assert.deepEqual(words(late), ['accept', 'accept', 'reject'])
    const later = stepG(groupAfter(...PATHS.done), held(2, 9))
    assert.deepEqual([later.state.phase, words(later.state)[2], types(later)], ['done', 'reject', ['direct']])
  })

  it('behavior: two that differ wait for the third, and nobody is given a word', () => {
    const state = groupAfter(E.begun, held(0, 1), held(1, 9), stands(2, 'busy'))
    assert.deepEqual([state.phase, words(state), owed(state)], ['comparing', ['wait', 'wait', 'wait'], []])
  })

  it('behavior: a replica that brings no result is replaced, at most so often', () => {
    let state = groupAfter(E.begun, held(0, 1), held(1, 9))
    const step = stepG(state, over(2, 'refunded'))
    assert.deepEqual([step.state.replicas.length, types(step)], [4, ['begin']])
    assert.equal(stepG(step.state, { type: 'begun', count: 3 }).state, step.state)
    state = step.state
    for (let i = 3; i < 3 + MAX_REPLACEMENTS; i++) {
      assert.equal(state.phase, 'comparing')
      state = stepG(state, held(i, 100 + i)).state
    }
    assert.deepEqual([state.phase, state.replicas.length], ['split', 3 + MAX_REPLACEMENTS])
  })

  it('behavior: as many replacements at once as are missing', () => {
    const size = { n: 5, min: 4 }
    const state = sizedAfter(size, { type: 'begun', count: 5 }, held(0, 1), held(1, 2), held(2, 3))
    assert.deepEqual([state.replicas.length, state.phase], [6, 'comparing'])
    assert.equal(stepG(state, held(3, 4)).state.replicas.length, 7)
  })

  it('behavior: no replacement where the market has nobody or the money is not there', () => {
    const nobody = groupAfter(E.begun, held(0, 1), held(1, 2), over(2, 'unmatched'))
    assert.deepEqual([nobody.phase, nobody.replicas.length], ['split', 3])
    const poor = over(2, 'failed', { error: 'InsufficientBalanceError', reason: 'no money' })
    const split = groupAfter(E.begun, poor, over(0, 'settled'), over(1, 'settled'))
    assert.deepEqual([split.phase, split.error, split.reason], ['failed', 'InsufficientBalanceError', 'no money'])
  })

  it('behavior: without agreement a result that can be disputed waits for its owner, another one is refused', () => {
    const state = groupAfter(E.begun, held(0, 1), held(1, 2, { committee: false }), over(2, 'unmatched'))
    assert.deepEqual([state.phase, words(state)], ['split', ['wait', 'reject', 'wait']])
    const failed = [over(0, 'settled'), held(1, 2, { standing: 'ruled' })].reduce((s, e) => stepG(s, e).state, state)
    assert.deepEqual([failed.phase, failed.error], ['failed', 'NoAgreementError'])
    assert.match(failed.reason ?? '', /^no-agreement: 2 of 3 results came, 1:1; 2 equal ones were needed$/)
  })

  it('behavior: fewer takers than must agree: unmatched, with the reason of one of them', () => {
    const ends = [0, 1, 2].map(i => over(i, 'unmatched', { reason: 'nobody is there' }))
    const state = groupAfter(E.begun, ...ends)
    assert.deepEqual([state.phase, state.reason], ['unmatched', '2 providers are needed at least: nobody is there'])
  })

  it('behavior: cancelled: everybody is told to stop, and nobody is replaced', () => {
    const step = stepG(groupAfter(E.begun, stands(0, 'busy')), E.cancelRequested)
    assert.deepEqual([types(step), words(step.state)], [['direct'], ['stop', 'stop', 'stop']])
    const state = [stands(0, 'leaving'), over(1, 'cancelled'), over(2, 'cancelled')].reduce(
      (s, e) => stepG(s, e).state,
      step.state
    )
    // one result alone decides nothing
    const ended = [held(0, 5, { committee: false }), over(0, 'failed')].reduce((s, e) => stepG(s, e).state, state)
    assert.deepEqual([ended.phase, ended.replicas.length], ['cancelled', 3])
  })

  it('behavior: what was stopped by its owner is no vote and no lie: all is paid, and nothing disputed', () => {
    const cancelling = groupAfter(E.begun, held(0, 1, { outcome: 'exited' }), stands(1, 'busy'), E.cancelRequested)
    const stopped = [held(1, 7, { outcome: 'cancelled' }), held(2, 7, { outcome: 'cancelled' })]
    const split = stopped.reduce((s, e) => stepG(s, e).state, cancelling)
    assert.deepEqual([split.phase, words(split)], ['split', ['accept', 'accept', 'accept']])
    // two had come to the same before
    const done = groupAfter(E.begun, held(0, 1), E.cancelRequested, stopped[0] as GroupInput, held(2, 1))
    assert.deepEqual([done.phase, done.digest, words(done)], ['agreed', word(1), ['accept', 'accept', 'accept']])
    // a provider that says so without having been asked is outvoted like any other
    const unasked = groupAfter(E.begun, held(0, 1), stopped[0] as GroupInput, held(2, 1))
    assert.deepEqual(words(unasked), ['accept', 'reject', 'accept'])
  })

  it('behavior: nor is it where the group had it stopped and somebody had opened it in the same moment', () => {
    const stopped = held(2, 7, { outcome: 'cancelled', stopped: true })
    const agreed = groupAfter(E.begun, held(0, 1), held(1, 1))
    assert.deepEqual(words(stepG(agreed, stopped).state), ['accept', 'accept', 'accept'])
    // one that was told to stop and brings something else is judged by that
    assert.equal(words(stepG(agreed, held(2, 7, { outcome: 'exited', stopped: true })).state)[2], 'reject')
  })

  it('behavior: a time limit is doubted only where the others needed less than half of it', () => {
    const late = held(0, 5, { outcome: 'timeout' })
    const against = (wallMs: number) =>
      groupAfter(
        E.begun,
        late,
        held(1, 1, { wallMs: 10, outcome: 'exited' }),
        held(2, 1, { wallMs, outcome: 'exited' })
      )
    assert.equal(words(against(5_000))[0], 'reject')
    assert.equal(words(against(5_001))[0], 'wait')
    const most = [late, held(1, 5, { outcome: 'timeout' }), held(2, 1, { wallMs: 10, outcome: 'exited' })]
    assert.deepEqual(words(groupAfter(E.begun, ...most)), ['accept', 'accept', 'wait'])
  })

  it('behavior: a result that nothing is charged for is accepted: that brings the price back', () => {
    const failed = held(0, 5, { outcome: 'out-of-memory', isFree: true })
    assert.deepEqual(words(groupAfter(E.begun, failed, held(1, 1))), ['wait', 'wait', 'wait'])
    assert.deepEqual(words(groupAfter(E.begun, failed, held(1, 1), held(2, 1))), ['accept', 'accept', 'accept'])
  })

  it('behavior: that memory was short outvotes nobody who came to a result', () => {
    const short = (replica: number) => held(replica, 5, { outcome: 'out-of-memory', isFree: true })
    const first = groupAfter(E.begun, short(0), short(1))
    assert.deepEqual([first.phase, first.replicas.length], ['comparing', 3], 'the third is waited for')
    const third = stepG(first, held(2, 1))
    assert.deepEqual([third.state.phase, third.state.replicas.length], ['comparing', 4], 'and another is asked')
    const fourth = stepG(third.state, held(3, 1))
    assert.deepEqual([fourth.state.phase, fourth.state.digest], ['agreed', word(1)])
    const all = stepG(first, short(2)).state
    assert.deepEqual([all.phase, all.digest], ['agreed', word(5)])
    const gone = stepG(first, over(2, 'refunded')).state
    assert.deepEqual([gone.phase, gone.digest], ['agreed', word(5)])
  })

  it('behavior: a vote that was counted stays counted when the money of its deal goes another way', () => {
    const agreed = groupAfter(E.begun, held(0, 9), held(1, 1), held(2, 1))
    const again = stepG(agreed, stands(0, 'looking')).state
    assert.deepEqual([again.replicas[0]?.digest, words(again)[0]], [word(9), 'stop'])
  })

  it('behavior: before it is decided, a result that is gone takes its vote with it: the next provider has its own', () => {
    const gone = stepG(groupAfter(E.begun, held(0, 1)), stands(0, 'looking')).state
    assert.equal(gone.replicas[0]?.digest, undefined)
    // one more of the same is not two
    const again = stepG(gone, held(1, 1)).state
    assert.deepEqual([again.phase, words(again)], ['comparing', ['wait', 'wait', 'wait']])
    const liar = [held(2, 1), held(0, 9)].reduce((s, e) => stepG(s, e).state, again)
    assert.deepEqual([liar.phase, liar.leader, words(liar)], ['agreed', 1, ['reject', 'accept', 'accept']])
  })

  it('behavior: after it another result is judged by what it is, not by the one that was there before', () => {
    const agreed = groupAfter(E.begun, held(0, 1), held(1, 1))
    const other = [stands(1, 'busy'), held(1, 9)].reduce((s, e) => stepG(s, e).state, agreed)
    assert.deepEqual([other.replicas[1]?.digest, words(other)[1]], [word(9), 'reject'])
  })

  /** A container's replicas, none of whose deals has a committee. */
  const boxed = (...events: GroupInput[]) => sizedAfter({ engine: 'docker' }, E.begun, ...events)
  const box = (replica: number, digest: number, changes: Partial<ReplicaNote> = {}) =>
    held(replica, digest, { committee: false, outcome: 'exited', ...changes })

  it('behavior: of a container the odd one is paid like the others, and named', () => {
    const state = boxed(box(0, 9), box(1, 1), box(2, 1))
    assert.deepEqual([state.phase, state.digest, words(state)], ['agreed', word(1), ['accept', 'accept', 'accept']])
    assert.deepEqual(outvoted(state), [0])
    const late = stepG(boxed(box(0, 1), box(1, 1)), box(2, 9))
    assert.deepEqual([words(late.state)[2], types(late), outvoted(late.state)], ['accept', ['direct'], [2]])
  })

  it('behavior: before it is decided nothing of a container is paid', () => {
    assert.deepEqual(words(boxed(box(0, 1), box(1, 9))), ['wait', 'wait', 'wait'])
    assert.deepEqual(outvoted(boxed(box(0, 1), box(1, 9))), [])
  })

  it('behavior: three results of a container that all differ end it: all are paid, and nobody is asked for more', () => {
    const state = boxed(box(0, 1), box(1, 2), box(2, 3))
    assert.deepEqual([state.phase, state.replicas.length, words(state)], ['split', 3, ['accept', 'accept', 'accept']])
    const failed = [0, 1, 2].reduce((s, i) => stepG(s, box(i, i + 1, { standing: 'ruled' })).state, state)
    assert.deepEqual([failed.phase, failed.error, outvoted(failed)], ['failed', 'NoAgreementError', []])
    assert.match(
      failed.reason ?? '',
      /1:1:1; 2 equal ones were needed, so its program does not come to the same twice$/
    )
  })

  it('behavior: two that differ, or one that vanished, say nothing about a container: a replacement decides', () => {
    const pair = sizedAfter({ engine: 'docker', n: 2 }, { type: 'begun', count: 2 }, box(0, 1), box(1, 9))
    assert.deepEqual([pair.phase, pair.replicas.length], ['comparing', 3])
    assert.deepEqual(words(stepG(pair, box(2, 1)).state), ['accept', 'accept', 'accept'])
    const lost = boxed(box(0, 1), box(1, 9), over(2, 'refunded'))
    assert.deepEqual([lost.phase, lost.replicas.length], ['comparing', 4])
    // some of five agree, though too few: it does repeat
    const five = [box(0, 1), box(1, 1), box(2, 7), box(3, 8), box(4, 9)]
    const size = { engine: 'docker', n: 5, min: 3 }
    assert.equal(sizedAfter(size, { type: 'begun', count: 5 }, ...five).replicas.length, 6)
  })

  it('behavior: counted against its provider is what the others make doubtful and no court can judge', () => {
    const counted = (changes: Partial<ReplicaNote>, wallMs = 10) =>
      outvoted(groupAfter(E.begun, box(0, 9, changes), box(1, 1, { wallMs }), box(2, 1, { wallMs })))
    assert.deepEqual(counted({}), [0])
    assert.deepEqual(counted({ committee: true }), [])
    assert.deepEqual(counted({ outcome: 'out-of-memory', isFree: true }), [])
    assert.deepEqual(counted({ outcome: 'cancelled', stopped: true }), [])
    assert.deepEqual(counted({ outcome: 'timeout' }), [0])
    assert.deepEqual(counted({ outcome: 'timeout' }, 5_001), [])
  })

  it('behavior: a word that was not heeded is given again', () => {
    const agreed = groupAfter(E.begun, held(0, 1), held(1, 1))
    const once = stepG(agreed, { ...E.directed, atMs: 1_000 }).state
    assert.deepEqual(types(stepG(once, { ...E.tick, atMs: 1_400 })), [])
    assert.deepEqual(types(stepG(once, { ...E.tick, atMs: 1_500 })), ['direct'])
  })
})
