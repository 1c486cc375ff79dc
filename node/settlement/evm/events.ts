import { messageOf } from '../../../protocols/common/errors.ts'
import type { Address } from '../../../protocols/common/values.ts'
import type { DealEvent, SettlementLogger } from '../settlement.ts'
import { delay } from './async.ts'
import type { ChainClient } from './client.ts'
import { type EventCursor, isOurs, type Mark, markSeen, moveTo, newCursor, nextBlock, wasSeen } from './event-cursor.ts'
import { dealEmitter, type LoggedEvent } from './logs.ts'
import type { PendingStore } from './pending.ts'
import { type Emitter, MAX_RANGE_BLOCKS, type Place, readEvents } from './topics.ts'

export interface WatchInit {
  client: ChainClient
  startBlock: bigint
  confirmations: number
  pollMs: number
  store: PendingStore
  storeKey: string
  logger: SettlementLogger
}

/** The longest pause between tries while the chain node does not answer. */
const MAX_BACKOFF_MS = 30_000

/** What a consumer is to hear of. */
export interface Wanted<E> {
  emitters: readonly Emitter<E>[]
  /** by what the cursor has learnt from earlier events; may change it. @default everything */
  isWanted?(cursor: EventCursor, event: E & Place): boolean
}

interface Batch<E> {
  events: (E & Place)[]
  mark: Mark
}

/** What happens to the deals that an account is a party of. */
export async function* watchDeals(
  { escrow, account, ...init }: WatchInit & { escrow: Address; account: Address },
  signal: AbortSignal
): AsyncGenerator<DealEvent> {
  const isWanted = (cursor: EventCursor, event: LoggedEvent) => isOurs(cursor, event, account)
  for await (const event of watchEvents(init, { emitters: [dealEmitter(escrow)], isWanted }, signal)) yield plain(event)
}

/**
 * Reads events by asking for ranges of logs, from a persisted position that names its block by hash; no filter lives
 * on the server, so a restarted or replaced chain node loses nothing. A position whose block is gone (reorg) goes back to
 * the last common one, and what the new branch says is handed over, too.
 */
export async function* watchEvents<E>(
  init: WatchInit,
  { emitters, isWanted = () => true }: Wanted<E>,
  signal: AbortSignal
): AsyncGenerator<E & Place> {
  const cursor = init.store.getValue<EventCursor>(init.storeKey) ?? newCursor()
  const save = () => init.store.setValue(init.storeKey, cursor)
  const poll = poller(init, emitters, cursor, save)
  let backoffMs = init.pollMs
  while (!signal.aborted) {
    let batch: Batch<E> | undefined
    try {
      batch = await poll()
      backoffMs = init.pollMs
    } catch (error) {
      init.logger.warn({ error: messageOf(error), retryMs: backoffMs }, 'events cannot be read')
      await delay(backoffMs, signal)
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)
      continue
    }
    if (batch === undefined) {
      await delay(init.pollMs, signal)
      continue
    }
    for (const event of batch.events) {
      if (signal.aborted) return
      if (!isWanted(cursor, event) || wasSeen(cursor, event)) continue
      yield event
      // reached only when the consumer asks for more: it has dealt with this one
      markSeen(cursor, event)
      save()
    }
    moveTo(cursor, batch.mark)
    save()
  }
}

function poller<E>(
  init: WatchInit,
  emitters: readonly Emitter<E>[],
  cursor: EventCursor,
  save: () => void
): () => Promise<Batch<E> | undefined> {
  const { client, confirmations } = init
  let lastHead = ''
  return async () => {
    const head = await client.getBlock()
    if (head.hash === lastHead) return undefined
    await stepBack(client, cursor, save)
    const from = nextBlock(cursor, init.startBlock)
    const target = head.number - BigInt(confirmations - 1)
    if (from > target) {
      lastHead = head.hash
      return undefined
    }
    const to = from + MAX_RANGE_BLOCKS - 1n < target ? from + MAX_RANGE_BLOCKS - 1n : target
    const before = await client.getBlock({ blockNumber: to })
    const events = await readEvents(client, emitters, from, to)
    const after = await client.getBlock({ blockNumber: to })
    // the chain changed while it was read, or a lagging node answered: look again
    if (before.hash !== after.hash) return undefined
    return { events, mark: { block: to, hash: after.hash } }
  }
}

/** Drops positions whose block is no longer part of the chain. */
async function stepBack(client: ChainClient, cursor: EventCursor, save: () => void): Promise<void> {
  let dropped = false
  for (let last = cursor.trail.at(-1); last !== undefined; last = cursor.trail.at(-1)) {
    if ((await hashAt(client, last.block)) === last.hash) break
    cursor.trail.pop()
    dropped = true
  }
  if (dropped) save()
}

async function hashAt(client: ChainClient, blockNumber: bigint): Promise<string | undefined> {
  try {
    return (await client.getBlock({ blockNumber })).hash
  } catch (error) {
    if (error instanceof Error && error.name === 'BlockNotFoundError') return undefined
    throw error
  }
}

function plain({ deal, kind, transaction, blockNumber, toProvider, toCreator }: LoggedEvent): DealEvent {
  return {
    deal,
    kind,
    transaction,
    blockNumber,
    ...(toProvider === undefined ? {} : { toProvider }),
    ...(toCreator === undefined ? {} : { toCreator })
  }
}
