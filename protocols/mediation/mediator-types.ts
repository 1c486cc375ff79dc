import type { Hex } from '../common/values.ts'
import type { MachineState } from '../deal/machine.ts'
import type { Deal, Result } from '../deal/schema.ts'
import type { DisputePhase, Standing } from './types.ts'

/**
 * One seat in one dispute: from being drawn to the money. The vote and its salt are in the state, hence on disk, before the
 * commit leaves the node, and never change: whatever crashes, nobody sees two votes of one seat.
 */
export type MediatorPhase =
  /** reads what the dispute is about */
  | 'summoned'
  /** for a free place to run a job */
  | 'waiting'
  | 'preparing'
  | 'running'
  | 'committing'
  | 'committed'
  | 'revealing'
  /** waits for the end of the dispute */
  | 'revealed'
  | 'declining'
  /** has no vote that could count: waits for the end, which costs three fees */
  | 'absent'
  | 'paid'
  | 'slashed'
  /** neither: others were right, and nobody was wrong */
  | 'unpaid'
  | 'declined'
  /** the round did not take place */
  | 'excused'

export const MEDIATOR_DONE: readonly MediatorPhase[] = ['paid', 'slashed', 'unpaid', 'declined', 'excused']
/** Occupies one of the places in which jobs are run. */
export const JUDGING: readonly MediatorPhase[] = ['preparing', 'running']

/** Why a seat declines: with this node, not with the job. */
export type DeclineCode = 'engine-missing' | 'unsupported' | 'no-room' | 'draining' | 'engine-failed'

export type MediatorEffect =
  | { type: 'read' }
  | { type: 'prepare' }
  | { type: 'run' }
  | { type: 'abandon' }
  | { type: 'commit' }
  | { type: 'reveal' }
  | { type: 'decline' }
  | { type: 'account' }
  | { type: 'cleanUp' }

export interface OwnVote {
  digest: Hex
  orTimeout: boolean
  /** how the own run ended; `unavailable` and `invalid`: there was nothing to run */
  outcome: string
}

export interface MediatorState extends MachineState<MediatorPhase, MediatorEffect> {
  dealId: Hex
  round: number
  /** index in the dispute, and its seat */
  member: number
  seat: number
  /** of the vote, whatever it will be */
  salt: Hex
  deal?: Deal
  result?: Result
  /** chain time, once the vote window has begun */
  voteBySec?: number
  /** of the job, once its specification is here */
  timeoutMs?: number
  /** unix ms at which the present run began */
  startedAtMs?: number
  /** failed runs so far */
  runs: number
  /** the last try to bring specification and inputs found them with nobody */
  unavailable?: true
  vote?: OwnVote
  declines?: DeclineCode
  /** declining was tried and is not possible any more */
  mustServe?: true
  providerWrong?: boolean
  /** amounts in the token's smallest unit */
  paid?: bigint
  lost?: bigint
}

/** What a look at the court says about this seat. */
export interface Glance {
  /** by the clock: a vote window that is over is `revealing` */
  phase: DisputePhase
  /** end of the vote window, while it runs */
  voteBySec?: number
  /** the member belongs to the round that runs */
  isCurrent: boolean
  standing: Standing
  /** 26 bytes of the vote hash, when committed and not revealed */
  committed?: Hex
}

export type MediatorEvent = { atMs: number } & (
  | { type: 'drawn'; dealId: Hex; round: number; member: number; seat: number; salt: Hex }
  /** the chain was reorganised, and on the new branch the lot fell otherwise */
  | { type: 'redrawn'; round: number; member: number; seat: number }
  | { type: 'read'; deal: Deal; result: Result }
  | { type: 'admitted' }
  | { type: 'prepared'; timeoutMs: number }
  | { type: 'ran'; digest: Hex; outcome: string; wallMs: number }
  /** the deal does not follow from its specification: for everybody who reads it */
  | { type: 'invalid'; reason: string }
  /** this node cannot judge it */
  | { type: 'cannot'; code: DeclineCode; reason: string }
  | { type: 'cannotDecline'; reason: string }
  | { type: 'sent'; effect: 'commit' | 'reveal' | 'decline' | 'abandon' | 'cleanUp' }
  /** undefined: the dispute is over */
  | { type: 'looked'; glance: Glance | undefined }
  /** `left`: this seat was out of it before */
  | { type: 'ended'; providerWrong: boolean; paid: bigint; lost: bigint; left?: 'declined' | 'excused' }
  | { type: 'drain' }
  | { type: 'effectFailed'; effect: MediatorEffect['type']; reason: string; name?: string }
  | { type: 'tick'; nowSec: number }
  | { type: 'restarted' }
)
