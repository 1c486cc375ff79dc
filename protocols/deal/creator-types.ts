import type { z } from 'zod'
import type { Address, Hex } from '../common/values.ts'
import type { terms } from '../offers/schema.ts'
import type { ChainEnd, MachineState } from './machine.ts'
import type { Delivery, Refusal } from './messages.ts'
import type { Deal } from './schema.ts'

/**
 * The creator's side of one job: rank, propose down the ranking, wait for the result, check it, accept it, and get the
 * money back when a provider does not deliver.
 */
export type CreatorPhase =
  | 'matching'
  | 'proposing'
  | 'agreed'
  | 'running'
  | 'fetching'
  /** a spot check runs the job again */
  | 'checking'
  /** the result is here and its owner decides, or what its siblings came to; silence accepts */
  | 'reviewing'
  | 'accepted'
  | 'rejected'
  | 'disputed'
  | 'settled'
  | 'refunded'
  | 'unmatched'
  | 'cancelled'
  | 'failed'

export const CREATOR_DONE: readonly CreatorPhase[] = ['settled', 'refunded', 'unmatched', 'cancelled', 'failed']

/** A new provider is tried only after the money of the attempt before is back. */
export const MAX_ATTEMPTS = 3
/** A deal that was never opened cost time and no money: so many providers may agree and vanish before a job ends for it. */
export const MAX_PAST = 12
/** Refusals kept for the story of a job. */
export const MAX_REFUSALS = 64
/** Of these, so many as they were signed, the last of each provider: a certificate holds no more, and each is up to 1.1 KB in every journal entry. */
export const MAX_SIGNED_REFUSALS = 16
/**
 * Signed proposals that may still open under one nonce. All are watched, because a provider that said no can open none the
 * less; so that the list stays short, the nonce is burnt and renewed when it is full: four passes over a whole ranking.
 */
export const MAX_SIGNED = 64

/** One feasible offer in its place in the ranking, with what a proposal needs. */
export interface Candidate {
  /** CID of the resource offer */
  offer: string
  account: Address
  peer: string
  addrs: string[]
  ask: bigint
  terms: z.output<typeof terms>
}

export interface RefusalNote {
  provider: Address
  reason: string
  detail: string
  atMs: number
  /** CID of the resource offer that was taken up */
  offer: string
  /** refusals of this provider in a row, this one included */
  times: number
  freeAtMs?: number
  /** unix ms until which the provider keeps room for this job as it becomes free */
  holdUntilMs?: number
  /** as the provider signed it: of the newest ones, for certificates */
  signed?: Refusal
}

export interface Attempt {
  candidate: Candidate
  deal: Deal
  dealId: Hex
  creatorSignature: Hex
  providerSignature?: Hex
  openTransaction?: Hex
  submitBySec?: number
  /** the result is on chain, the review runs */
  reviewBySec?: number
  delivery?: Delivery
  resultSignature?: Hex
}

export interface PastAttempt {
  provider: Address
  dealId: Hex
  /** digest of the match certificate that the deal named */
  certificate?: Hex
  ended: 'never-opened' | ChainEnd['kind']
  reason?: string
  atMs: number
}

/** Where the files are and what came out. */
export interface JobResult {
  dir: string
  files: string[]
  sizeBytes: number
  outcome: string
  exitCode?: number
  resultCid: string
  /** whether the output that was shown live is what the provider signed; `partial` when not all of it had come */
  log?: 'same' | 'differs' | 'partial'
}

/** How a result is checked before it is accepted. */
export type Check =
  | { by: 'nobody' }
  /** a re-run with a chance in 1/1000; `secret` is 32 random bytes from before the result (see `isSpotChecked`) */
  | { by: 'spot'; perMille: number; secret: Hex }
  /** its owner, before the review ends */
  | { by: 'owner' }
  /** the other replicas of the same job (replicas-machine.ts): it waits until `min` of them came to one result */
  | { by: 'siblings'; min: number }

/** A result that its creator takes to the court. */
export interface DisputeNote {
  reason: string
  atMs: number
  /** of the challenge, once it was seen */
  transaction?: Hex
}

/** Which one of several jobs that were submitted together this is. */
export interface SweepMember {
  /** of the whole group, among the jobs of this node */
  name: string
  /** from 0 on */
  index: number
  count: number
  /** digest of what was asked for: the same command goes on where it was left, another one is told apart */
  plan: string
}

/** In the words of Bacalhau: `ops` is one of the jobs that run at every provider that could. */
export type JobType = 'batch' | 'ops'

/** What a submit fixes. */
export interface CreatorJob {
  jobId: string
  name?: string
  /** @default batch */
  type?: JobType
  sweep?: SweepMember
  engine: string
  spec: string
  specBytes: Uint8Array
  /** encoded job offer fact, renewed with a fresh nonce for a new attempt */
  jobOffer: Uint8Array
  bid: bigint
  tip: bigint
  timeoutMs: number
  createdAtMs: number
  check: Check
  /** of a private job: opens its inputs and its result */
  sealKey?: string
  /** all inputs together: sets how long a provider may take to fetch them */
  inputBytes: number
  /** how long an attempt looks for a provider */
  matchWindowMs: number
  /** of the network */
  roundMs: number
}

export interface CreatorState extends CreatorJob, MachineState<CreatorPhase, CreatorEffect> {
  matchUntilMs: number
  candidates: readonly Candidate[]
  /** index into candidates of the one being asked */
  next: number
  certificate?: Uint8Array
  /** why the offers that are not candidates are not: counts by reason */
  counts?: Record<string, number>
  /** stable name of the error that ended the job, when one did */
  error?: string
  refusals: readonly RefusalNote[]
  /** since when providers of the present search have had no room, unix ms */
  fullSinceMs?: number
  /** searches in vain through the whole ranking */
  passes: number
  attempt?: Attempt
  /** earlier proposals under the current nonce: one whose provider never answered may still open */
  signed: readonly Attempt[]
  /** as soon as no signed proposal can open any more, the job ends this way, or (renew) goes on with a fresh nonce */
  closing?: 'unmatched' | 'cancelled' | 'refunded' | 'renew' | 'failed'
  /** the user wants no further attempt */
  cancelling?: true
  past: readonly PastAttempt[]
  result?: JobResult
  end?: ChainEnd
  /** what a spot check came to */
  checked?: string
  dispute?: DisputeNote
  /** the deal whose money has ended while its result was still on the way */
  overFor?: Hex
  announced?: boolean
}

export type CreatorEffect =
  | { type: 'rank'; freshNonce: boolean }
  | { type: 'announce' }
  | { type: 'signProposal'; index: number }
  | { type: 'propose' }
  | { type: 'follow' }
  | { type: 'checkOpened' }
  | { type: 'fetchResult' }
  | { type: 'signResult' }
  | { type: 'sendAccept' }
  | { type: 'runAgain' }
  | { type: 'challenge' }
  | { type: 'pursue' }
  | { type: 'sendReject'; reason: string }
  | { type: 'sendCancel' }
  | { type: 'burn' }
  | { type: 'timeoutSubmit' }
  | { type: 'checkEnd' }

/** `attemptNo`: attempts that had ended when the effect began, so that a late outcome is not taken for the next one's. */
export type CreatorEvent = { atMs: number } & (
  | { type: 'submitted'; job: CreatorJob }
  | {
      type: 'ranked'
      attemptNo: number
      candidates: Candidate[]
      certificate: Uint8Array
      counts: Record<string, number>
      jobOffer?: Uint8Array
    }
  | { type: 'announced' }
  | { type: 'proposalSigned'; attemptNo: number; index: number; deal: Deal; dealId: Hex; signature: Hex }
  /** a sibling has or may come to have this candidate (`stepReplica`): what was signed for it never leaves */
  | { type: 'taken'; attemptNo: number; index: number }
  | { type: 'agreed'; dealId: Hex; signature: Hex }
  /** `certificate`: the same with this refusal in it, for the next proposal */
  | {
      type: 'refused'
      dealId: Hex
      reason: string
      detail: string
      freeAtMs?: number
      holdUntilMs?: number
      signed?: Refusal
      certificate?: Uint8Array
    }
  | { type: 'opened'; dealId: Hex; transaction: Hex; submitBySec: number }
  /** `all`: no signed proposal of the job is open, not only this one */
  | { type: 'neverOpened'; dealId: Hex; all: boolean }
  | { type: 'providerFailed'; dealId: Hex; reason: string }
  | { type: 'delivered'; dealId: Hex; delivery: Delivery }
  | { type: 'fetched'; dealId: Hex; result: JobResult }
  | { type: 'resultBad'; dealId: Hex; reason: string }
  /** `differs` is what a dispute would be about; without it the same came out, or it could not be run (`note`) */
  | { type: 'ranAgain'; dealId: Hex; differs?: string; note: string }
  | { type: 'acceptRequested' }
  | { type: 'disputeRequested'; reason: string }
  /** no to a result that waits for a word; where the deal has a committee that is a dispute */
  | { type: 'rejectRequested'; reason: string }
  /** the provider put its result on chain */
  | { type: 'reviewBegan'; dealId: Hex; reviewBySec: number }
  | { type: 'challenged'; dealId: Hex; transaction: Hex }
  | { type: 'pursued'; dealId: Hex }
  | { type: 'resultSigned'; dealId: Hex; signature: Hex }
  | { type: 'told'; effect: 'sendAccept' | 'sendReject' | 'sendCancel' }
  | { type: 'followed'; dealId: Hex }
  | { type: 'burned' }
  | { type: 'ended'; dealId: Hex; end: ChainEnd }
  | { type: 'cancelRequested' }
  | { type: 'effectFailed'; effect: CreatorEffect['type']; reason: string; name?: string }
  | { type: 'tick'; nowSec: number }
  | { type: 'restarted' }
)
