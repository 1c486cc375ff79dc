import assert from 'node:assert/strict'
import { isDone } from '../../../../protocols/deal/creator-machine.ts'
import type { CreatorEvent, CreatorPhase } from '../../../../protocols/deal/creator-types.ts'
import { meetsEveryEvent } from '../../../support/deal/every-event.ts'
import { CREATOR_EVENTS, CREATOR_PATHS, creatorIn, stepC } from '../../../support/deal/machine-cases.ts'

type Type = CreatorEvent['type']

/** with a deal that may be on chain */
const WITH_DEAL = [
  'proposing',
  'agreed',
  'running',
  'fetching',
  'checking',
  'reviewing',
  'accepted',
  'rejected'
] as const satisfies CreatorPhase[]
const everywhere = (to: CreatorPhase) => Object.fromEntries(WITH_DEAL.map(phase => [phase, to]))
/** what can still come of a delivery */
const LATE = ['fetching', 'checking', 'reviewing', 'accepted', 'rejected'] as const satisfies CreatorPhase[]

/** Event → phase → the phase it leads to. A pair that is not here changes nothing at all, unless SILENT names it. */
const MOVES: { [T in Type]?: Partial<Record<CreatorPhase, CreatorPhase>> } = {
  ranked: { matching: 'proposing' },
  agreed: { proposing: 'agreed' },
  refused: { proposing: 'proposing' },
  opened: { proposing: 'running', agreed: 'running' },
  neverOpened: { agreed: 'matching' },
  providerFailed: {
    agreed: 'agreed',
    running: 'running',
    fetching: 'fetching',
    checking: 'checking',
    reviewing: 'reviewing',
    accepted: 'accepted',
    rejected: 'rejected'
  },
  delivered: { agreed: 'fetching', running: 'fetching' },
  fetched: { fetching: 'fetching' },
  resultBad: { fetching: 'rejected' },
  ranAgain: { checking: 'rejected' },
  acceptRequested: { reviewing: 'fetching' },
  disputeRequested: { fetching: 'rejected', checking: 'rejected', reviewing: 'rejected' },
  rejectRequested: { reviewing: 'rejected' },
  reviewBegan: { rejected: 'rejected' },
  challenged: everywhere('disputed'),
  ended: {
    proposing: 'failed',
    agreed: 'failed',
    running: 'failed',
    checking: 'settled',
    reviewing: 'settled',
    accepted: 'settled',
    rejected: 'failed',
    disputed: 'failed'
  },
  cancelRequested: { matching: 'cancelled', proposing: 'proposing', agreed: 'agreed', running: 'running' }
}
/** The phase stays, the state does not: something is noted or no longer owed. */
const SILENT: { [T in Type]?: CreatorPhase[] } = {
  announced: ['matching', ...WITH_DEAL, 'disputed'],
  agreed: [],
  told: ['accepted'],
  followed: ['agreed', 'running', ...LATE],
  reviewBegan: WITH_DEAL.filter(phase => phase !== 'rejected'),
  pursued: ['disputed'],
  cancelRequested: [...LATE, 'disputed'],
  ended: ['fetching'],
  effectFailed: ['proposing'],
  restarted: ['matching', ...WITH_DEAL, 'disputed']
}

describe('deal/creator-machine: every event in every phase', () => {
  for (const phase of Object.keys(CREATOR_PATHS) as CreatorPhase[]) {
    it(`behavior: ${phase}`, () => {
      const state = creatorIn(phase)
      assert.equal(state.phase, phase)
      meetsEveryEvent(state, Object.values(CREATOR_EVENTS), stepC, { moves: MOVES, silent: SILENT })
    })
  }

  it('behavior: a job that has ended owes nothing and takes nothing', () => {
    for (const phase of ['settled', 'refunded', 'unmatched', 'cancelled', 'failed'] as const) {
      const state = creatorIn(phase)
      assert.ok(isDone(state.phase))
      assert.deepEqual(state.outbox, [])
    }
  })

  it('behavior: events of another deal or an earlier attempt change nothing', () => {
    const dealId = `0x${'ee'.repeat(32)}` as const
    for (const phase of Object.keys(CREATOR_PATHS) as CreatorPhase[]) {
      const state = creatorIn(phase)
      for (const event of Object.values(CREATOR_EVENTS)) {
        if (!('dealId' in event) || event.type === 'proposalSigned') continue
        assert.equal(stepC(state, { ...event, dealId }).state, state, `${event.type} in ${phase}`)
      }
      for (const type of ['ranked', 'proposalSigned'] as const) {
        assert.equal(stepC(state, { ...CREATOR_EVENTS[type], attemptNo: 7 }).state, state, `${type} in ${phase}`)
      }
    }
  })

  it('behavior: what is owed is carried out again after a restart', () => {
    for (const phase of Object.keys(CREATOR_PATHS) as CreatorPhase[]) {
      const state = creatorIn(phase)
      const { state: next, effects } = stepC(state, { type: 'restarted' })
      assert.deepEqual(
        effects,
        state.outbox.map(p => p.effect)
      )
      assert.deepEqual(
        next.outbox.map(p => p.tries),
        state.outbox.map(p => p.tries + 1)
      )
    }
  })
})
