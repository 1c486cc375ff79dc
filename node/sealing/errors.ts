import { messageOf, UserError } from '../../protocols/common/errors.ts'

/** Sealed content that this key does not open, or that somebody changed. */
export class SealBrokenError extends UserError {
  constructor(cause: unknown) {
    super('SealBrokenError', `the sealed content cannot be opened: ${messageOf(cause)}`, {
      field: 'private',
      remedy: 'whoever sealed it gave another key, or the content was damaged: it has to be sealed and sent again',
      cause
    })
  }
}

/** Nobody that has the key of a private job gave it. */
export class SealKeyUnavailableError extends UserError {
  constructor(deal: string, cause?: unknown) {
    super('SealKeyUnavailableError', `nobody gave the key of the private job of deal ${deal}`, {
      field: 'private',
      value: deal,
      remedy: 'check that its creator is up; it gives the key to the provider of the deal and to drawn judges alone',
      cause
    })
  }
}
