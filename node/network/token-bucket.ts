/** How many keys are remembered: a flood of fresh peer ids must not grow memory. */
const MAX_KEYS = 4096

interface Level {
  tokens: number
  at: number
}

/** A token bucket per key: `burst` at once, then `perSecond`. Time comes from the caller's clock, in milliseconds. */
export interface TokenBuckets {
  /** takes one token; false when the key has none */
  take(key: string): boolean
}

export function tokenBuckets(perSecond: number, burst: number, now: () => number): TokenBuckets {
  const levels = new Map<string, Level>()
  return {
    take(key) {
      const at = now()
      const last = levels.get(key) ?? { tokens: burst, at }
      const elapsedMs = Math.max(0, at - last.at)
      const tokens = Math.min(burst, last.tokens + (elapsedMs * perSecond) / 1000)
      const ok = tokens >= 1
      // re-inserted at the end: the map's first key is the one unused for longest
      levels.delete(key)
      levels.set(key, { tokens: ok ? tokens - 1 : tokens, at })
      if (levels.size > MAX_KEYS) levels.delete(levels.keys().next().value ?? '')
      return ok
    }
  }
}
