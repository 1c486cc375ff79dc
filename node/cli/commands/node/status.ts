import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { statusText } from '../../status-text.ts'
import type { Finish } from '../types.ts'
import { finishWithParents } from './with-parents.ts'

export interface StatusOptions extends CommonOptions {
  watch?: boolean
}

/** How often a person looks. */
const WATCH_MS = 1_000
const CLEAR = '\u001b[H\u001b[2J'

export function statusCommand(io: Io, finish: Finish): Command {
  const summary = 'what it does now: running jobs, room, storage, peers, chain'
  return nodeCommand('status', summary, ['dcn node status --watch'])
    .option('--watch', 'go on until Ctrl-C')
    .action((options: StatusOptions, made: Command) =>
      finishWithParents(finish, all => showStatus(all, io), options, made)
    )
}

export async function showStatus(options: StatusOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const show = async (): Promise<void> => {
    const status = await client.status({ signal: io.signal })
    print(context, status, () => statusText(status, Date.now()))
  }
  if (options.watch !== true) {
    await show()
    return EXIT.done
  }
  const isLive = !context.json && (io.stdout as { isTTY?: boolean }).isTTY === true
  while (!io.signal.aborted) {
    if (isLive) io.stdout.write(CLEAR)
    await show()
    await sleep(WATCH_MS, undefined, { signal: io.signal }).catch(() => undefined)
  }
  return EXIT.done
}
