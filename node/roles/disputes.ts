import type { Hex } from '../../protocols/common/values.ts'
import type { Deal, Result } from '../../protocols/deal/schema.ts'
import type { JobSpec } from '../../protocols/job/schema.ts'
import type { AbortOptions } from '../components.ts'

/** A live dispute that this node has an interest in. */
export interface DisputeCase {
  deal: Deal
  result: Result
  interest: 'challenger' | 'provider' | 'member'
  /** what opens the provider's commitment, for whoever knows it */
  commitment?: { digest: Hex; salt: Hex }
}

/** Sees a dispute through: sends whatever call is due until it is over, over restarts too. Idempotent. */
export interface DisputeDriver {
  watch(dispute: DisputeCase): void
}

/** What a second run of a job came to. */
export interface SecondRun {
  outcome: string
  digest: Uint8Array
  wallMs: number
}

/** Runs a job again on this node's own engine, with its inputs at hand. @throws UserError when it cannot */
export type RunAgain = (spec: JobSpec, id: string, options?: AbortOptions) => Promise<SecondRun>
