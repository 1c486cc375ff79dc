import type { z } from 'zod'
import type { Address, Hex } from '../common/values.ts'
import type { terms } from '../offers/schema.ts'
import type { Deal } from './schema.ts'

export interface TermsInput {
  /** sha2-256 digests of the job offer's body, the spec and the certificate */
  job: Hex
  spec: Hex
  certificate: Hex
  creator: Address
  provider: Address
  /** ask + tip */
  price: bigint
  offerTerms: z.output<typeof terms>
  timeoutMs: number
  nonce: bigint
  /** unix s; see `openBefore` */
  openBefore: number
  /** a deal that the court can judge */
  committee?: CommitteeTerms
}

/** What a committee adds to a deal: the fee of each seat, and what a seat must be able to run. */
export interface CommitteeTerms {
  seatFee: bigint
  /** bits of CAPABILITY */
  needs: number
}

/** Seats of the first round; the provider's collateral covers their fees. */
export const COMMITTEE = 3 as const
/** Judges run a job up to four times as long as its provider may: three submit windows hold that and the way there. */
const VOTE_WINDOWS = 3

/** The time a provider has to fetch the inputs and open: unix s + this. 120 s plus a second per MB, at most half an hour. */
export function openWindowSec(inputBytes: number): number {
  return Math.min(30 * 60, 120 + Math.ceil(inputBytes / 1_000_000))
}

/** What a provider risks: the stated share of the price, rounded up. */
export function collateralFor(price: bigint, percent: number): bigint {
  return (price * BigInt(percent) + 99n) / 100n
}

/**
 * The one deal that follows from a job offer, a resource offer and the time: both sides compute it, so nothing in it is
 * negotiable and a difference names the side that is wrong. Without a committee the court's fields are neutral.
 */
export function makeTerms(input: TermsInput): Deal {
  const { offerTerms, timeoutMs, committee } = input
  const submitWindow = offerTerms.submitBaseSec + 2 * Math.ceil(timeoutMs / 1000)
  const collateral = collateralFor(input.price, offerTerms.collateralPercent)
  return {
    job: input.job,
    spec: input.spec,
    certificate: input.certificate,
    creator: input.creator,
    provider: input.provider,
    price: input.price,
    collateral:
      committee === undefined ? collateral : atLeast(collateral, BigInt(COMMITTEE) * committee.seatFee + input.price),
    seatFee: committee?.seatFee ?? 0n,
    submitWindow,
    reviewWindow: offerTerms.reviewSec,
    voteWindow: committee === undefined ? offerTerms.reviewSec : VOTE_WINDOWS * submitWindow,
    committee: committee === undefined ? 0 : COMMITTEE,
    needs: committee?.needs ?? 0,
    openBefore: input.openBefore,
    nonce: input.nonce
  }
}

const atLeast = (amount: bigint, min: bigint): bigint => (amount > min ? amount : min)

/** Names of the fields in which two deals differ, in the struct's order. */
export function differences(a: Deal, b: Deal): (keyof Deal)[] {
  return (Object.keys(a) as (keyof Deal)[]).filter(key => a[key] !== b[key])
}
