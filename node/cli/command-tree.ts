import { Command } from 'commander'
import type { Finish } from './commands/types.ts'
import type { Io } from './io.ts'

export type MakeCommand = (io: Io, finish: Finish) => Command

/** A command that is known by name and one line before its code is loaded; it runs, holds others, or both. */
export interface Entry {
  name: string
  /** one line for lists of commands */
  summary: string
  /** for other programs: in no list of commands */
  isHidden?: true
  load?: () => Promise<MakeCommand>
  children?: readonly Entry[]
}

/** Which commands are loaded whole: those on the way that the words name, or all. */
export type Wanted = readonly string[] | 'all'

/**
 * Commands of a table, with the code of the wanted ones: the others are names and summaries, which is all that help and
 * "unknown command" need of them.
 */
export async function assemble(
  entries: readonly Entry[],
  wanted: Wanted,
  io: Io,
  finish: Finish,
  above: readonly string[] = []
): Promise<Command[]> {
  const shown = entries.filter(({ name, isHidden }) => isHidden !== true || wanted[0] === name)
  return await Promise.all(
    shown.map(async ({ name, summary, load, children = [] }) => {
      if (wanted !== 'all' && wanted[0] !== name) return new Command(name).summary(summary)
      const path = [...above, name]
      const make = await load?.()
      const made = (make?.(io, finish) ?? new Command(name).description(summary)).summary(summary)
      if (make !== undefined) await manual(made, path)
      made.helpCommand(false)
      const below = await assemble(children, wantedBelow(wanted, load !== undefined), io, finish, path)
      for (const command of below) made.addCommand(command)
      return made
    })
  )
}

/** A command that runs by itself has options of its own, and the name of one below it may stand after them. */
function wantedBelow(wanted: Wanted, runs: boolean): Wanted {
  if (wanted === 'all' || (runs && wanted.length === 1)) return 'all'
  return wanted.slice(1)
}

async function manual(command: Command, path: readonly string[]): Promise<void> {
  const { addManual } = await import('./manual.ts')
  addManual(command, path)
}

/** The ways to every command that runs, in order. */
export function pathsOf(entries: readonly Entry[], above: readonly string[] = []): string[][] {
  return entries.flatMap(({ name, load, isHidden, children = [] }) => {
    if (isHidden === true) return []
    const path = [...above, name]
    return [...(load === undefined ? [] : [path]), ...pathsOf(children, path)]
  })
}

/** The words that can name a command: those before the first option. */
export function wordsOf(args: readonly string[]): string[] {
  const option = args.findIndex(arg => arg.startsWith('-'))
  return args.slice(0, option < 0 ? args.length : option)
}
