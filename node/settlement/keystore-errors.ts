import { type ErrorDetails, UserError } from '../../protocols/common/errors.ts'

/** The passphrase does not open the key file, or the file was altered: its checksum cannot tell which. */
export class WrongPassphraseError extends UserError {
  constructor(path: string) {
    super('WrongPassphraseError', `the passphrase does not open ${path}`, {
      field: 'passphrase',
      remedy: 'check the passphrase and that it belongs to this file; one that was changed does not open either'
    })
  }
}

/** A key file that is missing, unreadable, malformed or beyond the limits. */
export class KeyFileError extends UserError {
  constructor(path: string, message: string, details: ErrorDetails = {}) {
    super('KeyFileError', `${path}: ${message}`, { field: path, ...details })
  }
}

/** A key is never overwritten. */
export class KeyFileExistsError extends UserError {
  constructor(path: string, remedy = 'choose another file, or move the old key to a safe place first') {
    super('KeyFileExistsError', `${path} exists already`, { field: path, remedy })
  }
}
