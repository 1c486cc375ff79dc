import { World } from '../deal/world.ts'
import type { MarketOptions } from './options.ts'

/** A job before anybody heard of it. */
export interface Order {
  id: string
  /** ms after the world began */
  atMs: number
  /** which of the creators */
  creator: number
  workMs: number
}

const WORK_MS = [1_000, 10_000] as const
/** Keeps these dice apart from those of the world. */
const SALT = 500_000

/** What is asked of a market: the same for a seed whatever else happens in the world, so that worlds can be compared. */
export function workloadOf({ seed, jobs, seconds, creators }: MarketOptions): Order[] {
  const dice = new World(seed + SALT)
  return Array.from({ length: jobs }, (_, i) => ({
    id: `job-${i + 1}`,
    atMs: dice.between(0, seconds * 1_000),
    creator: dice.between(0, creators - 1),
    workMs: dice.between(...WORK_MS)
  }))
}
