import { compareBytes } from '../../common/values.ts'
import { ID_BYTES } from './limits.ts'

const ROUND_BYTES = 8
export const KEY_BYTES = ROUND_BYTES + ID_BYTES

/**
 * Where a fact stands in the order of sync: untilRound (8 bytes, big-endian), then the id. Facts that expire leave at one
 * end, and what two nodes hold for the same time lies together.
 */
export function keyOf(untilRound: number, digest: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY_BYTES)
  new DataView(key.buffer).setBigUint64(0, BigInt(untilRound))
  key.set(digest, ROUND_BYTES)
  return key
}

/** The shortest byte string above `below` and not above `key`: the bound between two neighbours. `below` < `key`. */
export function separator(below: Uint8Array, key: Uint8Array): Uint8Array {
  let common = 0
  while (common < below.byteLength && below[common] === key[common]) common++
  return key.subarray(0, common + 1)
}

/** The first index whose key is not below `bound`. */
export function lowerBound(keys: readonly { key: Uint8Array }[], bound: Uint8Array): number {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = keys[middle]
    if (item !== undefined && compareBytes(item.key, bound) < 0) low = middle + 1
    else high = middle
  }
  return low
}
