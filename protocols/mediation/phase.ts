import type { Deal } from '../deal/schema.ts'
import { COURT_RULES, sizeOf } from './rules.ts'
import type { Dispute, DisputePhase, Member } from './types.ts'

/** Where a dispute is by the clock, and until when. */
export interface PhaseNow {
  phase: DisputePhase
  /** unix s; 0: there is none */
  deadlineSec: number
}

/** The phase at a moment: a vote window ends by itself, although no call has told the contract so. */
export function phaseAt(
  { phase, deadlineSec }: Pick<Dispute, 'phase' | 'deadlineSec'>,
  revealWindowSec: number,
  nowSec: number
): PhaseNow {
  if (phase !== 'voting' || nowSec <= deadlineSec) return { phase, deadlineSec }
  return { phase: 'revealing', deadlineSec: deadlineSec + revealWindowSec }
}

/** Last moment to decline: a third of the vote window, so that whoever is drawn instead has two. */
export function declineBySec({ deadlineSec }: Pick<Dispute, 'deadlineSec'>, { voteWindow }: Pick<Deal, 'voteWindow'>) {
  return deadlineSec - Math.floor((2 * voteWindow) / 3)
}

/** Members of the present round, those that declined included. */
export function membersOfRound({ members, first }: Pick<Dispute, 'members' | 'first'>): readonly Member[] {
  return members.slice(first)
}

/** Whether nobody more can be drawn for this round. */
export function isExhausted(dispute: Pick<Dispute, 'members' | 'first' | 'round' | 'cursor'>): boolean {
  const { cursor, round } = dispute
  return cursor === COURT_RULES.probesPerRound || membersOfRound(dispute).length === 2 * sizeOf(round)
}
