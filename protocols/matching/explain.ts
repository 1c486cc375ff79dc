import { type Address, compareBytes } from '../common/values.ts'
import { feasible } from './feasible.ts'
import type { JobInput, OfferInput, RankContext } from './input.ts'
import { type Miss, REASONS, type ReasonCode } from './reasons.ts'

const NEAREST = 3

export interface NearMiss {
  id: Uint8Array
  account: Address
  misses: Miss[]
}

/** Why a job runs nowhere, or how many offers it has to choose from. */
export interface Explanation {
  total: number
  feasible: number
  /** how many offers each reason holds back, the commonest first; an offer can have several reasons */
  counts: { code: ReasonCode; sentence: string; count: number }[]
  /** the offers that are closest: fewest reasons, then the least missing, then id */
  nearest: NearMiss[]
}

export function explain(job: JobInput, offers: readonly OfferInput[], context: RankContext): Explanation {
  const counts = new Map<ReasonCode, number>()
  const missed: NearMiss[] = []
  for (const { id, offer } of offers) {
    const answer = feasible(job.offer, offer, context)
    if (answer.ok) continue
    missed.push({ id, account: offer.account, misses: answer.misses })
    for (const { code } of answer.misses) counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  const order = Object.keys(REASONS)
  return {
    total: offers.length,
    feasible: offers.length - missed.length,
    counts: [...counts]
      .sort(([a, m], [b, n]) => n - m || order.indexOf(a) - order.indexOf(b))
      .map(([code, count]) => ({ code, sentence: REASONS[code], count })),
    nearest: missed.sort(byNearness).slice(0, NEAREST)
  }
}

function byNearness(a: NearMiss, b: NearMiss): number {
  return a.misses.length - b.misses.length || gap(a) - gap(b) || compareBytes(a.id, b.id)
}

const gap = ({ misses }: NearMiss): number => misses.reduce((sum, miss) => sum + miss.gap, 0)
