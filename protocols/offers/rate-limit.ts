/** A token bucket: `tokens` at time `atMs`. Plain data, so that decisions can be replayed. */
export interface Bucket {
  tokens: number
  atMs: number
}

export interface RateLimit {
  /** facts that may come at once */
  burst: number
  /** facts per second afterwards */
  perSec: number
}

/** A node republishes at most every 5 s and a creator gossips only jobs that found nobody: twice a second is generous. */
export const ACCOUNT_RATE: RateLimit = { burst: 30, perSec: 2 }

/** Takes one token. A clock that goes back adds none. */
export function take(
  bucket: Bucket | undefined,
  nowMs: number,
  limit: RateLimit
): { bucket: Bucket; allowed: boolean } {
  const before = bucket ?? { tokens: limit.burst, atMs: nowMs }
  const gained = (Math.max(0, nowMs - before.atMs) * limit.perSec) / 1000
  const tokens = Math.min(limit.burst, before.tokens + gained)
  const allowed = tokens >= 1
  return { allowed, bucket: { tokens: allowed ? tokens - 1 : tokens, atMs: Math.max(nowMs, before.atMs) } }
}

/** Buckets by account, the least recently used forgotten first: a forgotten account starts with a full bucket. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>()
  readonly #limit: RateLimit
  readonly #maxAccounts: number

  constructor(limit: RateLimit = ACCOUNT_RATE, maxAccounts = 10_000) {
    this.#limit = limit
    this.#maxAccounts = maxAccounts
  }

  /** Whether one more fact of this account is within its rate, counting it. */
  allow(account: string, nowMs: number): boolean {
    const { bucket, allowed } = take(this.#buckets.get(account), nowMs, this.#limit)
    this.#buckets.delete(account)
    this.#buckets.set(account, bucket)
    if (this.#buckets.size > this.#maxAccounts) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest)
        break
      }
    }
    return allowed
  }
}
