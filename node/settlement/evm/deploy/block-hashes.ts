import { hexToBigInt, slice } from 'viem'
import type { Hex } from '../../../../protocols/common/values.ts'
import type { ChainClient } from '../client.ts'
import { isUnreachable } from '../errors.ts'

/** Creation code that leaves two words for code: NUMBER, and BLOCKHASH of the block before. */
const PROBE: Hex = '0x43600052600143034060205260406000f3'

/**
 * Whether contracts see the chain's own block numbers and hashes, which the court's draw is made from. On some rollups they see
 * their parent's numbers, and hashes that can be told in advance. Undefined where the endpoint does not run code that is not there.
 */
export async function seesBlockHashes(client: ChainClient): Promise<boolean | undefined> {
  try {
    const { data } = await client.call({ data: PROBE })
    if (data === undefined) return undefined
    const parent = hexToBigInt(slice(data, 0, 32)) - 1n
    const head = await client.getBlockNumber()
    if (parent > head || parent < 0n) return false
    return (await client.getBlock({ blockNumber: parent })).hash === slice(data, 32, 64)
  } catch (error) {
    if (isUnreachable(error)) throw error
    return undefined
  }
}
