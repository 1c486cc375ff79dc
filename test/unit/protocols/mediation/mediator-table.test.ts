import assert from 'node:assert/strict'
import {
  MEDIATOR_DONE,
  type MediatorEvent,
  type MediatorPhase
} from '../../../../protocols/mediation/mediator-types.ts'
import { meetsEveryEvent } from '../../../support/deal/every-event.ts'
import {
  LOOKS,
  MEDIATOR_EVENTS,
  MEDIATOR_PATHS,
  mediatorAfter,
  stepM
} from '../../../support/mediation/mediator-cases.ts'

type Type = MediatorEvent['type']
type Moves = Partial<Record<MediatorPhase, MediatorPhase>>
const PHASES = Object.keys(MEDIATOR_PATHS) as MediatorPhase[]
const OPEN = PHASES.filter(phase => !MEDIATOR_DONE.includes(phase))
const everywhere = (to: MediatorPhase, ...but: MediatorPhase[]): Moves =>
  Object.fromEntries(OPEN.filter(phase => !but.includes(phase)).map(phase => [phase, to]))

/** Event → phase → the phase it leads to. A pair that is not here changes nothing at all, unless SILENT names it. */
const MOVES: { [T in Type]?: Moves } = {
  read: { summoned: 'waiting' },
  admitted: { waiting: 'preparing' },
  prepared: { preparing: 'running' },
  ran: { running: 'committing' },
  invalid: { preparing: 'committing', running: 'committing' },
  cannot: { preparing: 'declining', running: 'declining' },
  cannotDecline: { declining: 'absent' },
  ended: everywhere('unpaid'),
  drain: { waiting: 'declining', preparing: 'declining', running: 'declining' }
}
const SILENT: { [T in Type]?: MediatorPhase[] } = {
  sent: ['paid', 'slashed', 'unpaid', 'declined', 'excused'],
  // the end of the vote window is news
  looked: ['summoned'],
  effectFailed: ['summoned'],
  restarted: PHASES.filter(phase => !['waiting', 'committed', 'revealed', 'absent'].includes(phase))
}

/** The same for what a look at the court may say. */
const LOOK_MOVES: { [K in keyof typeof LOOKS]: Moves } = {
  drawing: {},
  voting: {},
  committed: { committing: 'committed', revealing: 'committed', revealed: 'committed', absent: 'absent' },
  foreign: everywhere('absent', 'absent'),
  revealing: { committing: 'revealing', committed: 'revealing', revealed: 'revealing' },
  revealed: everywhere('revealed', 'revealed'),
  missed: everywhere('absent', 'absent'),
  unopened: everywhere('absent', 'absent'),
  declined: everywhere('declined'),
  excused: everywhere('excused'),
  gone: {}
}
/** Without a vote of its own, a committed one is somebody else's. */
const VOTELESS: MediatorPhase[] = ['summoned', 'waiting', 'preparing', 'running', 'declining']

describe('mediation/mediator-machine: every event in every phase', () => {
  for (const phase of PHASES) {
    it(`behavior: ${phase}`, () => {
      const state = mediatorAfter(...MEDIATOR_PATHS[phase])
      assert.equal(state.phase, phase)
      meetsEveryEvent(state, Object.values(MEDIATOR_EVENTS), stepM, { moves: MOVES, silent: SILENT })
    })

    it(`behavior: ${phase}, whatever the court shows`, () => {
      const state = mediatorAfter(...MEDIATOR_PATHS[phase])
      for (const [name, look] of Object.entries(LOOKS)) {
        const isOwn = state.vote !== undefined
        const knows = isOwn || !['committed', 'revealing'].includes(name)
        const known = LOOK_MOVES[name as keyof typeof LOOKS][phase] ?? phase
        const expected = !knows && VOTELESS.includes(phase) ? 'absent' : known
        const { state: next } = stepM(state, look)
        assert.equal(next.phase, expected, name)
        assert.deepEqual(next.vote, state.vote, 'a look never touches a vote')
        // looking again changes nothing
        assert.equal(stepM(next, look).state, next, `${name} twice in ${phase}`)
      }
    })
  }

  it('behavior: a vote that was chosen never changes, whatever comes', () => {
    const { ran, invalid } = MEDIATOR_EVENTS
    const state = mediatorAfter(...MEDIATOR_PATHS.committing)
    for (const event of [{ ...ran, digest: '0x01' as const }, invalid]) assert.equal(stepM(state, event).state, state)
  })

  it('behavior: what is owed is carried out again after a restart', () => {
    for (const phase of PHASES) {
      const state = mediatorAfter(...MEDIATOR_PATHS[phase])
      const { effects } = stepM(state, { type: 'restarted' })
      assert.deepEqual(
        effects,
        state.outbox.map(p => p.effect)
      )
      if (MEDIATOR_DONE.includes(phase)) assert.deepEqual(effects, [{ type: 'cleanUp' }])
    }
  })
})
