import { messageOf } from '../../../protocols/common/errors.ts'
import type { Address } from '../../../protocols/common/values.ts'
import type { WriteOptions } from '../../journal/journal.ts'
import { EndpointsDisagreeError } from '../errors.ts'
import type { DealEvent, SettlementLogger } from '../settlement.ts'
import { hashAt, type Pair, PairChooser, readAgreed } from './agreement.ts'
import { delay } from './async.ts'
import type { Source } from './client.ts'
import {
  type EventCursor,
  type Fact,
  forget,
  goneFrom,
  isOurs,
  type Mark,
  markSeen,
  moveTo,
  newCursor,
  nextBlock,
  type SeenEvent,
  wasSeen
} from './event-cursor.ts'
import { dealEmitter, type LoggedEvent } from './logs.ts'
import type { PendingStore } from './pending.ts'
import type { Range } from './ranges.ts'
import { type Emitter, type Place, readEvents } from './topics.ts'

export interface WatchInit {
  /** the endpoints that serve, the preferred one first */
  sources: () => Promise<Source[]>
  startBlock: bigint
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

/** What a consumer is to hear of. */
export interface Wanted<E extends Fact> {
  emitters: readonly Emitter<E>[]
  /** by what the cursor has learnt from earlier events; may change it. @default everything */
  isWanted?(cursor: EventCursor, event: E & Place): boolean
}

/** An event, or one that was handed over before and that a reorg took back. */
export type Watched<E extends Fact> = { event: E & Place } | { gone: Omit<SeenEvent, 'id'> }

interface Batch<E> {
  range: Range
  events: readonly (E & Place)[]
  mark: Mark
}

/** What happens to the deals that an account is a party of. */
export async function* watchDeals(
  { escrow, account, ...init }: WatchInit & { escrow: Address; account: Address },
  signal: AbortSignal
): AsyncGenerator<DealEvent> {
  const isWanted = (cursor: EventCursor, event: LoggedEvent) => isOurs(cursor, event, account)
  for await (const seen of watchEvents(init, { emitters: [dealEmitter(escrow)], isWanted }, signal)) {
    yield 'event' in seen ? plain(seen.event) : { ...(seen.gone as Gone), removed: true }
  }
}

/** What a cursor keeps of an event has the kind that the event had. */
type Gone = Pick<DealEvent, 'deal' | 'kind' | 'transaction' | 'blockNumber'>

/**
 * Reads events by asking for ranges of logs, from a persisted position that names its block by hash; no filter lives
 * on the server, so a restarted or replaced chain node loses nothing. A position whose block is gone (reorg) goes back to
 * the last common one: what was handed over and is not there any more comes again as gone, then what the new branch
 * says. With several endpoints, two must say the same before anything is handed over.
 */
export async function* watchEvents<E extends Fact>(
  init: WatchInit,
  { emitters, isWanted = () => true }: Wanted<E>,
  signal: AbortSignal
): AsyncGenerator<Watched<E>> {
  const cursor = init.store.getValue<EventCursor>(init.storeKey) ?? newCursor()
  const save = (options?: WriteOptions) => init.store.setValue(init.storeKey, cursor, options)
  const poll = poller(init, emitters, cursor, save)
  const pauses = new Pauses(init)
  while (!signal.aborted) {
    let batch: Batch<E> | undefined
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
    for (const { id, ...gone } of goneFrom(cursor, batch.range, batch.events)) {
      if (signal.aborted) return
      yield { gone }
      forget(cursor, { id, ...gone })
      save()
    }
    for (const event of batch.events) {
      if (signal.aborted) return
      if (!isWanted(cursor, event) || wasSeen(cursor, event)) continue
      yield { event }
      // reached only when the consumer asks for more: it has dealt with this one
      markSeen(cursor, event)
      save()
    }
    moveTo(cursor, batch.mark)
    // what was handed over is on disk: from an older position the same blocks are read again, and it is known as seen
    save({ lazy: true })
  }
}

function poller<E>(
  init: WatchInit,
  emitters: readonly Emitter<E>[],
  cursor: EventCursor,
  save: () => void
): () => Promise<Batch<E> | undefined> {
  const { confirmations } = init
  const pairs = new PairChooser(init.sources, init.logger, init.nowMs)
  const read = (source: Source, range: Range) => readEvents(source, emitters, range)
  let lastTips = ''
  return async () => {
    const pair = await pairs.choose()
    if (pair.tips === lastTips) return undefined
    await stepBack(pair, cursor, save)
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

/** Drops positions whose block is not part of the chain. */
async function stepBack({ reader, head }: Pair, cursor: EventCursor, save: () => void): Promise<void> {
  let dropped = false
  for (let last = cursor.trail.at(-1); last !== undefined; last = cursor.trail.at(-1)) {
    if ((await hashAt(reader.client, last.block)) === last.hash) break
    cursor.trail.pop()
    dropped = true
  }
  // nothing before a block that is still to come can be final: an endpoint told of a chain that never was
  if (cursor.trail.length === 0 && cursor.horizon > head) {
    cursor.horizon = 0n
    dropped = true
  }
  if (dropped) save()
}

/** How long to wait after a failure, and when to tell of it. */
class Pauses {
  readonly #init: Pick<WatchInit, 'pollMs' | 'logger'>
  #nextMs: number
  #forks = 0

  constructor(init: Pick<WatchInit, 'pollMs' | 'logger'>) {
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
    this.#init.logger.warn({ error: messageOf(error), retryMs }, 'events cannot be read')
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
