import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import type { Finish } from '../types.ts'

export function acceptCommand(io: Io, finish: Finish): Command {
  return nodeCommand('accept', 'say that a result is good, and pay', ['dcn job accept 4f1c'])
    .argument('<id>', 'id, its beginning, or the name of a job whose result waits for your word')
    .action((id: string, options: CommonOptions) => finish(acceptJob(id, options, io), options))
}

export async function acceptJob(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const job = await client.accept((await findJob(client, id, { io })).id)
  print(context, job, () => `accepted; its provider is paid (dcn job wait ${job.id})\n`)
  return EXIT.done
}
