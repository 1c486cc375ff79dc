import { FaucetLimitError } from './errors.ts'

/** Most claims of a UTC day. */
export interface Limits {
  perIp: number
  perDay: number
}

/** Claims of today. */
export interface Counts {
  ofIp: number
  ofDay: number
}

const DAY_MS = 86_400_000

/** Days since 1970, UTC: as the contract counts. */
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS)
const tomorrow = (ms: number): number => (dayOf(ms) + 1) * DAY_MS

/** Why one claim more is too many, or undefined. The day comes first: when it is over, the other does not matter. */
export function limitReached(counts: Counts, limits: Limits, nowMs: number): FaucetLimitError | undefined {
  const atMs = tomorrow(nowMs)
  if (counts.ofDay >= limits.perDay) {
    return new FaucetLimitError('day', 'the faucet gives no more today', { atMs, limit: `${limits.perDay} a day` })
  }
  if (counts.ofIp >= limits.perIp) {
    const limit = `${limits.perIp} a day`
    return new FaucetLimitError('ip', 'enough was given to your network address today', { atMs, limit })
  }
  return undefined
}
