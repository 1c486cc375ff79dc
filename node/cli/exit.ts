import { CommanderError } from 'commander'
import { InternalError, messageOf, UserError } from '../../protocols/common/errors.ts'
import { EXIT, type ExitCode } from '../errors/exit.ts'
import { errorRow } from '../errors/index.ts'
import type { JobView } from '../http/views.ts'
import type { Io } from './io.ts'
import { clean } from './text.ts'

export { EXIT, type ExitCode } from '../errors/exit.ts'

/** By the table of errors; what is not in it has failed. */
export const exitOfName = (name: string): ExitCode => EXIT[errorRow(name)?.exit ?? 'failed']

/** A job that ran with exit code 0 is done; one that ended otherwise says why by its code. */
export function exitOfJob(job: Pick<JobView, 'state' | 'outcome' | 'exitCode' | 'error'>): ExitCode {
  if (job.state === 'unmatched') return EXIT.noMatch
  if (job.state === 'done') return job.outcome === 'exited' && job.exitCode === 0 ? EXIT.done : EXIT.failed
  return job.error === undefined ? EXIT.failed : exitOfName(job.error)
}

/** Says what went wrong, with the remedy, or with the stack when it is a bug of ours; gives the exit code. */
export function report(error: unknown, io: Io, json: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : reportUsage(error, io, json)
  if (io.signal.aborted && error instanceof Error && error.name === 'AbortError') return EXIT.interrupted
  if (!(error instanceof UserError)) return reportBug(error, io, json)
  if (json) io.stdout.write(`${JSON.stringify({ event: 'error', error: error.toJSON() })}\n`)
  else {
    io.stderr.write(`error: ${clean(error.message)}\n`)
    if (error.remedy !== undefined) io.stderr.write(`  ${clean(error.remedy)}\n`)
  }
  return exitOfName(error.name)
}

/** What commander refuses it has told as text already: scripts get it in the form of every other error. */
function reportUsage(error: CommanderError, io: Io, json: boolean): ExitCode {
  const told = { name: 'InvalidInputError', message: error.message.replace(/^error: /, ''), field: 'arguments' }
  const remedy = 'add --help for the options and an example'
  if (json) io.stdout.write(`${JSON.stringify({ event: 'error', error: { ...told, remedy } })}\n`)
  return EXIT.usage
}

function reportBug(error: unknown, io: Io, json: boolean): ExitCode {
  if (json) {
    const name = error instanceof InternalError ? error.name : 'InternalError'
    io.stdout.write(`${JSON.stringify({ event: 'error', error: { name, message: messageOf(error) } })}\n`)
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  io.stderr.write(
    `internal error: ${clean(stack, true)}\n\nThis is a bug of dcn-node: please report it with the lines above.\n`
  )
  return EXIT.failed
}
