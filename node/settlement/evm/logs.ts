import { getAbiItem, type Log, parseEventLogs } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { DealEvent } from '../settlement.ts'
import { lower } from '../typed-data.ts'
import type { Source } from './client.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { inPieces, type Range } from './ranges.ts'
import { MAX_RANGE_BLOCKS } from './rpc/endpoint.ts'

type Kind = DealEvent['kind']

/** The contract's events about deals. */
const event = <N extends string>(name: N) => getAbiItem({ abi: dealEscrowAbi, name: name as 'Opened' })
const NAMES: Record<Kind, string> = {
  opened: 'Opened',
  submitted: 'Submitted',
  settled: 'Settled',
  claimed: 'Claimed',
  forfeited: 'Forfeited',
  'timed-out': 'TimedOut',
  closed: 'ClosedByBoth'
}
const KIND_OF = new Map(Object.entries(NAMES).map(([kind, name]) => [name, kind as Kind]))
const DEAL_EVENTS = Object.values(NAMES).map(event)

/** A deal event with its place in the chain and, for `opened`, its parties. */
export interface LoggedEvent extends DealEvent {
  /** block hash and log index: one log, whatever fork it is in */
  logId: string
  blockHash: Hex
  parties?: [Address, Address]
  resultHash?: Hex
}

/** Every deal event of the escrow in a range, in order. */
export async function dealEvents(source: Source, escrow: Address, range: Range): Promise<LoggedEvent[]> {
  const logs = await inPieces(source, range, piece =>
    source.client.getLogs({ address: escrow, events: DEAL_EVENTS, ...piece })
  )
  return toEvents(logs)
}

interface Escrow {
  escrow: Address
  /** where its history begins */
  startBlock: bigint
}

/** The latest event of a kind about one deal. */
export async function findEvent(
  source: Source,
  { escrow, startBlock }: Escrow,
  id: Hex,
  kind: Kind
): Promise<LoggedEvent | undefined> {
  const asked = { address: escrow, event: event(NAMES[kind]), args: { deal: id } }
  return backwards(source, startBlock, async range => {
    const logs = await inPieces(source, range, piece => source.client.getLogs({ ...asked, ...piece }))
    return toEvents(logs).at(-1)
  })
}

/** The transaction in which an account burned a nonce. */
export async function findBurn(
  source: Source,
  { escrow, startBlock }: Escrow,
  creator: Address,
  nonce: bigint
): Promise<Hex | undefined> {
  const burned = getAbiItem({ abi: dealEscrowAbi, name: 'NonceBurned' })
  const asked = { address: escrow, event: burned, args: { creator } }
  return backwards(source, startBlock, async range => {
    const logs = await inPieces(source, range, piece => source.client.getLogs({ ...asked, ...piece }))
    return logs.find(log => log.args.nonce === nonce)?.transactionHash
  })
}

/** Looks through ranges of blocks from the newest back to `startBlock` until something is found. */
async function backwards<T>(
  source: Source,
  startBlock: bigint,
  look: (range: Range) => Promise<T | undefined>
): Promise<T | undefined> {
  for (let toBlock = await source.client.getBlockNumber(); ; toBlock -= MAX_RANGE_BLOCKS) {
    const first = toBlock - MAX_RANGE_BLOCKS + 1n
    const fromBlock = first > startBlock ? first : startBlock
    const found = await look({ fromBlock, toBlock })
    if (found !== undefined || fromBlock === startBlock) return found
  }
}

function toEvents(logs: Log[]): LoggedEvent[] {
  const parsed = parseEventLogs({ abi: dealEscrowAbi, logs, strict: true })
  parsed.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex)
  return parsed.map(toEvent).filter(logged => logged !== undefined)
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
