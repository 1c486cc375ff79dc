import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand } from '../../context.ts'
import type { ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { watchJob } from '../../submit.ts'
import { waitForGroup } from '../../sweep/follow-group.ts'
import { findGroup } from '../../sweep/group.ts'
import type { Finish } from '../types.ts'

interface WaitOptions extends CommonOptions {
  out?: string
}

export function waitCommand(io: Io, finish: Finish): Command {
  return nodeCommand('wait', 'follow a job to its end, with its exit code', ['dcn job wait 4f1c --out results'])
    .argument('<id>', 'id, its beginning, or the name of a job or of a group of jobs')
    .option('--out <dir>', 'copy the result files here')
    .action((id: string, options: WaitOptions) => finish(waitForJob(id, options, io), options))
}

export async function waitForJob(id: string, options: WaitOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const [group, info] = await Promise.all([findGroup(client, id), client.info()])
  const [first] = group
  if (first !== undefined) return await waitForGroup(group, info.token, options, context)
  const job = await findJob(client, id, { io })
  return watchJob(job, info, options.out, context)
}
