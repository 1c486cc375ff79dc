import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { UserError } from '../../../../protocols/common/errors.ts'
import { contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import type { Finish } from '../types.ts'
import type { DrainOptions } from './drain.ts'
import { finishWithParents } from './with-parents.ts'

const LOOK_AGAIN_MS = 200

export function stopCommand(io: Io, finish: Finish): Command {
  return nodeCommand('stop', 'let running work finish for a while, then end the node', ['dcn node stop --wait'])
    .option('--wait', 'until it has ended')
    .action((options: DrainOptions, made: Command) =>
      finishWithParents(finish, all => stopNode(all, io), options, made)
    )
}

export async function stopNode(options: DrainOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  await client.stop({ signal: io.signal })
  while (options.wait === true && (await answers(client.readiness, io.signal))) {
    await sleep(LOOK_AGAIN_MS, undefined, { signal: io.signal })
  }
  const stopped = options.wait === true
  print(context, { stopping: true, stopped }, () => (stopped ? 'stopped\n' : 'stopping: running work may finish\n'))
  return EXIT.done
}

/** The API is the first part to close; whatever the node says until then, it is there. */
async function answers(
  ask: (options: { signal: AbortSignal }) => Promise<unknown>,
  signal: AbortSignal
): Promise<boolean> {
  try {
    await ask({ signal })
    return true
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.name !== 'NodeUnreachableError'
  }
}
