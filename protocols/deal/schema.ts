import { z } from 'zod'
import { address, amount, bytes32, signature65, uint, uint256 } from '../common/values.ts'

/**
 * The terms two peers sign (EIP-712 struct `Deal`, see docs/settlement.md). Digests are sha2-256 of dag-cbor blocks;
 * windows and openBefore in seconds; amounts in the token's smallest unit.
 */
export const deal = z.strictObject({
  /** digest of the job offer's body */
  job: bytes32,
  /** digest of the job specification */
  spec: bytes32,
  /** digest of the match certificate */
  certificate: bytes32,
  creator: address,
  provider: address,
  price: amount,
  collateral: amount,
  seatFee: amount,
  submitWindow: uint,
  reviewWindow: uint,
  voteWindow: uint,
  committee: z.union([z.literal(0), z.literal(3)]),
  needs: uint,
  openBefore: uint,
  nonce: uint256
})
export type Deal = z.output<typeof deal>

/** What a deal came to (EIP-712 struct `Result`). `charge` ≤ price is a gift, never a meter. */
export const result = z.strictObject({ deal: bytes32, commitment: bytes32, manifest: bytes32, charge: amount })
export type Result = z.output<typeof result>

/** An agreed end other than payment (EIP-712 struct `Close`). */
export const close = z.strictObject({ deal: bytes32, toProvider: amount, expiry: uint })
export type Close = z.output<typeof close>

/** A deal with both signatures: what `open` needs. */
export const signedDeal = z.strictObject({ deal, creatorSignature: signature65, providerSignature: signature65 })
export type SignedDeal = z.output<typeof signedDeal>

/** Where a deal's money is, as the escrow says. */
export type DealPhase = 'none' | 'open' | 'submitted' | 'disputed' | 'closed'
