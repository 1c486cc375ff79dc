import type { Outcome } from '../../../protocols/job/schema.ts'
import type { RunOutcome } from '../engine.ts'

export type Ending = Pick<RunOutcome, 'status' | 'exitCode' | 'reason'>

const SIGKILLED = 137

export interface Facts {
  /** why the engine killed it, if it did */
  killed: Ending | undefined
  exitCode: number
  oomKilled: boolean
  /** its outputs do not fit their limit */
  diskFull: boolean
}

export const REASONS: Record<Exclude<Outcome, 'exited' | 'engine-error'>, string> = {
  timeout: 'the program ran longer than timeoutMs',
  'out-of-memory': 'the program used more memory than resources.memoryBytes',
  'disk-full': 'the outputs are larger than resources.diskBytes or have too many files',
  cancelled: 'the run was cancelled'
}

export const because = (status: keyof typeof REASONS): Ending => ({ status, reason: REASONS[status] })

/** How a container ended, from what the daemon and the engine saw. */
export function outcomeOf({ killed, exitCode, oomKilled, diskFull }: Facts): Ending {
  if (killed !== undefined) return killed
  // the kernel kills one process of the container: if the program lived on, it ended by itself
  if (oomKilled && exitCode === SIGKILLED) return because('out-of-memory')
  if (diskFull) return because('disk-full')
  return { status: 'exited', exitCode }
}

/** A start that the daemon refuses because of the program itself ends as in a shell; anything else is the engine's fault. */
export function startFailure(message: string): number | undefined {
  if (/permission denied/i.test(message)) return 126
  if (/executable file not found|no such file or directory|not found/i.test(message)) return 127
  return undefined
}
