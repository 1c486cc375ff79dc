import type { Command } from 'commander'
import type { Io } from '../../io.ts'
import { group } from '../group.ts'
import type { Finish } from '../types.ts'
import { historyCommand } from './history.ts'
import { importCommand } from './import.ts'
import { depositCommand, withdrawCommand } from './move.ts'
import { newCommand } from './new.ts'
import { showCommand } from './show.ts'

export function walletCommand(io: Io, finish: Finish): Command {
  const commands = [showCommand, newCommand, importCommand, depositCommand, withdrawCommand, historyCommand]
  return group(
    'wallet',
    'the money of this node',
    commands.map(make => make(io, finish))
  )
}
