import type { Address } from '../common/values.ts'
import type { JobInput } from '../matching/input.ts'
import { isHeldFor } from './desk.ts'

/**
 * Room that a provider keeps for a job that found none for long, so that a big job gets through a stream of small ones. A hold
 * costs its creator nothing, so its harm is bounded: few at a provider, one for an account, none for a job that was not refused
 * here for a minute, an end in any case, an early end when its job could come and does not, and then none for as long as a hold
 * may last: no account can keep room idle for more than half of the time.
 */
export const HOLD_LIMITS = {
  /** a job waits this long before it may ask */
  afterMs: 60_000,
  perProvider: 4,
  /** room is gathered for at most this long */
  gatherMs: 10 * 60_000,
  /** once its room is complete, its creator has this long to propose: several of its tries */
  useMs: 20_000,
  /** after one that lapsed, its account gets no other for this long */
  barMs: 10 * 60_000,
  /** accounts barred that are remembered; each had a hold that lapsed */
  barred: 256
} as const

export interface Hold {
  job: JobInput
  /** unix ms at which it lapses in any case */
  untilMs: number
  /** unix ms since when there is room for all of it */
  readySinceMs?: number
}

/** What a provider has promised: journaled before a promise leaves. */
export interface Holds {
  held: readonly Hold[]
  barred: readonly { account: Address; untilMs: number }[]
}

export const NO_HOLDS: Holds = { held: [], barred: [] }

export const holdFor = ({ held }: Holds, { offer }: JobInput): Hold | undefined =>
  held.find(h => isHeldFor(h.job.offer, offer))

/**
 * A hold for a job, the one it has or a new one.
 *
 * @param waiting since when it has been refused here, and when room is expected; unix ms
 */
export function grant(
  holds: Holds,
  job: JobInput,
  waiting: { sinceMs: number; freeAtMs: number },
  nowMs: number
): Holds {
  const { account } = job.offer
  if (nowMs - waiting.sinceMs < HOLD_LIMITS.afterMs || holds.held.length >= HOLD_LIMITS.perProvider) return holds
  if (holds.held.some(h => h.job.offer.account === account)) return holds
  if (holds.barred.some(b => b.account === account && b.untilMs > nowMs)) return holds
  const untilMs = Math.min(Math.max(waiting.freeAtMs, nowMs), nowMs + HOLD_LIMITS.gatherMs) + HOLD_LIMITS.useMs
  // of a proposal no more than its job offer: all of this is written anew with each change
  return { ...holds, held: [...holds.held, { job: { id: job.id, offer: job.offer }, untilMs }] }
}

/** The same holds, less those that are over, whose accounts are barred for a while. `isReady`: there is room for all of it now. */
export function lapse(holds: Holds, nowMs: number, isReady: (hold: Hold) => boolean): Holds {
  const barred = holds.barred.filter(b => b.untilMs > nowMs)
  let changed = barred.length !== holds.barred.length
  const held: Hold[] = []
  for (const hold of holds.held) {
    const { readySinceMs: before, ...rest } = hold
    const readySinceMs = isReady(hold) ? (before ?? nowMs) : undefined
    if (nowMs >= Math.min(hold.untilMs, (readySinceMs ?? Infinity) + HOLD_LIMITS.useMs)) {
      barred.push({ account: hold.job.offer.account, untilMs: nowMs + HOLD_LIMITS.barMs })
      changed = true
    } else if (readySinceMs === before) held.push(hold)
    else {
      held.push(readySinceMs === undefined ? rest : { ...rest, readySinceMs })
      changed = true
    }
  }
  return changed ? { held, barred: barred.slice(-HOLD_LIMITS.barred) } : holds
}

/** A hold that was used is over and costs its account nothing. */
export function use(holds: Holds, job: JobInput): Holds {
  const mine = holdFor(holds, job)
  return mine === undefined ? holds : { ...holds, held: holds.held.filter(h => h !== mine) }
}
