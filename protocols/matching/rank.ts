import { ascendingBytes } from '../common/ascending.ts'
import { type Address, compareBytes } from '../common/values.ts'
import type { JobInput, OfferInput, RankContext } from './input.ts'
import { type Choice, Lineup } from './lineup.ts'
import { isPaid, lowestAsk, type Shelf, shelve } from './shelf.ts'

/** An offer's place in the ranking of a job. */
export interface Ranked extends OfferInput {
  /** exact price without the tip, smallest units */
  ask: bigint
  /** floor(100 × (ask − lowest) / max(lowest, 1)): offers within one per cent of each other share the work */
  priceClass: bigint
}

/** Replicas are drawn from this many times their number of the cheapest: cheapest-first would give one operator all. */
export const DRAW_FACTOR = 4

/**
 * The feasible offers, best first: by price class, inside a class by rendezvous score, then exact ask, then id. For a job
 * with replicas: the cheapest 4n with distinct accounts by score alone, so that the first n are the draw, then the others.
 * Does not depend on the order of `offers`; an id that appears twice counts once.
 */
export function rank(job: JobInput, offers: readonly OfferInput[], context: RankContext): Ranked[] {
  return [...ranking(job, shelve(job.offer, offers, context))]
}

/**
 * The first `count` of the ranking with distinct accounts. Scores and order of the price classes behind them are never computed:
 * on a book of thousands that is nearly all of the work.
 */
export function rankFirst(job: JobInput, offers: readonly OfferInput[], context: RankContext, count: number): Ranked[] {
  return firstAccounts(ranking(job, shelve(job.offer, offers, context)), count)
}

/**
 * `rank` as far as it is read, over a shelf of the job's shape. Offers that are not open are left out; they still count for the
 * price classes and the draw of the others.
 */
export function ranking<T extends OfferInput>(
  job: JobInput,
  shelf: Shelf<T>,
  isOpen: (input: T) => boolean = () => true
): Iterable<Ranked> {
  const classes = priceClasses(job, shelf)
  if (classes === undefined) return []
  if (job.offer.policy === 'replicas') return withDraw(job, shelf, classes, isOpen)
  return byClass(job, shelf, classes, { isOpen, isSkipped: ({ offer }) => offer.account === job.offer.account })
}

/** The draw, then the others by class. */
function* withDraw<T extends OfferInput>(
  job: JobInput,
  shelf: Shelf<T>,
  classes: PriceClasses,
  isOpen: (input: T) => boolean
): Generator<Ranked> {
  const drawn = draw(job, shelf)
  const places = [...drawn.values()]
  const pool = new Lineup(
    places.map(({ input }) => input),
    places.map(({ ask }) => ask)
  )
  for (const i of pool.byScore(job.id, 0, pool.length, { isOpen, isSkipped: () => false })) {
    yield toRanked(pool.input(i), pool.ask(i), classes.of(pool.ask(i)))
  }
  const isSkipped = ({ id, offer: { account } }: T): boolean => {
    const taken = drawn.get(account)
    return account === job.offer.account || (taken !== undefined && compareBytes(taken.input.id, id) === 0)
  }
  yield* byClass(job, shelf, classes, { isOpen, isSkipped })
}

/** One price class after the other. */
function* byClass<T extends OfferInput>(
  { id, offer: { bid, tip } }: JobInput,
  { lineup }: Shelf<T>,
  { lowest, of, most }: PriceClasses,
  choice: Choice<T>
): Generator<Ranked> {
  // what asks less is the creator's own
  let from = lineup.above(lowest - 1n)
  while (from < lineup.length && lineup.ask(from) + tip <= bid) {
    const priceClass = of(lineup.ask(from))
    const dearest = most(priceClass)
    const to = lineup.above(dearest + tip <= bid ? dearest : bid - tip, from)
    for (const i of lineup.byScore(id, from, to, choice)) {
      yield toRanked(lineup.input(i), lineup.ask(i), priceClass)
    }
    from = to
  }
}

interface PriceClasses {
  lowest: bigint
  /** the class of an ask */
  of(ask: bigint): bigint
  /** the most that one of a class asks */
  most(priceClass: bigint): bigint
}

/** Undefined when only the creator's own offers are there. */
function priceClasses({ offer }: JobInput, shelf: Shelf): PriceClasses | undefined {
  const lowest = lowestAsk(offer, shelf)
  if (lowest === undefined) return undefined
  const unit = lowest > 1n ? lowest : 1n
  return {
    lowest,
    of: ask => (100n * (ask - lowest)) / unit,
    most: priceClass => lowest + ((priceClass + 1n) * unit - 1n) / 100n
  }
}

/** The cheapest 4n offers with distinct accounts: by ask, then id. */
function draw<T extends OfferInput>(job: JobInput, shelf: Shelf<T>): Map<Address, { input: T; ask: bigint }> {
  const drawn = new Map<Address, { input: T; ask: bigint }>()
  const wanted = DRAW_FACTOR * job.offer.replicas
  for (const { ask, offers } of shelf.levels) {
    if (drawn.size === wanted || !isPaid(job.offer, ask)) break
    for (const input of byId(offers)) {
      if (drawn.size === wanted) break
      const { account } = input.offer
      if (account !== job.offer.account && !drawn.has(account)) drawn.set(account, { input, ask })
    }
  }
  return drawn
}

/** Four of each replica's draw are read of a level that may hold thousands. */
function* byId<T extends OfferInput>(offers: readonly T[]): Generator<T> {
  const ascending = ascendingBytes(offers.map(({ id }) => id))
  for (let i = ascending.next(); i !== undefined; i = ascending.next()) yield offers[i] as T
}

const toRanked = ({ id, offer }: OfferInput, ask: bigint, priceClass: bigint): Ranked => ({
  id,
  offer,
  ask,
  priceClass
})

/** The first offer of each account, at most `count`. */
export function firstAccounts(offers: Iterable<Ranked>, count: number): Ranked[] {
  const first = new Map<Address, Ranked>()
  if (count === 0) return []
  for (const ranked of offers) {
    if (first.has(ranked.offer.account)) continue
    first.set(ranked.offer.account, ranked)
    if (first.size === count) break
  }
  return [...first.values()]
}
