import { UserError } from '../../../protocols/common/errors.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'

/** Only a result that waits for its owner's word can be accepted by it. */
export class NotReviewingError extends UserError {
  constructor(job: string, phase: string | undefined) {
    super('NotReviewingError', `job ${job} does not wait for your word`, {
      field: 'job',
      value: phase,
      limit: 'a job with verify.policy committee whose result is here',
      remedy: `look at it with "dcn job show ${job}"`
    })
  }
}

/** The court cannot be asked about this job, now or at all. */
export class NotDisputableError extends UserError {
  constructor(job: string, state: CreatorState | undefined) {
    super('NotDisputableError', `job ${job} cannot be disputed: ${whyNot(state)}`, {
      field: 'job',
      value: state?.phase,
      remedy:
        'submit with verify.policy committee or spot on a network whose court has seats, and dispute before you accept'
    })
  }
}

function whyNot(state: CreatorState | undefined): string {
  const attempt = state?.attempt
  if (attempt === undefined) return 'it has no deal'
  if (attempt.deal.committee === 0) return 'its deal has no committee'
  if (state?.dispute !== undefined) return 'it is disputed already'
  if (attempt.delivery === undefined) return 'there is no result yet'
  if (attempt.resultSignature !== undefined) return 'its result was accepted'
  return `it is ${state?.phase}`
}
