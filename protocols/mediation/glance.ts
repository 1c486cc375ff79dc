import type { Glance } from './mediator-types.ts'
import { phaseAt } from './phase.ts'
import type { Dispute } from './types.ts'

/** What a dispute says about one of its members; undefined when it has no such member. */
export function glanceOf(
  dispute: Dispute,
  { member: index, seat }: { member: number; seat: number },
  { nowSec, revealWindowSec }: { nowSec: number; revealWindowSec: number }
): Glance | undefined {
  const member = dispute.members[index]
  // another branch of the chain may have drawn somebody else
  if (member === undefined || member.seat !== seat) return undefined
  const { phase, deadlineSec } = phaseAt(dispute, revealWindowSec, nowSec)
  return {
    phase,
    ...(phase === 'voting' ? { voteBySec: deadlineSec } : {}),
    isCurrent: index >= dispute.first,
    standing: member.standing,
    ...(member.standing === 'committed' && member.vote !== undefined ? { committed: member.vote } : {})
  }
}
