import {
  type Abi,
  type AbiEvent,
  type Address as AnyAddress,
  type ContractEventName,
  decodeEventLog,
  formatLog,
  type GetEventArgs,
  getAbiItem,
  type Log,
  numberToHex,
  toEventSelector
} from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import { lower } from '../typed-data.ts'
import type { ChainClient } from './client.ts'

/** Public endpoints refuse longer ranges of logs. */
export const MAX_RANGE_BLOCKS = 2_000n
/** More than this in one range is halved before it fills the memory. */
const MAX_LOGS = 10_000

/** Where in the chain an event lies. */
export interface Place {
  transaction: Hex
  blockNumber: bigint
  blockHash: Hex
  /** block hash and log index: one log, whatever fork it is in */
  logId: string
}

type Decoded<A extends Abi, N extends string> = GetEventArgs<
  A,
  N,
  { EnableUnion: false; IndexedOnly: false; Required: true }
>
/** For each event of a contract that is read, what it says to us; undefined passes over a log that we cannot represent. */
export type Rows<A extends Abi, E> = { [N in ContractEventName<A>]?: (args: Decoded<A, N>) => E | undefined }

/** A contract and those of its events that are read. */
export interface Emitter<E> {
  address: Address
  events: readonly AbiEvent[]
  decode(log: Log): E | undefined
}

export function emitter<const A extends Abi, E>(address: Address, abi: A, rows: Rows<A, E>): Emitter<E> {
  const events = Object.keys(rows).map(name => getAbiItem({ abi: abi as Abi, name }) as AbiEvent)
  const selectors = new Set<Hex | undefined>(events.map(event => toEventSelector(event)))
  return {
    address,
    events,
    decode: ({ data, topics }) => {
      if (!selectors.has(topics[0])) return undefined
      const { eventName, args } = decodeEventLog({ abi: events, data, topics, strict: true })
      // the table's own type ties each name to its arguments
      return (rows as Record<string, (args: unknown) => E | undefined>)[eventName ?? '']?.(args)
    }
  }
}

/** Every event of some contracts between two blocks, both included, in order. */
export async function readEvents<E>(
  client: ChainClient,
  emitters: readonly Emitter<E>[],
  fromBlock: bigint,
  toBlock: bigint
): Promise<(E & Place)[]> {
  const address: AnyAddress[] = emitters.map(e => e.address)
  const logs = await client.getLogs({ address, events: emitters.flatMap(e => e.events), fromBlock, toBlock })
  if (logs.length > MAX_LOGS && toBlock > fromBlock) {
    const middle = (fromBlock + toBlock) / 2n
    return [
      ...(await readEvents(client, emitters, fromBlock, middle)),
      ...(await readEvents(client, emitters, middle + 1n, toBlock))
    ]
  }
  return decodeLogs(emitters, inOrder(logs as Log[], fromBlock, toBlock))
}

/** The latest log of one event with the given indexed arguments that `wanted` takes. */
export async function findEvent<E>(
  client: ChainClient,
  from: Emitter<E>,
  startBlock: bigint,
  {
    name,
    args,
    wanted = () => true
  }: { name: string; args: Record<string, unknown>; wanted?: (event: E & Place) => boolean }
): Promise<(E & Place) | undefined> {
  const event = from.events.find(e => e.name === name)
  if (event === undefined) throw new TypeError(`${name} is not in the table`)
  return backwards(client, startBlock, async ({ fromBlock, toBlock }) => {
    const logs = await client.getLogs({ address: from.address, event, args, fromBlock, toBlock })
    return decodeLogs([from], inOrder(logs as Log[], fromBlock, toBlock)).findLast(wanted)
  })
}

/**
 * Everything that some contracts say about one thing (the first indexed argument of each of their events), oldest first, back to
 * its beginning.
 */
export async function historyOf<E>(
  client: ChainClient,
  emitters: readonly Emitter<E>[],
  startBlock: bigint,
  about: Hex,
  begins: (event: E & Place) => boolean
): Promise<(E & Place)[]> {
  const found: (E & Place)[] = []
  await backwards(client, startBlock, async ({ fromBlock, toBlock }) => {
    const [address, topics] = [emitters.map(e => e.address), [null, about]]
    const filter = { address, topics, fromBlock: numberToHex(fromBlock), toBlock: numberToHex(toBlock) }
    const logs = (await client.request({ method: 'eth_getLogs', params: [filter] })).map(log => formatLog(log))
    found.unshift(...decodeLogs(emitters, inOrder(logs, fromBlock, toBlock)))
    return found.some(begins) || undefined
  })
  return found
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

type MinedLog = Log<bigint, number, false>

/** An endpoint's word is not taken for what was asked: the range is checked, pending and removed logs are left out. */
function inOrder(logs: readonly Log[], fromBlock: bigint, toBlock: bigint): MinedLog[] {
  const mined = logs.filter(
    (log): log is MinedLog =>
      log.blockNumber !== null && log.blockNumber >= fromBlock && log.blockNumber <= toBlock && !log.removed
  )
  return mined.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex)
}

/** What logs say to us; others, and those of other contracts, are passed over. */
export function decodeLogs<E>(emitters: readonly Emitter<E>[], logs: readonly MinedLog[]): (E & Place)[] {
  return logs.flatMap(log => {
    const event = emitters.find(e => e.address === lower(log.address))?.decode(log)
    if (event === undefined) return []
    const { transactionHash: transaction, blockNumber, blockHash } = log
    return [{ ...event, transaction, blockNumber, blockHash, logId: `${blockHash}:${log.logIndex}` }]
  })
}
