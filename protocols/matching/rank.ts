import { type Address, compareBytes } from '../common/values.ts'
import { ascending } from './ascending.ts'
import type { JobInput, OfferInput, RankContext } from './input.ts'
import { type Score, scorer } from './score.ts'
import { isPaid, type Level, lowestAsk, narrow, type Shelf, sameId, shelve } from './shelf.ts'

/** An offer's place in the ranking of a job. */
export interface Ranked extends OfferInput {
  /** exact price without the tip, smallest units */
  ask: bigint
  /** floor(100 × (ask − lowest) / max(lowest, 1)): offers within one per cent of each other share the work */
  priceClass: bigint
}

/** Replicas are drawn from this many times their number of the cheapest: cheapest-first would give one operator all. */
const DRAW_FACTOR = 4

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

/** Whether an offer may still be chosen; once it may not, it never may again. */
export type IsOpen = (input: OfferInput) => boolean

/**
 * `rank` as far as it is read, over a shelf of the job's shape. Offers that are not open are left out; they still count for the
 * price classes and the draw of the others.
 */
export function* ranking(job: JobInput, shelf: Shelf, isOpen?: IsOpen): Generator<Ranked> {
  const bestFirst = byScore(job)
  if (job.offer.policy !== 'replicas') return yield* byClass(job, shelf, bestFirst, isOpen)
  const drawn = draw(job, shelf)
  yield* bestFirst([...drawn.values()].filter(ranked => isOpen?.(ranked) ?? true))
  for (const ranked of byClass(job, shelf, bestFirst, isOpen)) {
    const taken = drawn.get(ranked.offer.account)
    if (taken === undefined || !sameId(taken, ranked)) yield ranked
  }
}

type InOrder = (offers: Ranked[]) => Iterable<Ranked>

function* byClass(job: JobInput, shelf: Shelf, bestFirst: InOrder, isOpen?: IsOpen): Generator<Ranked> {
  const classOf = classes(job, shelf)
  let members: Ranked[] = []
  for (let i = shelf.emptied; i < shelf.levels.length; i++) {
    const level = shelf.levels[i] as Level
    if (!isPaid(job.offer, level)) break
    if (isOpen !== undefined) narrow(shelf, level, isOpen)
    if (level.open.length === 0) continue
    const { ask } = level
    const priceClass = classOf(ask)
    if (members[0] !== undefined && members[0].priceClass !== priceClass) {
      yield* bestFirst(members)
      members = []
    }
    for (const { id, offer } of level.open) {
      if (offer.account !== job.offer.account) members.push({ id, offer, ask, priceClass })
    }
  }
  yield* bestFirst(members)
}

function classes({ offer }: JobInput, shelf: Shelf): (ask: bigint) => bigint {
  const lowest = lowestAsk(offer, shelf) ?? 0n
  const unit = lowest > 1n ? lowest : 1n
  return ask => (100n * (ask - lowest)) / unit
}

/** The cheapest 4n offers with distinct accounts: by ask, then id. */
function draw(job: JobInput, shelf: Shelf): Map<Address, Ranked> {
  const drawn = new Map<Address, Ranked>()
  const wanted = DRAW_FACTOR * job.offer.replicas
  const classOf = classes(job, shelf)
  for (const level of shelf.levels) {
    if (drawn.size === wanted || !isPaid(job.offer, level)) break
    const priceClass = classOf(level.ask)
    for (const { id, offer } of ascending([...level.offers], (a, b) => compareBytes(a.id, b.id) < 0)) {
      if (drawn.size === wanted) break
      if (offer.account === job.offer.account || drawn.has(offer.account)) continue
      drawn.set(offer.account, { id, offer, ask: level.ask, priceClass })
    }
  }
  return drawn
}

interface Scored {
  ranked: Ranked
  score: Score
}

/** Score, then ask, then id. A score is up to 1,024 hashes: one offer alone needs none. */
function byScore({ id }: JobInput): InOrder {
  const scoreOf = scorer(id)
  return function* (offers) {
    if (offers.length < 2) return yield* offers
    const scored = offers.map(ranked => ({ ranked, score: scoreOf(ranked.offer.account, ranked.offer.tickets) }))
    let last: Ranked | undefined
    for (const { ranked } of ascending(scored, isBefore)) {
      // copies of one offer are neighbours here
      if (last === undefined || !sameId(last, ranked)) yield ranked
      last = ranked
    }
  }
}

function isBefore(a: Scored, b: Scored): boolean {
  if (a.score !== b.score) return a.score < b.score
  if (a.ranked.ask !== b.ranked.ask) return a.ranked.ask < b.ranked.ask
  return compareBytes(a.ranked.id, b.ranked.id) < 0
}

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
