import { UserError } from '../../protocols/common/errors.ts'

/** What a claim is counted by. */
export type LimitField = 'account' | 'ip' | 'day' | 'requests'

/** Enough was given for now; `value` is when it can be tried again, unix ms. */
export class FaucetLimitError extends UserError {
  readonly atMs: number

  constructor(field: LimitField, message: string, { atMs, limit }: { atMs: number; limit: string }) {
    super('FaucetLimitError', message, {
      field,
      value: atMs,
      limit,
      remedy: `come again at ${new Date(atMs).toISOString().slice(0, 19)}Z`
    })
    this.atMs = atMs
  }
}

/** The work that a claim costs is missing, wrong, late or was used already. */
export class FaucetWorkError extends UserError {
  constructor(message: string, field: 'challenge' | 'answer') {
    super('FaucetWorkError', message, {
      field,
      remedy: 'ask for the challenge of this account again, and find an answer to it'
    })
  }
}
