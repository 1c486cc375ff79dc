import { compareBytes } from '../common/values.ts'
import type { JobOffer } from '../offers/schema.ts'
import { asker } from './ask.ts'
import { fitsShape } from './feasible.ts'
import type { OfferInput, RankContext } from './input.ts'

/**
 * The offers that fit every job of one shape (`shapeOf`), by what they ask. Made once for all jobs of the shape; what remains,
 * creator, bid and id, is up to `ranking`.
 */
export interface Shelf<T extends OfferInput = OfferInput> {
  /** cheapest first */
  readonly levels: readonly Level<T>[]
  /** so many of the cheapest levels have nothing open any more */
  emptied: number
}

/** The offers that ask the same. */
export interface Level<T extends OfferInput = OfferInput> {
  readonly ask: bigint
  readonly offers: readonly T[]
  /** those that may have room: `match` takes the full ones out */
  open: readonly T[]
}

/** O(offers), and a sort of the distinct asks, of which there are few: rates are multiples of a price tick. */
export function shelve<T extends OfferInput>(job: JobOffer, offers: readonly T[], context: RankContext): Shelf<T> {
  const fits = fitsShape(job, context)
  const askOf = asker(job.needs.resources, job.timeoutMs)
  const levels = new Map<bigint, T[]>()
  for (const input of offers) {
    if (!fits(input.offer)) continue
    const ask = askOf(input.offer.price)
    const level = levels.get(ask)
    if (level === undefined) levels.set(ask, [input])
    else level.push(input)
  }
  const sorted = [...levels].sort(([a], [b]) => compareBigint(a, b))
  return { levels: sorted.map(([ask, list]) => ({ ask, offers: list, open: list })), emptied: 0 }
}

/** Takes out what is not open. Whatever is not open once must stay so. */
export function narrow<T extends OfferInput>(shelf: Shelf<T>, level: Level<T>, isOpen: (input: T) => boolean): void {
  if (level.open.every(isOpen)) return
  level.open = level.open.filter(isOpen)
  while (shelf.levels[shelf.emptied]?.open.length === 0) shelf.emptied++
}

/** The least ask that is not the creator's own: what price classes count from. */
export function lowestAsk({ account }: JobOffer, { levels }: Shelf): bigint | undefined {
  return levels.find(level => level.offers.some(({ offer }) => offer.account !== account))?.ask
}

export const isPaid = ({ bid, tip }: JobOffer, { ask }: Level): boolean => ask + tip <= bid

export const sameId = (a: OfferInput, b: OfferInput): boolean => compareBytes(a.id, b.id) === 0

export function compareBigint(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
