import { UserError } from '../../../protocols/common/errors.ts'

/**
 * Why a slice has no value: `threw` its function threw; `timeout`, `out-of-memory` it broke a limit and its sandbox was ended; `unsettled` its
 * promise can never settle; `not-json`, `too-large` its value, in or out; `engine-error` the sandbox failed.
 */
export type SliceReason =
  | 'threw'
  | 'timeout'
  | 'out-of-memory'
  | 'unsettled'
  | 'not-json'
  | 'too-large'
  | 'engine-error'

/** One slice failed; the others are not concerned. */
export class SliceError extends UserError {
  readonly index: number
  readonly reason: SliceReason

  constructor(index: number, reason: SliceReason, message: string) {
    super('SliceError', message, { field: `slice ${index}` })
    this.index = index
    this.reason = reason
  }

  override toJSON(): Record<string, unknown> {
    return { name: this.name, reason: this.reason, message: this.message }
  }
}

/** The module cannot be used for any slice. */
export class SliceModuleError extends UserError {
  constructor(why: string) {
    super('SliceModuleError', `the module cannot be used: ${why}`, {
      field: 'source',
      remedy: 'export the function that is called with each value, by default as the default export'
    })
  }
}
