import type { Command } from 'commander'
import type { JobView, ResultFile } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { clean, fields, money, seconds, size, type TokenView, when } from '../../text.ts'
import type { Finish } from '../types.ts'

export function showCommand(io: Io, finish: Finish): Command {
  return nodeCommand('show', 'one job: its way, its result, its money', ['dcn job show 4f1c'])
    .argument('<id>', 'id, its beginning, or the name of the job')
    .action((id: string, options: CommonOptions) => finish(showJob(id, options, io), options))
}

export async function showJob(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const job = await findJob(client, id)
  const [files, { token }] = await Promise.all([client.results(job.id), client.info()])
  print(context, { ...job, files }, () => jobText(job, files, token))
  return EXIT.done
}

function jobText(job: JobView, files: readonly ResultFile[], token: TokenView): string {
  const head = fields({
    id: job.id,
    name: job.name,
    engine: job.engine,
    state: job.state,
    reason: job.reason,
    outcome: job.outcome,
    'exit code': job.exitCode,
    provider: job.provider,
    deal: job.deal,
    price: job.price === undefined ? undefined : money(job.price, token),
    result: job.resultCid,
    directory: job.dir,
    created: when(job.createdAt)
  })
  const way = job.phases.map(p =>
    `  ${p.state.padEnd(9)} +${seconds(p.at - job.createdAt)}  ${clean(p.detail ?? '')}`.trimEnd()
  )
  const sent = job.transactions.map(t => `  ${clean(t.what).padEnd(9)} ${clean(t.hash)}`)
  const listed = files.map(f => `  ${clean(f.path)} (${size(f.sizeBytes)})`)
  return [
    head.trimEnd(),
    ...section('way', way),
    ...section('transactions', sent),
    ...section('files', listed),
    ''
  ].join('\n')
}

const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : [title, ...lines])
