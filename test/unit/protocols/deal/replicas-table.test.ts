import assert from 'node:assert/strict'
import { isGroupOver } from '../../../../protocols/deal/replicas-machine.ts'
import type { GroupEvent, GroupPhase } from '../../../../protocols/deal/replicas-types.ts'
import { meetsEveryEvent } from '../../../support/deal/every-event.ts'
import { GROUP_EVENTS, GROUP_PATHS, groupAfter, sizedAfter, stepG } from '../../../support/deal/group-cases.ts'

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

/** A container's results wait for nobody's word once it is decided: where a program's would, these are still to be told. */
const ENGINES = {
  js: { paths: GROUP_PATHS, silent: SILENT },
  docker: {
    paths: { ...GROUP_PATHS, failed: [...GROUP_PATHS.failed, GROUP_EVENTS.directed] },
    silent: {
      ...SILENT,
      directed: [...(SILENT.directed ?? []), 'split'],
      restarted: [...(SILENT.restarted ?? []), 'split']
    } satisfies typeof SILENT
  }
}

describe('deal/replicas-machine: every event in every phase', () => {
  const cases = (Object.keys(GROUP_PATHS) as GroupPhase[]).flatMap(phase =>
    (['js', 'docker'] as const).map(engine => ({ phase, engine }))
  )
  for (const { phase, engine } of cases) {
    it(`behavior: ${phase} of ${engine}`, () => {
      const { paths, silent } = ENGINES[engine]
      const state = sizedAfter({ engine }, ...paths[phase])
      assert.equal(state.phase, phase)
      meetsEveryEvent(state, Object.values(GROUP_EVENTS), stepG, { moves: MOVES, silent })
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
