import type { Command } from 'commander'
import type { JobSummary } from '../../../http/views.ts'
import { type CommonOptions, type Context, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { findGroup } from '../../sweep/group.ts'
import { progressOf } from '../../sweep/text.ts'
import { clean, money, short, when } from '../../text.ts'
import type { Finish } from '../types.ts'

export function whyCommand(io: Io, finish: Finish): Command {
  return nodeCommand('why', 'why a job is where it is', ['dcn job why 4f1c'])
    .argument('<id>', 'id, its beginning, or the name of a job or of a group of jobs')
    .action((id: string, options: CommonOptions) => finish(whyJob(id, options, io), options))
}

export async function whyJob(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const group = await findGroup(client, id)
  if (group.length > 0) return await whyGroup(id, group, context)
  const job = await findJob(client, id, { io })
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

/** Asked about at the same time. */
const TOGETHER = 16

/** The same sentence once, with the jobs that it is about. */
async function whyGroup(name: string, group: readonly JobSummary[], context: Context): Promise<ExitCode> {
  const client = await context.client()
  const whys: Awaited<ReturnType<typeof client.why>>[] = []
  for (let i = 0; i < group.length; i += TOGETHER) {
    whys.push(...(await Promise.all(group.slice(i, i + TOGETHER).map(job => client.why(job.id)))))
  }
  print(context, whys, () => {
    const lines = new Map<string, string[]>()
    for (const [i, { state, summary, remedies = [] }] of whys.entries()) {
      const about = [`${state}: ${clean(summary)}`, ...remedies.map(r => `    you can: ${clean(r)}`)].join('\n')
      lines.set(about, [...(lines.get(about) ?? []), String(group[i]?.sweep?.index ?? i)])
    }
    const each = [...lines].map(([about, numbers]) => `${numbersText(numbers)} ${about}`)
    return `${name}: ${progressOf(group, group[0]?.sweep?.count ?? group.length)}\n${each.join('\n')}\n`
  })
  return EXIT.done
}

/** `#0 #1 #2 and 97 more` */
function numbersText(numbers: readonly string[]): string {
  const some = numbers.slice(0, 8).map(n => `#${n}`)
  return `  ${some.join(' ')}${numbers.length > some.length ? ` and ${numbers.length - some.length} more` : ''}`
}
