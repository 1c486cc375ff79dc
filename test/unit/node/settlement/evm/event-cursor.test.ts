import assert from 'node:assert/strict'
import {
  isOurs,
  markSeen,
  moveTo,
  newCursor,
  nextBlock,
  REORG_BLOCKS,
  TRAIL_LENGTH,
  wasSeen
} from '../../../../../node/settlement/evm/event-cursor.ts'
import type { LoggedEvent } from '../../../../../node/settlement/evm/logs.ts'
import type { Address, Hex } from '../../../../../protocols/common/values.ts'

const us: Address = `0x${'aa'.repeat(20)}`
const them: Address = `0x${'bb'.repeat(20)}`
const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
const event = (changes: Partial<LoggedEvent>): LoggedEvent => ({
  deal: hash(1),
  kind: 'opened',
  transaction: hash(9),
  blockNumber: 1n,
  blockHash: hash(1),
  logId: 'a:0',
  ...changes
})

describe('event cursor', () => {
  it('default: a deal is ours from its opening on, on either side', () => {
    const cursor = newCursor()
    assert.equal(isOurs(cursor, event({ kind: 'settled' }), us), false)
    assert.equal(isOurs(cursor, event({ parties: [them, them] }), us), false)
    assert.equal(isOurs(cursor, event({ parties: [them, us] }), us), true)
    assert.equal(isOurs(cursor, event({ kind: 'settled' }), us), true)
    assert.equal(isOurs(cursor, event({ deal: hash(2), parties: [us, them] }), us), true)
  })

  it('behavior: an ended deal and its events are forgotten when no reorg can bring them back', () => {
    const cursor = newCursor()
    const opened = event({ parties: [us, them] })
    isOurs(cursor, opened, us)
    markSeen(cursor, opened)
    isOurs(cursor, event({ kind: 'claimed', blockNumber: 2n, logId: 'b:0' }), us)
    moveTo(cursor, { block: REORG_BLOCKS + 2n, hash: hash(3) })
    assert.deepEqual([cursor.deals.length, cursor.seen.length], [1, 0])
    moveTo(cursor, { block: REORG_BLOCKS + 3n, hash: hash(4) })
    assert.deepEqual([cursor.deals, cursor.horizon], [[], 3n])
  })

  it('behavior: goes on after the last position, or at the horizon when a reorg took all of them', () => {
    const cursor = newCursor()
    assert.equal(nextBlock(cursor, 5n), 5n)
    for (let block = 1n; block <= 1_000n; block++) moveTo(cursor, { block, hash: hash(Number(block)) })
    assert.deepEqual([nextBlock(cursor, 5n), cursor.trail.length], [1_001n, TRAIL_LENGTH])
    cursor.trail = []
    assert.equal(nextBlock(cursor, 5n), 1_000n - REORG_BLOCKS)
  })

  it('behavior: the same log in another block is another event', () => {
    const cursor = newCursor()
    markSeen(cursor, event({}))
    assert.equal(wasSeen(cursor, event({})), true)
    assert.equal(wasSeen(cursor, event({ logId: 'b:0' })), false)
  })
})
