import type { JobOffer } from '../offers/schema.ts'
import { asker } from './ask.ts'
import { fitsShape } from './feasible.ts'
import type { OfferInput, RankContext } from './input.ts'
import { Lineup } from './lineup.ts'

/**
 * The offers that fit every job of one shape (`shapeOf`), by what they ask. Made once for all jobs of the shape; what remains,
 * creator, bid and id, is up to `ranking`.
 */
export interface Shelf<T extends OfferInput = OfferInput> {
  /** cheapest first */
  readonly levels: readonly Level<T>[]
  /** the same offers, of which those leave that have no room any more */
  readonly lineup: Lineup<T>
}

/** The offers that ask the same. */
export interface Level<T extends OfferInput = OfferInput> {
  readonly ask: bigint
  readonly offers: readonly T[]
}

/** O(offers), and a sort of the distinct asks, of which there are few: rates are multiples of a price tick. */
export function shelve<T extends OfferInput>(job: JobOffer, offers: readonly T[], context: RankContext): Shelf<T> {
  const byAsk = [...fittingByAsk(job, offers, context)].sort(([a], [b]) => compareBigint(a, b))
  const levels = byAsk.map(([ask, list]) => ({ ask, offers: list }))
  const inputs: T[] = []
  const asks: bigint[] = []
  for (const level of levels) {
    for (const input of level.offers) {
      inputs.push(input)
      asks.push(level.ask)
    }
  }
  return { levels, lineup: new Lineup(inputs, asks) }
}

function fittingByAsk<T extends OfferInput>(job: JobOffer, offers: readonly T[], context: RankContext) {
  const fits = fitsShape(job, context)
  const askOf = asker(job.needs.resources, job.timeoutMs)
  const byAsk = new Map<bigint, T[]>()
  for (const input of offers) {
    if (!fits(input.offer)) continue
    const ask = askOf(input.offer.price)
    const level = byAsk.get(ask)
    if (level === undefined) byAsk.set(ask, [input])
    else level.push(input)
  }
  return byAsk
}

/** The least ask that is not the creator's own: what price classes count from. */
export function lowestAsk({ account }: JobOffer, { levels }: Shelf): bigint | undefined {
  return levels.find(level => level.offers.some(({ offer }) => offer.account !== account))?.ask
}

export const isPaid = ({ bid, tip }: JobOffer, ask: bigint): boolean => ask + tip <= bid

export function compareBigint(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
