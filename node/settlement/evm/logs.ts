import { getAbiItem, type Log, parseEventLogs } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { DealEvent } from '../settlement.ts'
import { lower } from '../typed-data.ts'
import type { ChainClient } from './client.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'

type Kind = DealEvent['kind']

/** The contract's events about deals. */
const event = <N extends string>(name: N) => getAbiItem({ abi: dealEscrowAbi, name: name as 'Opened' })
const NAMES: Record<Kind, string> = {
  opened: 'Opened',
  submitted: 'Submitted',
  challenged: 'Challenged',
  settled: 'Settled',
  claimed: 'Claimed',
  forfeited: 'Forfeited',
  'timed-out': 'TimedOut',
  closed: 'ClosedByBoth',
  resolved: 'Resolved'
}
const KIND_OF = new Map(Object.entries(NAMES).map(([kind, name]) => [name, kind as Kind]))
const DEAL_EVENTS = Object.values(NAMES).map(event)

/** Public endpoints refuse longer ranges of logs. */
export const MAX_RANGE_BLOCKS = 2_000n
/** More than this in one range is halved before it fills the memory. */
const MAX_LOGS = 10_000

/** A deal event with its place in the chain and, for `opened`, its parties. */
export interface LoggedEvent extends DealEvent {
  /** block hash and log index: one log, whatever fork it is in */
  logId: string
  blockHash: Hex
  parties?: [Address, Address]
  resultHash?: Hex
}

/** Every deal event of the escrow between two blocks, both included, in order. */
export async function dealEvents(
  client: ChainClient,
  escrow: Address,
  fromBlock: bigint,
  toBlock: bigint
): Promise<LoggedEvent[]> {
  const logs = await client.getLogs({ address: escrow, events: DEAL_EVENTS, fromBlock, toBlock })
  if (logs.length > MAX_LOGS && toBlock > fromBlock) {
    const middle = (fromBlock + toBlock) / 2n
    return [
      ...(await dealEvents(client, escrow, fromBlock, middle)),
      ...(await dealEvents(client, escrow, middle + 1n, toBlock))
    ]
  }
  const inRange = (log: Log) =>
    log.blockNumber !== null && log.blockNumber >= fromBlock && log.blockNumber <= toBlock && !log.removed
  return toEvents(logs.filter(log => inRange(log) && lower(log.address) === escrow))
}

interface Escrow {
  escrow: Address
  /** where its history begins */
  startBlock: bigint
}

/** The latest event of a kind about one deal. */
export async function findEvent(
  client: ChainClient,
  { escrow, startBlock }: Escrow,
  id: Hex,
  kind: Kind
): Promise<LoggedEvent | undefined> {
  return backwards(client, startBlock, async range => {
    const logs = await client.getLogs({ address: escrow, event: event(NAMES[kind]), args: { deal: id }, ...range })
    return toEvents(logs).findLast(logged => logged.deal === id)
  })
}

/** The transaction in which an account burned a nonce. */
export async function findBurn(
  client: ChainClient,
  { escrow, startBlock }: Escrow,
  creator: Address,
  nonce: bigint
): Promise<Hex | undefined> {
  const burned = getAbiItem({ abi: dealEscrowAbi, name: 'NonceBurned' })
  return backwards(client, startBlock, async range => {
    const logs = await client.getLogs({ address: escrow, event: burned, args: { creator }, ...range })
    return logs.find(log => log.args.nonce === nonce)?.transactionHash
  })
}

/** Looks through ranges of blocks from the newest back to `startBlock` until something is found. */
async function backwards<T>(
  client: ChainClient,
  startBlock: bigint,
  look: (range: { fromBlock: bigint; toBlock: bigint }) => Promise<T | undefined>
): Promise<T | undefined> {
  for (let toBlock = await client.getBlockNumber(); ; toBlock -= MAX_RANGE_BLOCKS) {
    const first = toBlock - MAX_RANGE_BLOCKS + 1n
    const fromBlock = first > startBlock ? first : startBlock
    const found = await look({ fromBlock, toBlock })
    if (found !== undefined || fromBlock === startBlock) return found
  }
}

function toEvents(logs: Log[]): LoggedEvent[] {
  const parsed = parseEventLogs({ abi: dealEscrowAbi, logs, strict: true })
  const events = parsed.map(toEvent).filter(logged => logged !== undefined)
  return events.sort((a, b) => Number(a.blockNumber - b.blockNumber))
}

function toEvent(log: ReturnType<typeof parseEventLogs<typeof dealEscrowAbi, true>>[number]): LoggedEvent | undefined {
  const kind = KIND_OF.get(log.eventName)
  if (kind === undefined || !('deal' in log.args)) return undefined
  const { args } = log
  const logged: LoggedEvent = {
    deal: log.args.deal,
    kind,
    transaction: log.transactionHash,
    blockNumber: log.blockNumber,
    blockHash: log.blockHash,
    logId: `${log.blockHash}:${log.logIndex}`
  }
  if ('creator' in args) logged.parties = [lower(args.creator), lower(args.provider)]
  if ('resultHash' in args) logged.resultHash = args.resultHash
  if ('toCreator' in args) {
    logged.toCreator = args.toCreator
    logged.toProvider = 'toProvider' in args ? args.toProvider : 0n
  }
  return logged
}
