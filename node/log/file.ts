import { closeSync, mkdirSync, openSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { createStream } from 'rotating-file-stream'
import { messageOf, UserError } from '../../protocols/common/errors.ts'

export interface LogFileInit {
  path: string
  /** a file of this size is put aside as `path.1`, and what was that as `path.2` */
  maxBytes: number
  keep: number
  /** told when a line cannot be written: a full disk must not end the node */
  onError(message: string): void
}

export interface LogFile {
  write(line: string): void
  /** resolves when all is written */
  close(): Promise<void>
}

/** A disk that takes longer for the last lines is stuck: the node ends without them. */
const CLOSE_MS = 5_000

/**
 * A log that never takes more than `maxBytes × (keep + 1)`, readable by its owner alone.
 *
 * @throws UserError named LogFileError when it cannot be opened now; later failures are told by `onError`
 */
export function openLogFile({ path, maxBytes, keep, onError }: LogFileInit): LogFile {
  tryToOpen(path)
  const stream = createStream(basename(path), {
    path: dirname(path),
    size: `${maxBytes}B`,
    rotate: keep,
    mode: 0o600
  })
  const failed = (error: unknown): void => onError(`the log file ${path} cannot be written: ${messageOf(error)}`)
  stream.on('error', failed)
  stream.on('warning', failed)
  return {
    write(line) {
      if (!stream.destroyed && !stream.writableEnded) stream.write(line)
    },
    async close() {
      const ended = new Promise<void>(resolve => {
        for (const event of ['close', 'error'] as const) stream.once(event, () => resolve())
        stream.end(() => resolve())
      })
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, CLOSE_MS)
      await Promise.race([ended, late.promise])
      clearTimeout(timer)
    }
  }
}

function tryToOpen(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
  } catch (cause) {
    throw new UserError('LogFileError', `the log file ${path} cannot be written: ${messageOf(cause)}`, {
      field: 'log.file',
      value: path,
      remedy: 'name another with --log-file, or leave it out: then the log goes to stderr',
      cause
    })
  }
}
