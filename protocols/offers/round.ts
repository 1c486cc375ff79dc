import { FactTimeError } from './errors.ts'
import { type FactBody, OFFER_LIMITS } from './schema.ts'

/** The slot of wall-clock time that `nowMs` (unix ms) lies in. */
export function roundAt(nowMs: number, roundMs: number): number {
  return Math.floor(nowMs / roundMs)
}

/** The first and last round of a fact that starts now and holds for `spanMs` (at most an hour). */
export function roundsFrom(nowMs: number, spanMs: number, roundMs: number): { fromRound: number; untilRound: number } {
  const fromRound = roundAt(nowMs, roundMs)
  return { fromRound, untilRound: fromRound + Math.floor(Math.min(spanMs, OFFER_LIMITS.spanMs) / roundMs) }
}

/** A fact holds up to and including its last round. */
export function isExpired(body: Pick<FactBody, 'untilRound'>, nowMs: number, roundMs: number): boolean {
  return body.untilRound < roundAt(nowMs, roundMs)
}

/** @throws FactTimeError when the fact is over, too far ahead, or holds for longer than an hour */
export function checkRounds(body: FactBody, nowMs: number, roundMs: number): void {
  const { fromRound, untilRound } = body
  if (isExpired(body, nowMs, roundMs))
    throw new FactTimeError('the fact has expired', { field: 'untilRound', value: untilRound })
  if (fromRound * roundMs > nowMs + OFFER_LIMITS.aheadMs) {
    const limit = `at most ${OFFER_LIMITS.aheadMs} ms ahead`
    throw new FactTimeError('the fact starts in the future', { field: 'fromRound', value: fromRound, limit })
  }
  const spanMs = (untilRound - fromRound) * roundMs
  if (spanMs < 0 || spanMs > OFFER_LIMITS.spanMs) {
    const limit = `0 to ${OFFER_LIMITS.spanMs} ms`
    throw new FactTimeError('the fact holds too long or ends before it starts', {
      field: 'untilRound',
      value: spanMs,
      limit
    })
  }
}
