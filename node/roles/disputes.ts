import type { Hex } from '../../protocols/common/values.ts'
import type { Deal, Result } from '../../protocols/deal/schema.ts'

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
