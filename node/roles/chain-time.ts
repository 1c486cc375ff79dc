import type { AbortOptions, Clock } from '../components.ts'
import type { Settlement } from '../settlement/settlement.ts'

/** A chain's lead over the wall clock does not change within this time. */
const KEPT_MS = 1_000

/** unix s for terms: the later of both clocks, because a quiet chain lags and a chain under test may be ahead. */
export type TermsTime = (options?: AbortOptions) => Promise<number>

/** Asks the chain at most once a second: proposals come in bursts, and each costs both sides this question. */
export function termsTime(settlement: Pick<Settlement, 'now'>, clock: Clock): TermsTime {
  let leadSec = 0
  let askedAtMs = Number.NEGATIVE_INFINITY
  return async options => {
    const nowMs = clock.nowMs()
    if (nowMs - askedAtMs > KEPT_MS) {
      leadSec = Math.max(0, (await settlement.now(options)) - Math.floor(clock.nowMs() / 1000))
      askedAtMs = nowMs
    }
    return Math.floor(clock.nowMs() / 1000) + leadSec
  }
}
