import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { LoggedEvent } from './logs.ts'
import type { Range } from './ranges.ts'
import type { Place } from './topics.ts'

/** A block that was read to its end. */
export interface Mark {
  block: bigint
  hash: Hex
}

/** What every event says, whatever contract it comes from. */
export interface Fact {
  deal: Hex
  kind: string
}

/** An event that was handed over, as far as it is needed to take it back. */
export interface SeenEvent extends Fact, Pick<Place, 'transaction' | 'blockNumber'> {
  id: string
}

/** Where a consumer of events is; kept in the journal after every event. */
export interface EventCursor {
  /** newest last: the last is the position, the earlier ones are where a reorg may lead back to */
  trail: Mark[]
  /** everything before this block is final: what is read again after a reorg begins here at the earliest */
  horizon: bigint
  /** events handed over from blocks after the horizon */
  seen: SeenEvent[]
  /** for events of deals: those of this account, and the block in which each ended */
  deals: { id: Hex; endedAt: bigint | undefined }[]
}

/** Positions kept; a reorg behind the oldest is read again from the horizon on. */
export const TRAIL_LENGTH = 64
/** Blocks that a reorg may reach back: no chain in use has come near it. */
export const REORG_BLOCKS = 256n
const ENDINGS: LoggedEvent['kind'][] = ['settled', 'claimed', 'forfeited', 'timed-out', 'closed', 'resolved']
const ENDS: ReadonlySet<string> = new Set(ENDINGS)

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
export function markSeen(cursor: EventCursor, { logId, deal, kind, transaction, blockNumber }: Fact & Place): void {
  cursor.seen.push({ id: logId, deal, kind, transaction, blockNumber })
}

/** What was handed over from a range of which `events` is all that is there now: a reorg took it back. */
export function goneFrom(cursor: EventCursor, { fromBlock, toBlock }: Range, events: readonly Place[]): SeenEvent[] {
  const there = new Set(events.map(({ logId }) => logId))
  const inRange = ({ blockNumber }: SeenEvent): boolean => blockNumber >= fromBlock && blockNumber <= toBlock
  return cursor.seen.filter(event => inRange(event) && !there.has(event.id))
}

/** Forgets an event that is gone; a deal that it ended goes on. Changes `cursor`. */
export function forget(cursor: EventCursor, { id, deal, kind }: SeenEvent): void {
  cursor.seen = cursor.seen.filter(event => event.id !== id)
  if (!ENDS.has(kind)) return
  const ended = cursor.deals.find(known => known.id === deal)
  if (ended !== undefined) ended.endedAt = undefined
}

/** Moves on to a block that was read to its end, and forgets what no reorg can bring back. Changes `cursor`. */
export function moveTo(cursor: EventCursor, mark: Mark): void {
  cursor.trail.push(mark)
  if (cursor.trail.length > TRAIL_LENGTH) cursor.trail.splice(0, cursor.trail.length - TRAIL_LENGTH)
  if (mark.block - REORG_BLOCKS > cursor.horizon) cursor.horizon = mark.block - REORG_BLOCKS
  const { horizon } = cursor
  cursor.trail = cursor.trail.filter(({ block }) => block >= horizon)
  cursor.seen = cursor.seen.filter(({ blockNumber }) => blockNumber >= horizon)
  cursor.deals = cursor.deals.filter(({ endedAt }) => endedAt === undefined || endedAt >= horizon)
}

/** The first block to read next. */
export function nextBlock({ trail, horizon }: EventCursor, startBlock: bigint): bigint {
  const last = trail.at(-1)
  if (last !== undefined) return last.block + 1n
  return horizon > startBlock ? horizon : startBlock
}
