import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { NodeStatus } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { statusText } from '../../status-text.ts'
import type { Finish } from '../types.ts'
import { finishWithParents } from './with-parents.ts'

export interface DrainOptions extends CommonOptions {
  wait?: boolean
}

const LOOK_AGAIN_MS = 500

export function drainCommand(io: Io, finish: Finish): Command {
  return nodeCommand('drain', 'take no new deals; running work finishes', ['dcn node drain --wait && dcn node stop'])
    .option('--wait', 'until no job runs any more')
    .action((options: DrainOptions, made: Command) =>
      finishWithParents(finish, all => drainNode(all, io), options, made)
    )
}

export function resumeCommand(io: Io, finish: Finish): Command {
  return nodeCommand('resume', 'take new deals again', ['dcn node resume']).action(
    (options: CommonOptions, made: Command) => finishWithParents(finish, all => resumeNode(all, io), options, made)
  )
}

export async function drainNode(options: DrainOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  let status = await client.drain({ signal: io.signal })
  let said = -1
  while (options.wait === true && busy(status) > 0) {
    if (context.verbose && busy(status) !== said) {
      said = busy(status)
      io.stderr.write(`${said} ${said === 1 ? 'job goes' : 'jobs go'} on; no new ones are taken\n`)
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal: io.signal })
    status = await client.status({ signal: io.signal })
  }
  const { provider } = status
  // somebody else may have called it off meanwhile
  const done = provider?.state === 'drained' ? EXIT.done : EXIT.failed
  print(context, status, () => statusText(status, Date.now()))
  return done
}

export async function resumeNode(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const status = await client.resume({ signal: io.signal })
  print(context, status, () => statusText(status, Date.now()))
  return EXIT.done
}

const busy = ({ provider }: NodeStatus): number => provider?.running.length ?? 0
