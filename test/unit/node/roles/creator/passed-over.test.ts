import assert from 'node:assert/strict'
import { PassedOver } from '../../../../../node/roles/creator/passed-over.ts'
import type { PastAttempt } from '../../../../../protocols/deal/creator-types.ts'
import { account, word } from '../../../../support/deal/builders.ts'

const MINUTE_MS = 60_000
const past = (provider: number, deal: number, ended: PastAttempt['ended'] = 'never-opened', atMs = 0): PastAttempt => ({
  provider: account(provider),
  dealId: word(deal),
  ended,
  atMs
})

describe('roles/creator/passed-over', () => {
  it('default: ten minutes, twice as long each time, an hour at most; each deal counts once', () => {
    const passed = new PassedOver()
    for (const [deal, minutes] of [10, 20, 40, 60, 60].entries()) {
      passed.note([past(1, deal)])
      passed.note([past(1, deal)])
      assert.deepEqual(passed.resting(minutes * MINUTE_MS - 1), [account(1)], `${minutes} minutes`)
      assert.deepEqual(passed.resting(minutes * MINUTE_MS), [])
    }
  })

  it('behavior: only who let a deal pass is passed over', () => {
    const passed = new PassedOver()
    passed.note([past(1, 1, 'settled'), past(2, 2, 'forfeited'), past(3, 3, 'timed-out'), past(4, 4, 'closed')])
    assert.deepEqual(passed.resting(1), [account(3)])
  })

  it('behavior: an outvoted deal counts like one that came to nothing, and once', () => {
    const passed = new PassedOver()
    for (const atMs of [0, 5 * MINUTE_MS]) passed.add(account(1), word(1), atMs)
    assert.deepEqual(passed.resting(10 * MINUTE_MS - 1), [account(1)])
    assert.deepEqual(passed.resting(10 * MINUTE_MS), [])
    passed.note([past(1, 2)])
    assert.deepEqual(passed.resting(20 * MINUTE_MS - 1), [account(1)])
  })

  it('behavior: what it remembers is bounded, the oldest go', () => {
    const passed = new PassedOver()
    passed.note(Array.from({ length: 3_000 }, (_, i) => past(i, i)))
    const resting = passed.resting(1)
    assert.deepEqual([resting.length, resting.at(-1), resting.includes(account(0))], [1_024, account(2_999), false])
  })
})
