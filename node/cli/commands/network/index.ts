import type { Command } from 'commander'
import type { Io } from '../../io.ts'
import { group } from '../group.ts'
import type { Finish } from '../types.ts'
import { deployCommand } from './deploy.ts'

export function networkCommand(io: Io, finish: Finish): Command {
  return group('network', 'networks and their contracts', [deployCommand(io, finish)])
}
