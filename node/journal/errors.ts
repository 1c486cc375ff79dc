import { messageOf, UserError } from '../../protocols/common/errors.ts'

/** Another process of this node holds the data directory. */
export class DataDirInUseError extends UserError {
  constructor(dataDir: string, holder: string | undefined) {
    super('DataDirInUseError', `the data directory ${dataDir} is in use by ${holder ?? 'another process'}`, {
      field: 'dataDir',
      value: dataDir,
      remedy: 'stop the other node, or give this one its own directory with --data-dir'
    })
  }
}

/** The journal's file is damaged, or one of its rows does not decode. */
export class JournalCorruptError extends UserError {
  constructor(path: string, cause: unknown) {
    super('JournalCorruptError', `the journal ${path} is damaged: ${messageOf(cause)}`, {
      field: 'journal',
      value: path,
      remedy: 'restore the file from a backup, or move it away to start empty (open deals then have to time out)',
      cause
    })
  }
}

/** The journal was written by a newer version of the program. */
export class JournalVersionError extends UserError {
  constructor(path: string, version: number, known: number) {
    super('JournalVersionError', `the journal ${path} has schema ${version}, this program knows up to ${known}`, {
      field: 'journal',
      value: version,
      limit: String(known),
      remedy: 'run the version of dcn-node that wrote it, or a newer one'
    })
  }
}

/** A machine moved on since the caller read it: the caller has to read again and decide again. */
export class JournalConflictError extends UserError {
  constructor(kind: string, id: string, expected: number, actual: number) {
    super('JournalConflictError', `${kind} ${id} is at version ${actual}, expected ${expected}`, {
      field: 'expectedVersion',
      value: expected,
      limit: String(actual),
      remedy: 'read the machine again and apply the event to its present state'
    })
  }
}
