import type { Command } from 'commander'
import { absolute } from '../../../config/convert.ts'
import type { JobSummary, JobView } from '../../../http/views.ts'
import { type CommonOptions, type Context, contextOf, nodeCommand, print } from '../../context.ts'
import { checkTarget, download } from '../../download.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { downloadAll } from '../../sweep/follow-group.ts'
import { findGroup } from '../../sweep/group.ts'
import { clean, size } from '../../text.ts'
import type { Finish } from '../types.ts'

interface GetOptions extends CommonOptions {
  out?: string
  judged?: boolean
}

export function getCommand(io: Io, finish: Finish): Command {
  return nodeCommand('get', "copy a job's result files", ['dcn job get 4f1c', 'dcn job get 4f1c --out results'])
    .argument('<id>', 'id, its beginning, or the name of a job or of a group of jobs')
    .option('--out <dir>', 'new or empty directory (default: job-<id>)')
    .option('--judged', 'after a dispute, with the result that the judges came to')
    .action((id: string, options: GetOptions) => finish(getFiles(id, options, io), options))
}

export async function getFiles(id: string, options: GetOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const group = await findGroup(client, id)
  if (group.length > 0) return await getGroup(id, group, options, context)
  const job = await findJob(client, id, { io })
  if (options.judged === true) await client.fetchJudged(job.id, { signal: io.signal })
  const dir = absolute(options.out ?? `job-${job.id.slice(0, 12)}`, io.cwd)
  const files = await download(client, job.id, dir, { signal: io.signal })
  print(context, { id: job.id, dir, files }, () => {
    const lines = files.map(f => `${clean(f.path)} (${size(f.sizeBytes)})\n`)
    return lines.length === 0 ? noFiles(job) : `${lines.join('')}in ${clean(dir)}\n`
  })
  return EXIT.done
}

/** Results that did not agree are none of the job's, and still there to be looked at. */
function noFiles({ id, replicas = [] }: JobView): string {
  const kept = replicas.flatMap(({ replica, dir }) =>
    dir === undefined ? [] : [`  replica ${replica}  ${clean(dir)}\n`]
  )
  if (kept.length === 0) return 'no files\n'
  return `no files of the job itself; those of its replicas are on the host of the node (dcn job why ${id}):\n${kept.join('')}`
}

/** A directory for each job of a group. */
async function getGroup(
  name: string,
  group: readonly JobSummary[],
  options: GetOptions,
  context: Context
): Promise<ExitCode> {
  const dir = absolute(options.out ?? `job-${name}`, context.io.cwd)
  await checkTarget(dir)
  const files = await downloadAll(group, dir, context)
  print(context, { group: name, dir, files }, () => (files === 0 ? 'no files\n' : `${files} files in ${clean(dir)}\n`))
  return EXIT.done
}
