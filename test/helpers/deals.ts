import type { Address, Hex } from '../../protocols/common/values.ts'
import type { Deal } from '../../protocols/deal/schema.ts'

const word = (byte: string): Hex => `0x${byte.repeat(32)}`

/** Plain terms; tests override what they are about. */
export function dealTerms(creator: Address, provider: Address, nowSec: number, changes: Partial<Deal> = {}): Deal {
  return {
    job: word('11'),
    spec: word('22'),
    certificate: word('33'),
    creator,
    provider,
    price: 1_000n,
    collateral: 401n,
    seatFee: 0n,
    submitWindow: 60,
    reviewWindow: 120,
    voteWindow: 0,
    committee: 0,
    needs: 0,
    openBefore: nowSec + 1_000,
    nonce: 1n,
    ...changes
  }
}
