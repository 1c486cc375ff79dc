import { RpcRequestError } from 'viem'
import { within } from './errors.ts'
import { MAX_RANGE_BLOCKS, type Source } from './rpc/endpoint.ts'
import { EndpointFault } from './rpc/faults.ts'

/** A part of the chain, both blocks included. */
export interface Range {
  fromBlock: bigint
  toBlock: bigint
}

/** After this many ranges that it took, an endpoint is asked for twice as much again. */
const GROW_AFTER = 16

/**
 * Reads a range in pieces as large as the endpoint takes: a piece that it refuses, whatever words it uses, is halved down
 * to one block.
 *
 * @throws what the endpoint says to a single block, or its fault
 */
export async function inPieces<T>(
  source: Source,
  { fromBlock, toBlock }: Range,
  read: (piece: Range) => Promise<readonly T[]>
): Promise<T[]> {
  const all: T[] = []
  let taken = 0
  for (let from = fromBlock; from <= toBlock; ) {
    const end = from + source.logBlocks - 1n
    const to = end < toBlock ? end : toBlock
    try {
      all.push(...(await read({ fromBlock: from, toBlock: to })))
      from = to + 1n
      taken += 1
      if (taken % GROW_AFTER === 0 && source.logBlocks < MAX_RANGE_BLOCKS) {
        source.logBlocks = least(source.logBlocks * 2n, MAX_RANGE_BLOCKS)
      }
    } catch (error) {
      const isSlow = within(error, e => e instanceof EndpointFault && e.kind === 'timeout') !== undefined
      const isRefused = within(error, e => e instanceof RpcRequestError) !== undefined
      if (isSlow || isRefused) source.logBlocks = (to - from + 2n) / 2n
      if (!isRefused || to === from) throw error
    }
  }
  return all
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
