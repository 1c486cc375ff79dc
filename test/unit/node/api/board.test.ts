import assert from 'node:assert/strict'
import { checkTimeIsOver } from '../../../../node/api/board.ts'
import type { BoardEntry } from '../../../../node/settlement/board.ts'
import { DealStateError } from '../../../../node/settlement/errors.ts'

const request = { createdAt: 1_800_000_000n, timeout: 3600n } as BoardEntry['request']
const entry = { id: `0x${'ab'.repeat(32)}`, state: 'open', request } as const
const LAST = 1_800_003_600

describe('api/board: cancel', () => {
  it('default: after its time', () => checkTimeIsOver(entry, LAST + 1))
  it('behavior: what is over already is for the board to say', () =>
    checkTimeIsOver({ ...entry, state: 'delivered' }, LAST))

  it('error: in its last second: from when on it works, and no promise', () => {
    assert.throws(
      () => checkTimeIsOver(entry, LAST),
      (error: unknown) => {
        assert.ok(error instanceof DealStateError)
        assert.equal(error.contractError, 'TooEarly')
        assert.match(error.message, /0xabababab can be cancelled from 2027-01-15 09:00:01 UTC$/)
        assert.match(error.remedy ?? '', /dcn board watch 0xabababab$/)
        return true
      }
    )
  })
})
