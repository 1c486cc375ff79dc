import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { clean, money, short, when } from '../../text.ts'
import type { Finish } from '../types.ts'

export function whyCommand(io: Io, finish: Finish): Command {
  return nodeCommand('why', 'why a job is where it is', ['dcn job why 4f1c'])
    .argument('<id>', 'id, its beginning, or the name of the job')
    .action((id: string, options: CommonOptions) => finish(whyJob(id, options, io), options))
}

export async function whyJob(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const job = await findJob(client, id)
  const [why, { token }] = await Promise.all([client.why(job.id), client.info()])
  print(context, why, () =>
    [
      `${why.state}: ${clean(why.summary)}`,
      ...why.counts.map(c => `  ${String(c.count).padStart(4)} × ${clean(c.reason)}`),
      ...why.nearest.map(n => {
        const ask = n.ask === undefined ? '' : ` at ${money(n.ask, token)}`
        const fixes = n.remedies?.length ? `\n    would fit if you ${clean(n.remedies.join(' and '))}` : ''
        return `  nearest: ${short(n.account)}${ask}: ${clean(n.reasons.join('; '))}${fixes}`
      }),
      ...(why.remedies ?? []).map(r => `  you can: ${clean(r)}`),
      ...why.attempts.map(a => `  ${when(a.at)}  ${short(a.provider)}  ${clean(a.outcome)}`),
      ''
    ].join('\n')
  )
  return EXIT.done
}
