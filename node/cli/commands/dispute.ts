import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { findJob } from '../find-job.ts'
import type { Io } from '../io.ts'
import { clean } from '../text.ts'
import type { Finish } from './types.ts'

interface DisputeOptions extends CommonOptions {
  reason?: string
  appeal?: boolean
}

const DEAL_ID = /^0x[0-9a-f]{64}$/

export function disputeCommand(io: Io, finish: Finish): Command {
  return nodeCommand('dispute', "take a job's result to the court, or appeal against a verdict", [
    'dcn dispute 4f1c --reason "the count is wrong"',
    'dcn dispute 4f1c --appeal'
  ])
    .argument('<job>', 'id, its beginning, or the name of the job; with --appeal also the id of a deal')
    .option('--reason <text>', 'what is wrong, for the story of the job')
    .option('--appeal', 'pay for a larger round after a verdict (7, then 15 seat fees)')
    .action((job: string, options: DisputeOptions) => finish(disputeJob(job, options, io), options))
}

export async function disputeJob(wanted: string, options: DisputeOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  if (options.appeal === true) {
    const deal = DEAL_ID.test(wanted) ? wanted : ((await findJob(client, wanted)).deal ?? wanted)
    const receipt = await client.appeal(deal)
    print(context, receipt, () => `appealed (${receipt.transaction})\n`)
    return EXIT.done
  }
  const job = await client.dispute((await findJob(client, wanted)).id, options.reason)
  const why = job.reason === undefined ? '' : `: ${clean(job.reason)}`
  print(context, job, () => `disputed${why}\nfollow it with: dcn job show ${job.id}\n`)
  return EXIT.done
}
