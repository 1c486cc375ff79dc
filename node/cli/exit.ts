import { CommanderError } from 'commander'
import { InternalError, messageOf, UserError } from '../../protocols/common/errors.ts'
import type { JobView } from '../http/views.ts'
import type { Io } from './io.ts'
import { clean } from './text.ts'

/** What a script can tell apart without reading text. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noMatch: 3,
  network: 4,
  money: 5,
  notProvable: 6,
  interrupted: 130
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const BY_NAME: Record<string, ExitCode> = {
  InvalidInputError: EXIT.usage,
  TooLargeError: EXIT.usage,
  NotFoundError: EXIT.usage,
  JobNotFoundError: EXIT.usage,
  ImageNotFoundError: EXIT.usage,
  TooManyImagesError: EXIT.usage,
  ResultNotFoundError: EXIT.usage,
  DealNotFoundError: EXIT.usage,
  NoJudgedResultError: EXIT.usage,
  NotReviewingError: EXIT.usage,
  NotDisputableError: EXIT.usage,
  OutputExistsError: EXIT.usage,
  NonCanonicalError: EXIT.usage,
  UnauthorizedError: EXIT.usage,
  PassphraseMissingError: EXIT.usage,
  WrongPassphraseError: EXIT.usage,
  KeyFileError: EXIT.usage,
  KeyFileExistsError: EXIT.usage,
  InsecureKeyError: EXIT.usage,
  DataDirInUseError: EXIT.usage,
  NotAnInviteError: EXIT.usage,
  InviteVersionError: EXIT.usage,
  InviteCutOffError: EXIT.usage,
  InviteChecksumError: EXIT.usage,
  ImageUnavailableError: EXIT.usage,
  NotSupportedYetError: EXIT.usage,
  ImageMissingError: EXIT.usage,
  NotConfirmedError: EXIT.usage,
  SliceModuleError: EXIT.usage,
  DeployRecordError: EXIT.usage,
  WrongContractError: EXIT.usage,
  DealUnreadableError: EXIT.notProvable,
  NoMatchError: EXIT.noMatch,
  NoCourtError: EXIT.noMatch,
  NodeUnreachableError: EXIT.network,
  StreamCutError: EXIT.network,
  ContentUnavailableError: EXIT.network,
  SettlementUnreachableError: EXIT.network,
  WrongChainError: EXIT.network,
  EndpointsDisagreeError: EXIT.network,
  EndpointLieError: EXIT.network,
  ListenError: EXIT.network,
  ContractsMissingError: EXIT.network,
  NoChainError: EXIT.usage,
  InsufficientBalanceError: EXIT.money,
  InsufficientAllowanceError: EXIT.money,
  InsufficientGasError: EXIT.money,
  DealStateError: EXIT.money,
  TransactionRevertedError: EXIT.money,
  TransactionReplacedError: EXIT.money
}

export const exitOfName = (name: string): ExitCode => BY_NAME[name] ?? EXIT.failed

/** A job that ran with exit code 0 is done; one that ended otherwise says why by its code. */
export function exitOfJob(job: JobView): ExitCode {
  if (job.state === 'unmatched') return EXIT.noMatch
  if (job.state === 'done') return job.outcome === 'exited' && job.exitCode === 0 ? EXIT.done : EXIT.failed
  return job.error === undefined ? EXIT.failed : exitOfName(job.error)
}

/** Says what went wrong, with the remedy, or with the stack when it is a bug of ours; gives the exit code. */
export function report(error: unknown, io: Io, json: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (io.signal.aborted && error instanceof Error && error.name === 'AbortError') return EXIT.interrupted
  if (!(error instanceof UserError)) return reportBug(error, io, json)
  if (json) io.stdout.write(`${JSON.stringify({ event: 'error', error: error.toJSON() })}\n`)
  else {
    io.stderr.write(`error: ${clean(error.message)}\n`)
    if (error.remedy !== undefined) io.stderr.write(`  ${clean(error.remedy)}\n`)
  }
  return exitOfName(error.name)
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
