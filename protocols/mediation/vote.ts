import { encodeAbiParameters, keccak256, parseAbiParameters, slice } from 'viem'
import type { Hex } from '../common/values.ts'

/** What a seat votes: the digest of its own run, and what keeps the vote secret until it is opened. */
export interface Vote {
  deal: Hex
  round: number
  seat: number
  digest: Hex
  /** the member's own run took long enough for a timeout to be an honest answer too */
  orTimeout: boolean
  /** 32 random bytes: without them the few digests that are likely could be tried */
  salt: Hex
}

/** What the court keeps of a hash; votes and digests are compared by these bytes. */
export const SHORT_BYTES = 26
const TUPLE = parseAbiParameters('bytes32, uint256, uint256, bytes32, bool, bytes32')

/** keccak256(abi.encode(deal, round, seat, digest, orTimeout, salt)), as the court computes it. */
export function voteHash({ deal, round, seat, digest, orTimeout, salt }: Vote): Hex {
  return keccak256(encodeAbiParameters(TUPLE, [deal, BigInt(round), BigInt(seat), digest, orTimeout, salt]))
}

/** The first 26 bytes of a hash: what `commit` takes of a vote hash, and how members' digests are stored. */
export function shorten(hash: Hex): Hex {
  return slice(hash, 0, SHORT_BYTES)
}
