import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import type { JobQuery } from '../../../http/api.ts'
import { JOB_STATES, type JobState } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { money, short, table, when } from '../../text.ts'
import type { Finish } from '../types.ts'

interface ListOptions extends CommonOptions {
  limit?: string
  state?: string
}

export function listCommand(io: Io, finish: Finish): Command {
  return nodeCommand('list', 'jobs of this node, newest first', ['dcn job list', 'dcn job list --state running --json'])
    .option('--limit <n>', 'at most this many (default 20)')
    .option('--state <state>', JOB_STATES.join(', '))
    .action((options: ListOptions) => finish(listJobs(options, io), options))
}

export async function listJobs(options: ListOptions, io: Io): Promise<ExitCode> {
  const query: JobQuery = { limit: limitOf(options.limit) }
  if (options.state !== undefined) query.state = stateOf(options.state)
  const context = contextOf(io, options)
  const client = await context.client()
  const [jobs, { token }] = await Promise.all([client.jobs(query), client.info()])
  print(context, jobs, () =>
    table(
      ['ID', 'NAME', 'ENGINE', 'STATE', 'EXIT', 'PRICE', 'PROVIDER', 'CREATED'],
      jobs.map(job => [
        short(job.id),
        job.name ?? '-',
        job.engine,
        job.state,
        job.exitCode === undefined ? '-' : String(job.exitCode),
        money(job.price, token),
        short(job.provider),
        when(job.createdAt)
      ]),
      'no jobs'
    )
  )
  return EXIT.done
}

function limitOf(text = '20'): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= 1000) return limit
  throw new InvalidInputError('--limit: expected 1 to 1000', { field: 'limit', value: text, limit: '1 to 1000' })
}

function stateOf(text: string): JobState {
  const state = JOB_STATES.find(s => s === text)
  if (state !== undefined) return state
  const limit = JOB_STATES.join(', ')
  throw new InvalidInputError(`--state: expected one of ${limit}`, { field: 'state', value: text, limit })
}
