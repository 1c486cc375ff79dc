import assert from 'node:assert/strict'
import { isGroupOver } from '../../../../protocols/deal/replicas-machine.ts'
import type { GroupEvent, GroupPhase } from '../../../../protocols/deal/replicas-types.ts'
import { meetsEveryEvent } from '../../../support/deal/every-event.ts'
import { GROUP_EVENTS, GROUP_PATHS, groupAfter, stepG } from '../../../support/deal/group-cases.ts'

type Type = GroupEvent['type']

/** Event → phase → the phase it leads to. A pair that is not here changes nothing at all, unless SILENT names it. */
const MOVES: { [T in Type]?: Partial<Record<GroupPhase, GroupPhase>> } = {
  cancelRequested: { comparing: 'comparing' },
  // a third that comes late, after the job is done, is still given its word
  moved: { done: 'done' }
}
/** The phase stays, the state does not. */
const SILENT: { [T in Type]?: GroupPhase[] } = {
  begun: ['comparing'],
  moved: ['comparing'],
  directed: ['agreed', 'done'],
  placed: ['agreed'],
  effectFailed: ['comparing'],
  restarted: ['comparing', 'agreed', 'done']
}

describe('deal/replicas-machine: every event in every phase', () => {
  for (const phase of Object.keys(GROUP_PATHS) as GroupPhase[]) {
    it(`behavior: ${phase}`, () => {
      const state = groupAfter(...GROUP_PATHS[phase])
      assert.equal(state.phase, phase)
      meetsEveryEvent(state, Object.values(GROUP_EVENTS), stepG, { moves: MOVES, silent: SILENT })
    })
  }

  it('behavior: what is over takes nothing; a job that is done goes on until its last deal has ended', () => {
    for (const phase of ['failed', 'unmatched', 'cancelled'] as const) {
      assert.ok(isGroupOver(groupAfter(...GROUP_PATHS[phase])), phase)
    }
    const done = groupAfter(...GROUP_PATHS.done)
    assert.ok(!isGroupOver(done))
    const ended = [{ type: 'moved', replica: 2, note: { standing: 'ended', committee: false } }, GROUP_EVENTS.directed]
    assert.ok(isGroupOver(groupAfter(...GROUP_PATHS.done, ...(ended as (typeof GROUP_EVENTS.moved)[]))))
  })

  it('behavior: what is owed is carried out again after a restart', () => {
    for (const phase of Object.keys(GROUP_PATHS) as GroupPhase[]) {
      const state = groupAfter(...GROUP_PATHS[phase])
      const { effects } = stepG(state, GROUP_EVENTS.restarted)
      assert.deepEqual(
        effects,
        state.outbox.map(p => p.effect)
      )
    }
  })
})
