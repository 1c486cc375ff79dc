import assert from 'node:assert/strict'
import { summarise } from '../../../../../node/roles/mediator/summary.ts'
import { LOOKS, MEDIATOR_PATHS, mediatorAfter } from '../../../../support/mediation/mediator-cases.ts'

describe('roles/mediator/summary', () => {
  it('default: one of each phase', () => {
    const states = Object.values(MEDIATOR_PATHS).map(path => mediatorAfter(...path))
    // the toy amounts: 5 paid, 3 lost, a fee of 100 for declining
    assert.deepEqual(summarise(states), { open: 10, judging: 2, judged: 3, declined: 1, earned: 5n, lost: 103n })
  })

  it('behavior: nothing yet', () => {
    assert.deepEqual(summarise([]), { open: 0, judging: 0, judged: 0, declined: 0, earned: 0n, lost: 0n })
    assert.equal(summarise([mediatorAfter(LOOKS.voting)]).open, 1)
  })
})
