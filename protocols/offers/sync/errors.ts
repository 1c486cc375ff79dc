import { type ErrorDetails, UserError } from '../../common/errors.ts'

/** A peer did in a sync session what no peer that follows docs/offers.md does. */
export class SyncViolationError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('SyncViolationError', `sync: ${message}`, details)
  }
}
