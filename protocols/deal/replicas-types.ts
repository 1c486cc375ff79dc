import type { Address, Hex } from '../common/values.ts'
import type { JobOffer } from '../offers/schema.ts'
import type { CreatorPhase, JobResult, JobType, SweepMember } from './creator-types.ts'
import type { MachineState } from './machine.ts'

/**
 * A job that runs at several providers: each replica is a creator machine of its own with one deal, and this machine compares
 * what they come to. Nothing is accepted before it has decided.
 */
export type GroupPhase =
  /** waits for `min` equal results */
  | 'comparing'
  /** `min` came to the same: those are accepted, others rejected */
  | 'agreed'
  /** `min` equal results can no longer come */
  | 'split'
  /** the files are in place and those that agreed are paid */
  | 'done'
  | 'failed'
  | 'unmatched'
  | 'cancelled'

export const GROUP_DONE: readonly GroupPhase[] = ['done', 'failed', 'unmatched', 'cancelled']

/** Replicas beyond the first n, in place of those that brought no result or another one: what a job costs stays bounded. */
export const MAX_REPLACEMENTS = 3

/** How far a replica is, as far as its siblings are concerned. */
export type Standing =
  /** nobody has agreed to it */
  | 'looking'
  /** it has a deal that may bring a result */
  | 'busy'
  /** its result waits for a word */
  | 'held'
  /** the word was given, or its result was no result */
  | 'ruled'
  /** it was told to stop or gives up looking; a deal that is open, or that somebody opens yet, may bring a result */
  | 'leaving'
  | 'ended'

/** A result that is here and holds together, as its provider tells it. */
export interface SeenResult {
  digest: Hex
  outcome: string
  wallMs: number
  /** nothing is charged for it */
  isFree: boolean
}

/** What the group sees of a replica. */
export interface ReplicaNote extends Partial<SeenResult> {
  standing: Standing
  /** of its provider, once there is a deal */
  account?: Address
  /** its deal has a committee: it can be disputed */
  committee: boolean
  /** its provider is or was told to stop */
  stopped?: true
  ended?: CreatorPhase
  reason?: string
  error?: string
}

/** What a submit fixes for all replicas. */
export interface GroupJob {
  jobId: string
  name?: string
  type?: JobType
  sweep?: SweepMember
  engine: string
  spec: string
  specBytes: Uint8Array
  /** nonce of the first replica's first deal: what the job is named by */
  nonce: Hex
  /** of every replica's job offer */
  offer: Pick<JobOffer, 'needs' | 'bid' | 'tip' | 'timeoutMs' | 'constraints'>
  n: number
  min: number
  createdAtMs: number
  /** of a private job: opens its inputs and the results of all replicas */
  sealKey?: string
  inputBytes: number
  matchWindowMs: number
  roundMs: number
}

export interface GroupState extends GroupJob, MachineState<GroupPhase, GroupEffect> {
  /** by number; the first n are there from the beginning */
  replicas: readonly ReplicaNote[]
  /** what `min` of them came to */
  digest?: Hex
  /** of those that came to it, the one with the lowest number when it was decided: its files are the job's */
  leader?: number
  cancelling?: true
  result?: JobResult
  /** stable name of the error that ended the job, when one did */
  error?: string
}

export type GroupEffect =
  /** makes the machines of all replicas that have none yet */
  | { type: 'begin' }
  /** gives each replica its word */
  | { type: 'direct' }
  /** puts the leader's files into the job's folder */
  | { type: 'place' }

export type GroupEvent = { atMs: number } & (
  | { type: 'submitted'; job: GroupJob }
  | { type: 'begun'; count: number }
  | { type: 'moved'; replica: number; note: ReplicaNote }
  | { type: 'directed' }
  | { type: 'placed'; result: JobResult }
  | { type: 'cancelRequested' }
  | { type: 'effectFailed'; effect: GroupEffect['type']; reason: string }
  | { type: 'tick'; nowSec: number }
  | { type: 'restarted' }
)

/** The word for a replica: about its result, or that it need not look any further. `wait`: none yet, or silence. */
export type Word = 'wait' | 'accept' | 'reject' | 'stop'
