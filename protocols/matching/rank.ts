import { compareBytes } from '../common/values.ts'
import { ask } from './ask.ts'
import { isFeasible } from './feasible.ts'
import type { JobInput, OfferInput, RankContext } from './input.ts'
import { score } from './score.ts'

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
  const priced = price(job, offers, context)
  if (job.offer.policy !== 'replicas') return order(job, priced)
  const cheapest = [...priced].sort(byAsk)
  const drawn = distinctAccounts(cheapest).slice(0, DRAW_FACTOR * job.offer.replicas)
  const taken = new Set(drawn)
  const others = order(job, priced).filter(offer => !taken.has(offer))
  return [...byScore(job, drawn), ...others]
}

function price(job: JobInput, offers: readonly OfferInput[], context: RankContext): Ranked[] {
  const byId = new Map<string, OfferInput>()
  for (const input of offers) {
    if (isFeasible(job.offer, input.offer, context)) byId.set(Buffer.from(input.id).toString('latin1'), input)
  }
  const asked = [...byId.values()].map(({ id, offer }) => ({ id, offer, ask: ask(job.offer, offer) }))
  const lowest = asked.map(o => o.ask).sort(compareBigint)[0] ?? 0n
  const unit = lowest > 1n ? lowest : 1n
  return asked.map(o => ({ ...o, priceClass: (100n * (o.ask - lowest)) / unit }))
}

/** Scores are computed only where a class has more than one offer: up to 1,024 hashes each. */
function order(job: JobInput, priced: readonly Ranked[]): Ranked[] {
  const classes = new Map<bigint, Ranked[]>()
  for (const offer of priced) {
    const members = classes.get(offer.priceClass)
    if (members === undefined) classes.set(offer.priceClass, [offer])
    else members.push(offer)
  }
  const sorted = [...classes].sort(([a], [b]) => compareBigint(a, b))
  return sorted.flatMap(([, members]) => (members.length === 1 ? members : byScore(job, members)))
}

function byScore(job: JobInput, offers: readonly Ranked[]): Ranked[] {
  return offers
    .map(offer => ({ offer, score: score(job.id, offer.offer.account, offer.offer.tickets) }))
    .sort((a, b) => compareBytes(a.score, b.score) || byAsk(a.offer, b.offer))
    .map(({ offer }) => offer)
}

function byAsk(a: Ranked, b: Ranked): number {
  return compareBigint(a.ask, b.ask) || compareBytes(a.id, b.id)
}

/** The first offer of each account. */
export function distinctAccounts<T extends OfferInput>(offers: readonly T[]): T[] {
  const seen = new Set<string>()
  return offers.filter(({ offer }) => !seen.has(offer.account) && seen.add(offer.account))
}

export function compareBigint(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
