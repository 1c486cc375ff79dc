import { Argument, type Command } from 'commander'
import { LOG_LEVELS } from '../../../config/schema.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import type { Finish } from '../types.ts'
import { finishWithParents } from './with-parents.ts'

type Level = (typeof LOG_LEVELS)[number]

export function logLevelCommand(io: Io, finish: Finish): Command {
  return nodeCommand('log-level', 'how much it logs, until the next start', ['dcn node log-level debug'])
    .addArgument(new Argument('<level>', 'silent to trace').choices(LOG_LEVELS))
    .action((level: Level, options: CommonOptions, made: Command) =>
      finishWithParents(finish, all => setLevel(level, all, io), options, made)
    )
}

async function setLevel(level: Level, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const set = await client.setLogLevel(level, { signal: io.signal })
  print(context, set, () => `${set.level}\n`)
  return EXIT.done
}
