import type { Address } from '../../../protocols/common/values.ts'
import { SettlementUnreachableError } from '../errors.ts'
import type { History, HistoryOptions } from '../history.ts'
import { type Pair, PairChooser, readAgreed } from './agreement.ts'
import { abortable } from './async.ts'
import type { ChainClient, Source } from './client.ts'
import { type MoneyFact, type MoneyLog, movementsOf, newestUnknown, type UntimedMovement } from './money-logs.ts'
import type { Range } from './ranges.ts'
import { type Emitter, readEvents } from './topics.ts'

export interface HistoryInit {
  sources: () => Promise<Source[]>
  emitters: readonly Emitter<MoneyFact>[]
  account: Address
  startBlock: bigint
  confirmations: number
  /** blocks read at first; twice as many as long as the chain node is quick. @default 2000 */
  firstWindow?: bigint
  nowMs: () => number
  logger: ConstructorParameters<typeof PairChooser>[1]
}

const FIRST_WINDOW = 2_000n
const MAX_WINDOW = 256_000n
/** A window that took longer is not followed by a larger one. */
const QUICK_MS = 1_000
/** An answer to a person: what is older is left out after this time, or when this much is in memory. */
const MAX_MS = 30_000
const MAX_LOGS = 100_000
/** A reorg while a window is read: so often it is read anew. */
const TRIES = 5
/** Blocks asked for their time at the same time. */
const PARALLEL = 8

/**
 * The newest money movements of an account, from the logs of everybody, read backwards and as deep as events are
 * reported. With several endpoints, two must say the same.
 *
 * @throws SettlementUnreachableError, WrongChainError, EndpointsDisagreeError
 */
export async function readHistory(
  init: HistoryInit,
  { limit, sinceSec = 0, signal }: HistoryOptions
): Promise<History> {
  const pair = await new PairChooser(init.sources, init.logger, init.nowMs).choose()
  const { logs, isWhole } = await readBack(init, pair, { limit, sinceSec, ...(signal === undefined ? {} : { signal }) })
  const newest = movementsOf(logs, init.account).slice(-limit)
  const times = await timesOf(pair.reader.client, newest)
  const movements = newest
    .map(movement => ({ ...movement, atSec: times.get(movement.blockNumber) ?? 0 }))
    .filter(({ atSec }) => atSec >= sinceSec)
  return { movements, complete: isWhole }
}

/** Windows from the newest back, until everything asked for is there. */
async function readBack(
  init: HistoryInit,
  pair: Pair,
  { limit, sinceSec = 0, signal }: HistoryOptions
): Promise<{ logs: MoneyLog[]; isWhole: boolean }> {
  const { startBlock, confirmations, account, nowMs } = init
  let width = init.firstWindow ?? FIRST_WINDOW
  const began = nowMs()
  const logs: MoneyLog[] = []
  const own = { ...pair, reader: { ...pair.reader }, witness: pair.witness && { ...pair.witness } }
  let toBlock = pair.head - BigInt(confirmations - 1)
  while (toBlock >= startBlock) {
    if (nowMs() - began > MAX_MS || logs.length > MAX_LOGS) return { logs, isWhole: false }
    const first = toBlock - width + 1n
    const range = { fromBlock: first > startBlock ? first : startBlock, toBlock }
    const at = nowMs()
    logs.unshift(...(await abortable(readWindow(init, own, range, width), signal)))
    if (nowMs() - at < QUICK_MS && width < MAX_WINDOW) width *= 2n
    toBlock = range.fromBlock - 1n
    if (await isEnough(pair.reader.client, logs, movementsOf(logs, account), { limit, sinceSec, range })) break
  }
  return { logs, isWhole: true }
}

async function readWindow(
  { emitters }: HistoryInit,
  pair: Pair,
  range: Range,
  width: bigint
): Promise<readonly MoneyLog[]> {
  const read = async (source: Source, part: Range) => {
    // as wide as the window, until the endpoint refuses
    if (source.logBlocks * 2n >= width) source.logBlocks = width
    return readEvents(source, emitters, part)
  }
  for (let tries = 0; tries < TRIES; tries++) {
    const agreed = await readAgreed(pair, range, read)
    if (agreed !== undefined) return agreed.items
  }
  throw new SettlementUnreachableError('the chain changes while it is read', { remedy: 'try again in a minute' })
}

/** Whether nothing that is older can belong to the answer. */
async function isEnough(
  client: ChainClient,
  logs: readonly MoneyLog[],
  movements: readonly UntimedMovement[],
  { limit, sinceSec, range }: { limit: number; sinceSec: number; range: Range }
): Promise<boolean> {
  const unknown = newestUnknown(logs)
  const oldest = movements.at(-limit)
  if (oldest !== undefined) return unknown === undefined || unknown < oldest.blockNumber
  if (sinceSec === 0) return false
  const { timestamp } = await client.getBlock({ blockNumber: range.fromBlock })
  if (Number(timestamp) >= sinceSec) return false
  return unknown === undefined || (await timeOf(client, unknown)) < sinceSec
}

const timeOf = async (client: ChainClient, blockNumber: bigint): Promise<number> =>
  Number((await client.getBlock({ blockNumber })).timestamp)

async function timesOf(client: ChainClient, movements: readonly UntimedMovement[]): Promise<Map<bigint, number>> {
  const blocks = [...new Set(movements.map(({ blockNumber }) => blockNumber))]
  const times = new Map<bigint, number>()
  for (let i = 0; i < blocks.length; i += PARALLEL) {
    const part = blocks.slice(i, i + PARALLEL)
    await Promise.all(part.map(async block => times.set(block, await timeOf(client, block))))
  }
  return times
}
