import { CommanderError } from 'commander'
import { InternalError, InvalidInputError, messageOf, UserError } from '../../protocols/common/errors.ts'
import { EXIT, type ExitCode } from '../errors/exit.ts'
import { fileTrouble } from '../errors/file-trouble.ts'
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
  const known = error instanceof UserError ? error : aboutPath(error)
  if (known === undefined) return reportBug(error, io, json)
  // what the table of errors says where the case itself says nothing better
  const remedy = known.remedy ?? errorRow(known.name)?.remedy.replaceAll('`', '')
  if (json) io.stdout.write(`${JSON.stringify({ event: 'error', error: { ...known.toJSON(), remedy } })}\n`)
  else {
    io.stderr.write(`error: ${shown(known.message)}\n`)
    if (remedy !== undefined) io.stderr.write(`  ${shown(remedy)}\n`)
  }
  return exitOfName(known.name)
}

/** Longer than any sentence of ours; whoever repeats what was given repeats no more of it. */
const SHOWN_CHARS = 1_000

/** One line, of a length that can be read: parsers repeat what they stumbled over, with its line ends. */
function shown(text: string): string {
  const line = clean(text.replaceAll(/\s*\n\s*/g, ' '))
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line
}

/** A path that a person named and that the system refuses is no bug, wherever it came to light. */
function aboutPath(error: unknown): UserError | undefined {
  const trouble = fileTrouble(error)
  const path = (error as Partial<NodeJS.ErrnoException>)?.path
  if (trouble === undefined || path === undefined) return undefined
  return new InvalidInputError(`${path}: ${trouble.what}`, { field: 'path', value: path, remedy: trouble.remedy })
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
