import { messageOf } from '../../../protocols/common/errors.ts'
import type { Address } from '../../../protocols/common/values.ts'
import { EndpointsDisagreeError } from '../errors.ts'
import type { DealEvent, SettlementLogger } from '../settlement.ts'
import { hashAt, PairChooser, readAgreed } from './agreement.ts'
import { delay } from './async.ts'
import type { ChainClient, Source } from './client.ts'
import {
  type EventCursor,
  forget,
  goneFrom,
  isOurs,
  type Mark,
  markSeen,
  moveTo,
  newCursor,
  nextBlock,
  wasSeen
} from './event-cursor.ts'
import { dealEvents, type LoggedEvent } from './logs.ts'
import type { PendingStore } from './pending.ts'
import type { Range } from './ranges.ts'

export interface EventsInit {
  /** the endpoints that serve, the preferred one first */
  sources: () => Promise<Source[]>
  escrow: Address
  startBlock: bigint
  account: Address
  confirmations: number
  pollMs: number
  store: PendingStore
  storeKey: string
  nowMs: () => number
  logger: SettlementLogger
}

/** The longest pause between tries while the chain node does not answer. */
const MAX_BACKOFF_MS = 30_000
/** What is read in one go, and what a crash makes read again. */
const BATCH_BLOCKS = 2_000n
/** Two endpoints may see different newest blocks for a moment; more often in a row than this it is no fork. */
const FORK_TRIES = 3

interface Batch {
  range: Range
  events: readonly LoggedEvent[]
  mark: Mark
}

/**
 * Reads deal events by asking for ranges of logs, from a persisted position that names its block by hash; no filter lives
 * on the server, so a restarted or replaced chain node loses nothing. A position whose block is gone (reorg) goes back to
 * the last common one: what was handed over and is not there any more comes again as `removed`, then what the new branch
 * says. With several endpoints, two must say the same before anything is handed over.
 */
export async function* watchEvents(init: EventsInit, signal: AbortSignal): AsyncGenerator<DealEvent> {
  const cursor = init.store.getValue<EventCursor>(init.storeKey) ?? newCursor()
  const save = () => init.store.setValue(init.storeKey, cursor)
  const poll = poller(init, cursor, save)
  const pauses = new Pauses(init)
  while (!signal.aborted) {
    let batch: Batch | undefined
    try {
      batch = await poll()
      pauses.reset()
    } catch (error) {
      await delay(pauses.after(error), signal)
      continue
    }
    if (batch === undefined) {
      await delay(init.pollMs, signal)
      continue
    }
    for (const { id: logId, ...event } of goneFrom(cursor, batch.range, batch.events)) {
      if (signal.aborted) return
      yield { ...event, removed: true }
      forget(cursor, { id: logId, ...event })
      save()
    }
    for (const event of batch.events) {
      if (signal.aborted) return
      if (!isOurs(cursor, event, init.account) || wasSeen(cursor, event)) continue
      yield plain(event)
      // reached only when the consumer asks for more: it has dealt with this one
      markSeen(cursor, event)
      save()
    }
    moveTo(cursor, batch.mark)
    save()
  }
}

function poller(init: EventsInit, cursor: EventCursor, save: () => void): () => Promise<Batch | undefined> {
  const { escrow, confirmations } = init
  const pairs = new PairChooser(init.sources, init.logger, init.nowMs)
  const read = (source: Source, range: Range) => dealEvents(source, escrow, range)
  let lastTips = ''
  return async () => {
    const pair = await pairs.choose()
    if (pair.tips === lastTips) return undefined
    // an endpoint that lags behind what was read says nothing about it
    if (pair.head < (cursor.trail.at(-1)?.block ?? 0n)) return undefined
    await stepBack(pair.reader.client, cursor, save)
    const fromBlock = nextBlock(cursor, init.startBlock)
    const target = pair.head - BigInt(confirmations - 1)
    if (fromBlock > target) {
      lastTips = pair.tips
      return undefined
    }
    const end = fromBlock + BATCH_BLOCKS - 1n
    const range = { fromBlock, toBlock: end < target ? end : target }
    const agreed = await readAgreed(pair, range, read)
    return agreed === undefined ? undefined : { range, events: agreed.items, mark: agreed.mark }
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

/** How long to wait after a failure, and when to tell of it. */
class Pauses {
  readonly #init: Pick<EventsInit, 'pollMs' | 'logger'>
  #nextMs: number
  #forks = 0

  constructor(init: Pick<EventsInit, 'pollMs' | 'logger'>) {
    this.#init = init
    this.#nextMs = init.pollMs
  }

  reset(): void {
    this.#nextMs = this.#init.pollMs
    this.#forks = 0
  }

  after(error: unknown): number {
    if (error instanceof EndpointsDisagreeError && this.#forks < FORK_TRIES) {
      this.#forks += 1
      return this.#init.pollMs
    }
    const retryMs = this.#nextMs
    this.#init.logger.warn({ error: messageOf(error), retryMs }, 'deal events cannot be read')
    this.#nextMs = Math.min(retryMs * 2, MAX_BACKOFF_MS)
    return retryMs
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
