import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { LoggedEvent } from './logs.ts'

/** A block that was read to its end. */
export interface Mark {
  block: bigint
  hash: Hex
}

/** Where a consumer of deal events is; kept in the journal after every event. */
export interface EventCursor {
  /** newest last: the last is the position, the earlier ones are where a reorg may lead back to */
  trail: Mark[]
  /** events handed over from blocks that the trail still reaches */
  seen: { id: string; block: bigint }[]
  /** deals of this account, and the block in which each ended */
  deals: { id: Hex; endedAt: bigint | undefined }[]
}

/** How many positions back a reorg is followed; beyond that everything is read again. */
export const TRAIL_LENGTH = 64
const ENDS: ReadonlySet<LoggedEvent['kind']> = new Set(['settled', 'claimed', 'forfeited', 'timed-out', 'closed'])

/** Before the first block of interest. */
export function newCursor(): EventCursor {
  return { trail: [], seen: [], deals: [] }
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

export function wasSeen(cursor: EventCursor, event: LoggedEvent): boolean {
  return cursor.seen.some(({ id }) => id === event.logId)
}

/** Remembers that an event was handed over. Changes `cursor`. */
export function markSeen(cursor: EventCursor, { logId, blockNumber }: LoggedEvent): void {
  cursor.seen.push({ id: logId, block: blockNumber })
}

/** Moves on to a block that was read to its end, and forgets what no reorg can bring back. Changes `cursor`. */
export function moveTo(cursor: EventCursor, mark: Mark): void {
  cursor.trail.push(mark)
  if (cursor.trail.length > TRAIL_LENGTH) cursor.trail.splice(0, cursor.trail.length - TRAIL_LENGTH)
  const oldest = cursor.trail[0]?.block ?? 0n
  cursor.seen = cursor.seen.filter(({ block }) => block > oldest)
  cursor.deals = cursor.deals.filter(({ endedAt }) => endedAt === undefined || endedAt > oldest)
}
