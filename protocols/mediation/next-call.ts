import { isExhausted, phaseAt } from './phase.ts'
import { COURT_RULES } from './rules.ts'
import type { Dispute, DisputePhase } from './types.ts'

/** A call of the court that needs no right: whoever sends it leads the dispute on. */
export type OpenCall = 'draw' | 'rearm' | 'tally' | 'finish'

export interface CallContext {
  /** chain time, unix s */
  nowSec: number
  /** of the court, s */
  revealWindowSec: number
}

/**
 * The permissionless call that is due now; undefined while the dispute waits for its members, for the clock, or for an appeal. A
 * call that is not due reverts.
 */
export function nextCall(dispute: Dispute, context: CallContext): OpenCall | undefined {
  const { phase, deadlineSec } = phaseAt(dispute, context.revealWindowSec, context.nowSec)
  return DUE[phase](dispute, deadlineSec, context)
}

type Due = (dispute: Dispute, deadlineSec: number, context: CallContext) => OpenCall | undefined

const DUE: Record<DisputePhase, Due> = {
  drawing: (dispute, deadlineSec, { nowSec }) => {
    if (!dispute.seeded) return beforeTheSeed(dispute)
    return isExhausted(dispute) || nowSec > deadlineSec ? 'tally' : 'draw'
  },
  voting: () => undefined,
  revealing: (_dispute, deadlineSec, { nowSec }) => (nowSec > deadlineSec ? 'tally' : undefined),
  judged: (_dispute, deadlineSec, { nowSec }) => (nowSec > deadlineSec ? 'finish' : undefined)
}

function beforeTheSeed({ ticketStatus, rearms }: Dispute): OpenCall | undefined {
  if (ticketStatus === 'ready') return 'draw'
  if (ticketStatus !== 'missed') return undefined
  return rearms < COURT_RULES.rearms ? 'rearm' : 'tally'
}
