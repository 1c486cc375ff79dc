import type { Hex } from '../../../protocols/common/values.ts'
import type { BoardEntry } from '../board.ts'
import type { BoardFact } from './board-logs.ts'
import type { Source } from './client.ts'
import { MAX_RANGE_BLOCKS } from './rpc/endpoint.ts'
import { type Emitter, historyOf, type Place, readEvents } from './topics.ts'

/** Ranges read for a list: half a year of a chain with 12 s a block; of a faster one less. */
const MAX_RANGES = 700

type Requested = Extract<BoardFact, { kind: 'requested' }>

/** One request with what came of it, however many came later. */
export async function boardEntry(
  source: Source,
  emitter: Emitter<BoardFact>,
  startBlock: bigint,
  id: Hex
): Promise<BoardEntry | undefined> {
  const facts = await historyOf(source, [emitter], startBlock, id, ({ kind }) => kind === 'requested')
  const request = facts.find(fact => fact.kind === 'requested')
  return request && entryOf(request, facts)
}

/** The newest requests on a board that are wanted, with what came of each; newest first. */
export async function boardHistory(
  source: Source,
  emitter: Emitter<BoardFact>,
  startBlock: bigint,
  { wanted = () => true, limit }: { wanted?: (requested: Requested) => boolean; limit: number }
): Promise<BoardEntry[]> {
  const found: BoardEntry[] = []
  const ends = new Map<Hex, (BoardFact & Place)[]>()
  let toBlock = await source.client.getBlockNumber()
  for (let ranges = 0; ranges < MAX_RANGES && found.length < limit; ranges++) {
    const first = toBlock - MAX_RANGE_BLOCKS + 1n
    const fromBlock = first > startBlock ? first : startBlock
    const events = await readEvents(source, [emitter], { fromBlock, toBlock })
    // from the newest back: what ended a request is known before the request itself
    for (const event of events.reverse()) {
      if (event.kind !== 'requested') ends.set(event.deal, [...(ends.get(event.deal) ?? []), event])
      else if (wanted(event)) found.push(entryOf(event, ends.get(event.deal) ?? []))
    }
    if (fromBlock === startBlock) break
    toBlock = fromBlock - 1n
  }
  return found.slice(0, limit)
}

function entryOf({ deal: id, request, job }: Requested, ends: readonly BoardFact[]): BoardEntry {
  const delivered = ends.find(end => end.kind === 'delivered')
  const isRefunded = ends.some(end => end.kind === 'refunded')
  return {
    ...{ id, request, job },
    state: delivered !== undefined ? 'delivered' : isRefunded ? 'refunded' : 'open',
    ...(delivered === undefined ? {} : { delivered: delivered.delivered }),
    callbackFailed: ends.some(end => end.kind === 'callback-failed')
  }
}
