import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import type { JobListQuery } from '../../../http/api.ts'
import type { NodeClient } from '../../../http/client.ts'
import { JOB_STATES, type JobState } from '../../../http/job-states.ts'
import type { JobList, JobSummary } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, oneOf, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { checkName, newestNamed } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { jobTable } from '../../job-table.ts'
import { parseSince } from '../../since.ts'
import { findGroup } from '../../sweep/group.ts'
import { clean } from '../../text.ts'
import type { Finish } from '../types.ts'

interface ListOptions extends CommonOptions {
  limit?: string
  all?: boolean
  state?: string
  name?: string
  since?: string
}

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1_000_000
/** What the node gives in one answer. */
const PAGE = 10_000

export function listCommand(io: Io, finish: Finish): Command {
  return nodeCommand('list', 'jobs of this node, newest first', [
    'dcn job list',
    'dcn job list --state running --json',
    'dcn job list --since 7d --all',
    "dcn job list --name 'nightly*'",
    'dcn job list scan'
  ])
    .argument('[group]', 'only jobs that were submitted together under this name')
    .option('--limit <n>', `at most this many (default: ${DEFAULT_LIMIT})`)
    .option('--all', 'all that there are')
    .addOption(oneOf('--state <state>', 'only jobs in this state', JOB_STATES))
    .option('--name <pattern>', 'only jobs of this name; * stands for any text, ? for any character')
    .option('--since <time>', 'only jobs from then on: a date such as 2026-08-01 (UTC), or how long ago, such as 7d')
    .action((group: string | undefined, options: ListOptions) => finish(listJobs(group, options, io), options))
}

export async function listJobs(group: string | undefined, options: ListOptions, io: Io): Promise<ExitCode> {
  const wanted = options.all === true ? MAX_LIMIT : limitOf(options.limit)
  const { state, name, since } = options
  if (name !== undefined) checkName(name, '--name')
  if (group !== undefined) checkName(group, 'group')
  const query: JobListQuery = {
    ...(state === undefined ? {} : { state: stateOf(state) }),
    ...(name === undefined ? {} : { name }),
    ...(group === undefined ? {} : { sweep: group }),
    ...(since === undefined ? {} : { since: parseSince(since) })
  }
  const context = contextOf(io, options)
  const client = await context.client()
  const [list, { token }] = await Promise.all([readList(client, query, wanted, io), client.info()])
  if (group !== undefined && list.total === 0 && !context.json) await tellNoGroup(group, client, io)
  print(context, list.jobs, () => jobTable(list, token, { columns: io.columns }))
  return EXIT.done
}

/** The name of one job is no group's. */
async function tellNoGroup(name: string, client: NodeClient, io: Io): Promise<void> {
  const all = await findGroup(client, name, { signal: io.signal })
  const named = all.length > 0 ? undefined : await newestNamed(client, name, { signal: io.signal })
  if (named !== undefined)
    io.stderr.write(`no group is named ${clean(name)}, but a job is: dcn job show ${named.job}\n`)
}

/** Page after page, as many as are wanted and there are. */
export async function readList(
  client: Pick<NodeClient, 'jobList'>,
  query: JobListQuery,
  wanted: number,
  io: Pick<Io, 'signal'>
): Promise<JobList> {
  const jobs: JobSummary[] = []
  for (;;) {
    const last = jobs.at(-1)
    const limit = Math.min(PAGE, wanted - jobs.length)
    const page = { ...query, limit, ...(last === undefined ? {} : { before: last.seq }) }
    const found = await client.jobList(page, { signal: io.signal })
    for (const job of found.jobs) jobs.push(job)
    const isAll = found.jobs.length < limit || jobs.length >= Math.min(wanted, found.total)
    if (isAll) return { total: found.total, jobs }
  }
}

function limitOf(text = String(DEFAULT_LIMIT)): number {
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new InvalidInputError(`--limit: expected 1 to ${MAX_LIMIT}`, {
    field: 'limit',
    value: text,
    limit: `1 to ${MAX_LIMIT}`,
    remedy: 'give a number in this range, or --all'
  })
}

function stateOf(text: string): JobState {
  const state = JOB_STATES.find(s => s === text)
  if (state !== undefined) return state
  const limit = JOB_STATES.join(', ')
  throw new InvalidInputError(`--state: expected one of ${limit}`, {
    field: 'state',
    value: text,
    limit,
    remedy: `give one of ${limit}`
  })
}
