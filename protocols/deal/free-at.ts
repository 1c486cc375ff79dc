import type { Needs } from '../job/schema.ts'
import { hasRoom, type Room, without } from '../matching/room.ts'
import type { ProviderState } from './provider-machine.ts'

/** Room that is in use until some time. */
export interface Taken {
  needs: Needs
  untilMs: number
}

/**
 * When there will be room for a job, unix ms: the first of the ends after which enough of what it needs is free. Ends are the
 * latest ones, by time limits; most jobs end before. Undefined when nothing has to end, or even all of the machine is not enough.
 *
 * @param places jobs that may be there at the same time
 */
export function freeAt(needs: Needs, capacity: Room, places: number, taken: readonly Taken[]): number | undefined {
  const byEnd = [...taken].sort((a, b) => a.untilMs - b.untilMs)
  for (let ended = 0; ended <= byEnd.length; ended++) {
    const left = byEnd.slice(ended)
    if (left.length < places && hasRoom(left.reduce(without, capacity), { needs })) return byEnd[ended - 1]?.untilMs
  }
  return undefined
}

/** When a deal must have left its room at the latest: it starts within its time limit or not at all, as far as anybody can tell. */
export function leavesAtMs({ phase, timeline, timeoutMs }: ProviderState, nowMs: number): number {
  // the run is over, its result is being packed
  if (phase === 'publishing') return nowMs
  const startedAtMs = timeline.find(moment => moment.phase === 'running')?.atMs
  return Math.max(nowMs, (startedAtMs ?? nowMs) + timeoutMs)
}
