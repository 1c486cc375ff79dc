import { closeSync, mkdirSync, openSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { createStream, type RotatingFileStream } from 'rotating-file-stream'
import { messageOf, UserError } from '../../protocols/common/errors.ts'

export interface LogFileInit {
  path: string
  /** a file of this size is put aside as `path.1`, and what was that as `path.2` */
  maxBytes: number
  keep: number
  /** told when a line cannot be written: a full disk must not end the node */
  onError(message: string): void
  /** after an error, lines are left out so long before another try. @default 10 s */
  retryMs?: number
}

export interface LogFile {
  write(line: string): void
  /** resolves when all is written */
  close(): Promise<void>
}

/** A disk that takes longer for the last lines is stuck: the node ends without them. */
const CLOSE_MS = 5_000
const RETRY_MS = 10_000
/** Lines that a slow disk has not taken yet: more would fill the memory instead. */
const MAX_WAITING_BYTES = 8 * 2 ** 20

/**
 * A log that never takes more than `maxBytes × (keep + 1)`, readable by its owner alone.
 *
 * @throws UserError named LogFileError when it cannot be opened now; later failures are told by `onError`
 */
export function openLogFile(init: LogFileInit): LogFile {
  const { path, onError, retryMs = RETRY_MS } = init
  tryToOpen(path)
  let stream = begin(init)
  let againAtMs = 0
  let isClosed = false

  function begin({ maxBytes, keep }: LogFileInit): RotatingFileStream {
    const begun = createStream(basename(path), { path: dirname(path), size: `${maxBytes}B`, rotate: keep, mode: 0o600 })
    const failed = (error: unknown): void => {
      againAtMs = performance.now() + retryMs
      onError(`the log file ${path} cannot be written: ${messageOf(error)}`)
    }
    begun.on('error', failed)
    begun.on('warning', failed)
    return begun
  }

  return {
    write(line) {
      if (isClosed || stream.writableLength > MAX_WAITING_BYTES) return
      // an error is the end of the stream: a disk that was full for a moment must not be the end of the log
      if (stream.destroyed || stream.errored !== null) {
        if (performance.now() < againAtMs) return
        stream = begin(init)
      }
      stream.write(line)
    },
    async close() {
      isClosed = true
      if (stream.destroyed) return
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
