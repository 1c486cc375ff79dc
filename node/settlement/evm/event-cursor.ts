import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { LoggedEvent } from './logs.ts'
import type { Place } from './topics.ts'

/** A block that was read to its end. */
export interface Mark {
  block: bigint
  hash: Hex
}

/** Where a consumer of events is; kept in the journal after every event. */
export interface EventCursor {
  /** newest last: the last is the position, the earlier ones are where a reorg may lead back to */
  trail: Mark[]
  /** everything before this block is final: what is read again after a reorg begins here at the earliest */
  horizon: bigint
  /** events handed over from blocks after the horizon */
  seen: { id: string; block: bigint }[]
  /** for deal events: deals of this account, and the block in which each ended */
  deals: { id: Hex; endedAt: bigint | undefined }[]
}

/** Positions kept; a reorg behind the oldest is read again from the horizon on. */
export const TRAIL_LENGTH = 64
/** Blocks that a reorg may reach back: no chain in use has come near it. */
export const REORG_BLOCKS = 256n
const ENDS: ReadonlySet<LoggedEvent['kind']> = new Set([
  'settled',
  'claimed',
  'forfeited',
  'timed-out',
  'closed',
  'resolved'
])

/** Before the first block of interest. */
export function newCursor(): EventCursor {
  return { trail: [], horizon: 0n, seen: [], deals: [] }
}

/** Whether an event is about a deal of the account; learns the deal from its opening. Changes `cursor`. */
export function isOurs(cursor: EventCursor, event: LoggedEvent, account: Address): boolean {
  if (event.parties?.includes(account) === true && !cursor.deals.some(({ id }) => id === event.deal)) {
    cursor.deals.push({ id: event.deal, endedAt: undefined })
  }
  const deal = cursor.deals.find(({ id }) => id === event.deal)
  if (deal === undefined) return false
  if (ENDS.has(event.kind)) deal.endedAt = event.blockNumber
  return true
}

export function wasSeen(cursor: EventCursor, event: Place): boolean {
  return cursor.seen.some(({ id }) => id === event.logId)
}

/** Remembers that an event was handed over. Changes `cursor`. */
export function markSeen(cursor: EventCursor, { logId, blockNumber }: Place): void {
  cursor.seen.push({ id: logId, block: blockNumber })
}

/** Moves on to a block that was read to its end, and forgets what no reorg can bring back. Changes `cursor`. */
export function moveTo(cursor: EventCursor, mark: Mark): void {
  cursor.trail.push(mark)
  if (cursor.trail.length > TRAIL_LENGTH) cursor.trail.splice(0, cursor.trail.length - TRAIL_LENGTH)
  if (mark.block - REORG_BLOCKS > cursor.horizon) cursor.horizon = mark.block - REORG_BLOCKS
  const { horizon } = cursor
  cursor.trail = cursor.trail.filter(({ block }) => block >= horizon)
  cursor.seen = cursor.seen.filter(({ block }) => block >= horizon)
  cursor.deals = cursor.deals.filter(({ endedAt }) => endedAt === undefined || endedAt >= horizon)
}

/** The first block to read next. */
export function nextBlock({ trail, horizon }: EventCursor, startBlock: bigint): bigint {
  const last = trail.at(-1)
  if (last !== undefined) return last.block + 1n
  return horizon > startBlock ? horizon : startBlock
}
