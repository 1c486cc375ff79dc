import { type Address, compareBytes, fromHex } from '../common/values.ts'
import { ascending } from './ascending.ts'
import type { JobInput, OfferInput, RankContext } from './input.ts'
import { type Score, scorer } from './score.ts'
import { compareBigint, isPaid, type Level, lowestAsk, narrow, type Shelf, sameId, shelve } from './shelf.ts'

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
  const scoreOf = scorer(job.id)
  const ranked: Ranked[] = []
  for (const group of groups(job, shelve(job.offer, offers, context))) {
    let last: Place<OfferInput> | undefined
    for (const place of scored(group, scoreOf).sort(compare)) {
      if (!isCopy(place, last)) ranked.push(toRanked(place))
      last = place
    }
  }
  return ranked
}

/**
 * The first `count` of the ranking with distinct accounts. Scores and order of the price classes behind them are never computed:
 * on a book of thousands that is nearly all of the work.
 */
export function rankFirst(job: JobInput, offers: readonly OfferInput[], context: RankContext, count: number): Ranked[] {
  return firstAccounts(ranking(job, shelve(job.offer, offers, context)), count)
}

/** Whether an offer may still be chosen; once it may not, it never may again. */
export type IsOpen<T extends OfferInput> = (input: T) => boolean

/**
 * `rank` as far as it is read, over a shelf of the job's shape. Offers that are not open are left out; they still count for the
 * price classes and the draw of the others.
 */
export function* ranking<T extends OfferInput>(job: JobInput, shelf: Shelf<T>, isOpen?: IsOpen<T>): Generator<Ranked> {
  const scoreOf = scorer(job.id)
  for (const group of groups(job, shelf, isOpen)) {
    let last: Place<T> | undefined
    for (const place of ascending(scored(group, scoreOf), isBefore)) {
      if (!isCopy(place, last)) yield toRanked(place)
      last = place
    }
  }
}

interface Place<T extends OfferInput> {
  readonly input: T
  readonly ask: bigint
  readonly priceClass: bigint
  /** computed where it is compared */
  score: Score
}

/** What is in order by score, one group after the other: the draw if there is one, then the price classes. */
function* groups<T extends OfferInput>(job: JobInput, shelf: Shelf<T>, isOpen?: IsOpen<T>): Generator<Place<T>[]> {
  if (job.offer.policy !== 'replicas') return yield* byClass(job, shelf, isOpen)
  const drawn = draw(job, shelf)
  yield [...drawn.values()].filter(({ input }) => isOpen?.(input) ?? true)
  for (const members of byClass(job, shelf, isOpen)) {
    yield members.filter(({ input }) => {
      const taken = drawn.get(input.offer.account)
      return taken === undefined || !sameId(taken.input, input)
    })
  }
}

/** The open offers of each price class, the cheapest class first. */
function* byClass<T extends OfferInput>(job: JobInput, shelf: Shelf<T>, isOpen?: IsOpen<T>): Generator<Place<T>[]> {
  const classOf = classes(job, shelf)
  let members: Place<T>[] = []
  for (let i = shelf.emptied; i < shelf.levels.length; i++) {
    const level = shelf.levels[i] as Level<T>
    if (!isPaid(job.offer, level)) break
    if (isOpen !== undefined) narrow(shelf, level, isOpen)
    if (level.open.length === 0) continue
    const { ask } = level
    const priceClass = classOf(ask)
    if (members[0] !== undefined && members[0].priceClass !== priceClass) {
      yield members
      members = []
    }
    for (const input of level.open) {
      if (input.offer.account !== job.offer.account) members.push({ input, ask, priceClass, score: '' })
    }
  }
  yield members
}

function classes({ offer }: JobInput, shelf: Shelf): (ask: bigint) => bigint {
  const lowest = lowestAsk(offer, shelf) ?? 0n
  const unit = lowest > 1n ? lowest : 1n
  return ask => (100n * (ask - lowest)) / unit
}

/** The cheapest 4n offers with distinct accounts: by ask, then id. */
function draw<T extends OfferInput>(job: JobInput, shelf: Shelf<T>): Map<Address, Place<T>> {
  const drawn = new Map<Address, Place<T>>()
  const wanted = DRAW_FACTOR * job.offer.replicas
  const classOf = classes(job, shelf)
  for (const level of shelf.levels) {
    if (drawn.size === wanted || !isPaid(job.offer, level)) break
    const priceClass = classOf(level.ask)
    for (const input of ascending([...level.offers], (a, b) => compareBytes(a.id, b.id) < 0)) {
      if (drawn.size === wanted) break
      const { account } = input.offer
      if (account === job.offer.account || drawn.has(account)) continue
      drawn.set(account, { input, ask: level.ask, priceClass, score: '' })
    }
  }
  return drawn
}

/** A score is up to 1,024 hashes: one offer alone needs none. */
function scored<T extends OfferInput>(places: Place<T>[], scoreOf: ReturnType<typeof scorer>): Place<T>[] {
  if (places.length < 2) return places
  for (const place of places) {
    const { offer, accountBytes = fromHex(offer.account) } = place.input
    place.score = scoreOf(accountBytes, offer.tickets)
  }
  return places
}

/** By score, then ask, then id. */
function compare(a: Place<OfferInput>, b: Place<OfferInput>): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1
  return compareBigint(a.ask, b.ask) || compareBytes(a.input.id, b.input.id)
}

const isBefore = (a: Place<OfferInput>, b: Place<OfferInput>): boolean => compare(a, b) < 0

/** Copies of one offer are neighbours in a group. */
const isCopy = (place: Place<OfferInput>, last: Place<OfferInput> | undefined): boolean =>
  last !== undefined && place.score === last.score && sameId(place.input, last.input)

const toRanked = ({ input: { id, offer }, ask, priceClass }: Place<OfferInput>): Ranked => ({
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
