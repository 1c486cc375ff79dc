import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import { isEnd } from '../../../http/job-states.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { clean } from '../../text.ts'
import type { Finish } from '../types.ts'

export function cancelCommand(io: Io, finish: Finish): Command {
  return nodeCommand('cancel', 'ask for the end of a job', ['dcn job cancel 4f1c'])
    .argument('<id>', 'id, its beginning, or the name of the job')
    .action((id: string, options: CommonOptions) => finish(cancelJob(id, options, io), options))
}

export async function cancelJob(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const found = await findJob(client, id)
  if (isEnd(found.state)) {
    throw new InvalidInputError(`job ${found.id} is ${found.state} already: there is nothing to cancel`, {
      field: 'id',
      value: id,
      remedy: `look at it with "dcn job show ${found.id}"`
    })
  }
  const job = await client.cancel(found.id)
  print(context, job, () => `${job.state}${job.reason === undefined ? '' : `: ${clean(job.reason)}`}\n`)
  return EXIT.done
}
