import { JUDGING, MEDIATOR_DONE, type MediatorState } from '../../../protocols/mediation/mediator-types.ts'

/** What a node did as a judge. Amounts in the token's smallest unit. */
export interface MediatorSummary {
  /** disputes that are not over */
  open: number
  /** of these: jobs that are prepared or run now */
  judging: number
  /** disputes in which it had a vote, or should have had one */
  judged: number
  declined: number
  earned: bigint
  lost: bigint
}

export function summarise(states: Iterable<MediatorState>): MediatorSummary {
  const sum: MediatorSummary = { open: 0, judging: 0, judged: 0, declined: 0, earned: 0n, lost: 0n }
  for (const { phase, paid = 0n, lost = 0n } of states) {
    sum.earned += paid
    sum.lost += lost
    if (!MEDIATOR_DONE.includes(phase)) sum.open++
    else if (phase === 'declined') sum.declined++
    else if (phase !== 'excused') sum.judged++
    if (JUDGING.includes(phase)) sum.judging++
  }
  return sum
}
