import { UserError } from '../../../../protocols/common/errors.ts'

/** Bytes that are no tar archive, or one with something in it that no image layer of ours may have. */
export class BadArchiveError extends UserError {
  constructor(what: string, value?: unknown) {
    super('BadArchiveError', `not a usable tar archive: ${what}`, {
      value,
      remedy: 'take the archive from "docker save", unchanged'
    })
  }
}
