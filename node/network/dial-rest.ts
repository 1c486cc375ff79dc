/** A peer that could not be reached is left alone this long. */
const REST_MS = 60_000
/** One that has other addresses now, or found a relay, is tried sooner: at first after this, doubled with each failure. */
const MOVED_REST_MS = 2_500

/** What is remembered of a peer that could not be reached. */
export interface DialRest {
  untilMs: number
  /** the same, if its addresses have changed */
  movedUntilMs: number
  addrs: string
  failures: number
}

/**
 * After one more failure. Whoever states new addresses all the time must not have this host knock at eight doors with each of
 * them: the sixth failure in a row rests as long as any.
 */
export function restAfter(before: DialRest | undefined, addrs: readonly string[], nowMs: number): DialRest {
  const failures = (before?.failures ?? 0) + 1
  const movedMs = Math.min(MOVED_REST_MS * 2 ** (failures - 1), REST_MS)
  return { untilMs: nowMs + REST_MS, movedUntilMs: nowMs + movedMs, addrs: addrs.join(), failures }
}

export function isResting(rest: DialRest | undefined, addrs: readonly string[], nowMs: number): boolean {
  if (rest === undefined) return false
  return nowMs < (rest.addrs === addrs.join() ? rest.untilMs : rest.movedUntilMs)
}
