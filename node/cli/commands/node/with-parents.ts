import type { Command } from 'commander'
import type { ExitCode } from '../../exit.ts'
import type { Finish } from '../types.ts'

/**
 * Runs a command below `dcn node`: commander gives an option that both have to the upper one, wherever it stands, so
 * `dcn node --data-dir X status` means the same as with the flag at the end.
 */
export function finishWithParents<T extends { json?: boolean }>(
  finish: Finish,
  work: (options: T) => Promise<ExitCode>,
  options: T,
  made: Command
): Promise<void> {
  const all: T = { ...made.optsWithGlobals(), ...options }
  return finish(work(all), all)
}
