import { commitmentOf } from '../../../node/roles/commitment.ts'
import { hashDeal } from '../../../node/settlement/typed-data.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import { account, word } from '../deal/builders.ts'
import { ToyCourt } from './toy-court.ts'
import type { ToySettings, ToyWorld } from './toy-seats.ts'

export const CREATOR = account(101)
export const PROVIDER = account(102)
export const SEAT_FEE = 100n
export const TOY_SETTINGS: ToySettings = {
  seatStake: 4_800n,
  revealWindowSec: 60,
  appealWindowSec: 60,
  activationSec: 0,
  exitDelaySec: 60
}
export const SALT = word(0x5a)

export interface ToyCase {
  id: Hex
  deal: Deal
  result: Result
  /** what the provider claims */
  digest: Hex
}

/** A court with parties, and owners of one seat each that may be drawn a second later. */
export function toyCourt(world: ToyWorld, owners: number): { court: ToyCourt; owners: Address[] } {
  const court = new ToyCourt(world, TOY_SETTINGS)
  for (const party of [CREATOR, PROVIDER]) court.credit(party, 1_000_000n)
  const list = Array.from({ length: owners }, (_unused, i) => account(i + 1))
  for (const owner of list) {
    court.credit(owner, 1_000_000n)
    court.takeSeat(owner, 3)
  }
  return { court, owners: list }
}

/** Digests that differ in their first bytes, which are what the court compares. */
export const digestNo = (n: number): Hex => `0x${n.toString(16).padStart(4, '0').repeat(16)}`

/** A submitted result that its creator takes to the court. */
export function challenge(court: ToyCourt, changes: Partial<Deal> = {}, digest: Hex = digestNo(1)): ToyCase {
  const deal: Deal = {
    ...{ job: word(1), spec: word(2), certificate: word(3), creator: CREATOR, provider: PROVIDER },
    ...{ price: 100n, collateral: 400n, seatFee: SEAT_FEE, submitWindow: 60, reviewWindow: 60, voteWindow: 180 },
    ...{ committee: 3, needs: 1, openBefore: 4_000_000_000, nonce: 1n },
    ...changes
  }
  const id = hashDeal(deal)
  const result = { deal: id, commitment: commitmentOf(id, digest, SALT), manifest: word(4), charge: 100n }
  court.challenge(deal, result)
  return { id, deal, result, digest }
}
