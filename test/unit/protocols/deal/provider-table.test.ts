import assert from 'node:assert/strict'
import {
  holdsRoom,
  PROVIDER_DONE,
  type ProviderEvent,
  type ProviderPhase,
  stepName
} from '../../../../protocols/deal/provider-machine.ts'
import { meetsEveryEvent } from '../../../support/deal/every-event.ts'
import { PROVIDER_EVENTS, PROVIDER_PATHS, providerAfter, stepP } from '../../../support/deal/machine-cases.ts'

type Type = ProviderEvent['type']
const OPEN: ProviderPhase[] = ['preparing', 'opening', 'running', 'publishing', 'delivering', 'submitted', 'settling']
const everywhere = (to: ProviderPhase) => Object.fromEntries([...OPEN, 'forfeiting'].map(phase => [phase, to]))

/** Event → phase → the phase it leads to. A pair that is not here changes nothing at all, unless SILENT names it. */
const MOVES: { [T in Type]?: Partial<Record<ProviderPhase, ProviderPhase>> } = {
  prepared: { preparing: 'opening' },
  prepareFailed: { preparing: 'released' },
  opened: { opening: 'running' },
  openFailed: { opening: 'released' },
  ran: { running: 'publishing' },
  runLost: { running: 'forfeiting', publishing: 'forfeiting' },
  published: { publishing: 'delivering' },
  accepted: { delivering: 'settling', submitted: 'settling' },
  rejected: { delivering: 'delivering' },
  submitted: { delivering: 'submitted' },
  challenged: { delivering: 'disputed', submitted: 'disputed', settling: 'disputed' },
  ended: { ...everywhere('settled'), disputed: 'settled' },
  cancelRequested: { preparing: 'released', running: 'running' },
  drain: { preparing: 'released', running: 'forfeiting' }
}
const SILENT: { [T in Type]?: ProviderPhase[] } = {
  opened: ['preparing'],
  delivered: ['delivering'],
  told: ['forfeiting', 'forfeited', 'released'],
  defended: ['disputed'],
  cleaned: ['settled', 'forfeited', 'released', 'lost'],
  effectFailed: ['preparing'],
  restarted: Object.keys(PROVIDER_PATHS).filter(phase => phase !== 'submitted') as ProviderPhase[]
}

describe('deal/provider-machine: every event in every phase', () => {
  for (const phase of Object.keys(PROVIDER_PATHS) as ProviderPhase[]) {
    it(`behavior: ${phase}`, () => {
      const state = providerAfter(...PROVIDER_PATHS[phase])
      assert.equal(state.phase, phase)
      meetsEveryEvent(state, Object.values(PROVIDER_EVENTS), stepP, { moves: MOVES, silent: SILENT })
    })
  }

  it('behavior: room is held from the promise to the end of the work', () => {
    const holding = Object.keys(PROVIDER_PATHS).filter(phase =>
      holdsRoom(providerAfter(...PROVIDER_PATHS[phase as ProviderPhase]))
    )
    assert.deepEqual(holding, ['preparing', 'opening', 'running', 'publishing'])
  })

  it('behavior: a creator is told a step in every phase, "failed" when nothing will come', () => {
    for (const phase of Object.keys(PROVIDER_PATHS) as ProviderPhase[]) {
      const step = stepName(providerAfter(...PROVIDER_PATHS[phase]))
      assert.equal(step === 'failed', ['forfeiting', 'forfeited', 'released', 'lost'].includes(phase), phase)
    }
  })

  it('behavior: what is owed is carried out again after a restart, also by a deal that is over', () => {
    for (const phase of Object.keys(PROVIDER_PATHS) as ProviderPhase[]) {
      const state = providerAfter(...PROVIDER_PATHS[phase])
      const { effects } = stepP(state, { type: 'restarted' })
      assert.deepEqual(
        effects,
        state.outbox.map(p => p.effect)
      )
      if (PROVIDER_DONE.includes(phase)) assert.ok(effects.some(e => e.type === 'cleanUp'))
    }
  })
})
