import { type ErrorDetails, UserError } from '../common/errors.ts'

/** A peer did in a CAR stream what no peer that follows docs/data.md does. */
export class CarViolationError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('CarViolationError', `car: ${message}`, details)
  }
}
