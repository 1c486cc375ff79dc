import assert from 'node:assert/strict'
import { NoShows } from '../../../../../node/roles/creator/no-shows.ts'
import type { PastAttempt } from '../../../../../protocols/deal/creator-types.ts'
import { account, word } from '../../../../support/deal/builders.ts'

const MINUTE_MS = 60_000
const past = (provider: number, deal: number, ended: PastAttempt['ended'] = 'never-opened', atMs = 0): PastAttempt => ({
  provider: account(provider),
  dealId: word(deal),
  ended,
  atMs
})

describe('roles/creator/no-shows', () => {
  it('default: ten minutes, twice as long each time, an hour at most; each deal counts once', () => {
    const shows = new NoShows()
    for (const [deal, minutes] of [10, 20, 40, 60, 60].entries()) {
      shows.note([past(1, deal)])
      shows.note([past(1, deal)])
      assert.deepEqual(shows.resting(minutes * MINUTE_MS - 1), [account(1)], `${minutes} minutes`)
      assert.deepEqual(shows.resting(minutes * MINUTE_MS), [])
    }
  })

  it('behavior: only who let a deal pass is passed over', () => {
    const shows = new NoShows()
    shows.note([past(1, 1, 'settled'), past(2, 2, 'forfeited'), past(3, 3, 'timed-out'), past(4, 4, 'closed')])
    assert.deepEqual(shows.resting(1), [account(3)])
  })

  it('behavior: what it remembers is bounded, the oldest go', () => {
    const shows = new NoShows()
    shows.note(Array.from({ length: 3_000 }, (_, i) => past(i, i)))
    const resting = shows.resting(1)
    assert.deepEqual([resting.length, resting.at(-1), resting.includes(account(0))], [1_024, account(2_999), false])
  })
})
