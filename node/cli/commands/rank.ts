import type { Command } from 'commander'
import { absolute } from '../../config/convert.ts'
import { readOwnJobFile } from '../bacalhau-file.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { importsTo } from '../inputs.ts'
import type { Io } from '../io.ts'
import { checkJobFile, resolveLocal } from '../job-file.ts'
import { clean, money, short, table } from '../text.ts'
import type { Finish } from './types.ts'

export function rankCommand(io: Io, finish: Finish): Command {
  return nodeCommand('rank', 'who would run a job, in order, without submitting it', ['dcn rank spec.yaml'])
    .argument('<file>', 'specification, YAML or JSON (docs/jobs.md)')
    .action((file: string, options: CommonOptions) => finish(rankFile(file, options, io), options))
}

/** Exit code 3 when nobody would: a script can ask before it submits. */
export async function rankFile(path: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const file = await readOwnJobFile(absolute(path, io.cwd))
  await checkJobFile(file)
  const client = await context.client()
  // the CID of the specification, which decides ties, depends on its inputs
  const spec = await resolveLocal(file, importsTo(client))
  const [ranked, { token }] = await Promise.all([client.rank(spec), client.info()])
  print(context, ranked, () => {
    const rows = ranked.candidates.map(c => [
      String(c.rank),
      short(c.account),
      money(c.ask, token),
      String(c.priceClass)
    ])
    const counts = ranked.counts.map(c => `${String(c.count).padStart(4)} × ${clean(c.reason)}\n`)
    return table(['RANK', 'PROVIDER', 'ASK', 'PRICE CLASS'], rows, 'no offer fits') + counts.join('')
  })
  return ranked.candidates.length > 0 ? EXIT.done : EXIT.noMatch
}
