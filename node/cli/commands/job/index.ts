import type { Command } from 'commander'
import type { Io } from '../../io.ts'
import { group } from '../group.ts'
import type { Finish } from '../types.ts'
import { acceptCommand } from './accept.ts'
import { cancelCommand } from './cancel.ts'
import { getCommand } from './get.ts'
import { listCommand } from './list.ts'
import { logsCommand } from './logs.ts'
import { showCommand } from './show.ts'
import { waitCommand } from './wait.ts'
import { whyCommand } from './why.ts'

export function jobCommand(io: Io, finish: Finish): Command {
  const commands = [
    listCommand,
    showCommand,
    logsCommand,
    getCommand,
    waitCommand,
    acceptCommand,
    cancelCommand,
    whyCommand
  ]
  return group(
    'job',
    'jobs of this node',
    commands.map(make => make(io, finish))
  )
}
