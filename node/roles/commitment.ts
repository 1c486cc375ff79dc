import { encodePacked, keccak256 } from 'viem'
import type { Hex } from '../../protocols/common/values.ts'

/** keccak256(deal, digest, salt): what the chain sees of a result until the deal is over. */
export function commitmentOf(deal: Hex, digest: Hex, salt: Hex): Hex {
  return keccak256(encodePacked(['bytes32', 'bytes32', 'bytes32'], [deal, digest, salt]))
}
