import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import { isEnd } from '../../../http/job-states.ts'
import type { JobSummary, JobView } from '../../../http/views.ts'
import { type CommonOptions, type Context, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { findGroup } from '../../sweep/group.ts'
import { clean } from '../../text.ts'
import type { Finish } from '../types.ts'

export function cancelCommand(io: Io, finish: Finish): Command {
  return nodeCommand('cancel', 'ask for the end of a job', ['dcn job cancel 4f1c', 'dcn job cancel scan'])
    .argument('<id>', 'id, its beginning, or the name of a job or of a group of jobs')
    .action((id: string, options: CommonOptions) => finish(cancelJob(id, options, io), options))
}

export async function cancelJob(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const group = await findGroup(client, id)
  if (group.length > 0) return await cancelGroup(id, group, context)
  const found = await findJob(client, id, { io })
  if (isEnd(found.state))
    throw nothingToCancel(`job ${found.id} is ${found.state} already`, id, `dcn job show ${found.id}`)
  const job = await client.cancel(found.id)
  print(context, job, () => outcomeOf(job))
  return EXIT.done
}

/** A request is not an end: where the provider runs it, its word has to come first. */
function outcomeOf({ id, state, reason }: JobView): string {
  if (isEnd(state)) return `${state}${reason === undefined ? '' : `: ${clean(reason)}`}\n`
  return `asked for the end of job ${id}, which is at "${state}" now; follow it with: dcn job wait ${id}\n`
}

async function cancelGroup(name: string, group: readonly JobSummary[], context: Context): Promise<ExitCode> {
  const live = group.filter(job => !isEnd(job.state))
  if (live.length === 0)
    throw nothingToCancel(`all ${group.length} jobs of ${name} have ended`, name, `dcn job list ${name}`)
  const client = await context.client()
  const jobs = await Promise.all(live.map(job => client.cancel(job.id)))
  print(context, jobs, () => {
    const over = jobs.filter(job => isEnd(job.state)).length
    return `${over} ended, ${jobs.length - over} asked to end; follow them with: dcn job wait ${name}\n`
  })
  return EXIT.done
}

function nothingToCancel(what: string, id: string, look: string): InvalidInputError {
  return new InvalidInputError(`${what}: there is nothing to cancel`, {
    field: 'id',
    value: id,
    remedy: `look at it with "${look}"`
  })
}
