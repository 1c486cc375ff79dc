import { sha256 } from '../common/hash.ts'
import { fromHex, type Hex } from '../common/values.ts'

/**
 * Whether a creator runs a job again. Decided by sha2-256(commitment ‖ secret), so neither side can choose: the provider
 * commits without knowing the secret, the creator's secret was journaled before it saw the commitment.
 *
 * @param perMille chance in 1/1000
 */
export function isSpotChecked(commitment: Hex, secret: Hex, perMille: number): boolean {
  const digest = sha256(fromHex(commitment), fromHex(secret))
  return new DataView(digest.buffer, digest.byteOffset).getBigUint64(0) % 1000n < BigInt(perMille)
}
