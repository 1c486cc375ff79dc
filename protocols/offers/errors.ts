import { type ErrorDetails, UserError } from '../common/errors.ts'

/** A fact or Bind made for another network. */
export class WrongNetworkError extends UserError {
  constructor(network: string, expected: string) {
    super('WrongNetworkError', `made for network "${network}", this is "${expected}"`, {
      field: 'network',
      value: network,
      limit: expected
    })
  }
}

/** A Bind that does not join the fact's account to the key that signed it. */
export class BindMismatchError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('BindMismatchError', message, details)
  }
}

/** Whatever is wrong only because of what time it is, by somebody's clock: never a reason to punish a peer. */
export class FactTimeError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('FactTimeError', message, { remedy: 'check the clock of both hosts', ...details })
  }
}
