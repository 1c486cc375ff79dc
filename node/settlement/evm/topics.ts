import {
  type Abi,
  type AbiEvent,
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
import type { Source } from './client.ts'
import { inPieces, type Range } from './ranges.ts'
import { MAX_RANGE_BLOCKS } from './rpc/endpoint.ts'

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

/** Every event of some contracts in a range, in order. */
export async function readEvents<E>(
  source: Source,
  emitters: readonly Emitter<E>[],
  range: Range
): Promise<(E & Place)[]> {
  const asked = { address: emitters.map(e => e.address), events: emitters.flatMap(e => e.events) }
  const logs = await inPieces(source, range, piece => source.client.getLogs({ ...asked, ...piece }))
  return decodeLogs(emitters, logs)
}

/** The latest log of one event with the given indexed arguments that `wanted` takes. */
export function findEvent<E>(
  source: Source,
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
  const asked = { address: from.address, event, args }
  return backwards(source, startBlock, async range => {
    const logs = await inPieces(source, range, piece => source.client.getLogs({ ...asked, ...piece }))
    return decodeLogs([from], logs).findLast(wanted)
  })
}

/**
 * Everything that some contracts say about one thing (the first indexed argument of each of their events), oldest first, back to
 * its beginning.
 */
export async function historyOf<E>(
  source: Source,
  emitters: readonly Emitter<E>[],
  startBlock: bigint,
  about: Hex,
  begins: (event: E & Place) => boolean
): Promise<(E & Place)[]> {
  const found: (E & Place)[] = []
  const [address, topics] = [emitters.map(e => e.address), [null, about]]
  await backwards(source, startBlock, async range => {
    const logs = await inPieces(source, range, async ({ fromBlock, toBlock }) => {
      const filter = { address, topics, fromBlock: numberToHex(fromBlock), toBlock: numberToHex(toBlock) }
      const raw = await source.client.request({ method: 'eth_getLogs', params: [filter] })
      return raw.map(log => formatLog(log))
    })
    found.unshift(...decodeLogs(emitters, logs))
    return found.some(begins) || undefined
  })
  return found
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

/** What logs say to us, in the order of the chain; others, and those of other contracts, are passed over. */
export function decodeLogs<E>(emitters: readonly Emitter<E>[], logs: readonly Log[]): (E & Place)[] {
  const mined = logs.filter((log): log is Log<bigint, number, false> => log.blockNumber !== null)
  mined.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex)
  return mined.flatMap(log => {
    const event = emitters.find(e => e.address === lower(log.address))?.decode(log)
    if (event === undefined) return []
    const { transactionHash: transaction, blockNumber, blockHash } = log
    return [{ ...event, transaction, blockNumber, blockHash, logId: `${blockHash}:${log.logIndex}` }]
  })
}
