import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import type { HistoryView } from '../../../http/views.ts'
import { NO_TRANSACTION } from '../../../settlement/settlement.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { parseSince } from '../../since.ts'
import { money, short, table, when } from '../../text.ts'
import type { Finish } from '../types.ts'

interface HistoryOptions extends CommonOptions {
  limit?: string
  since?: string
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

export function historyCommand(io: Io, finish: Finish): Command {
  return nodeCommand('history', 'where the money of this account came from and went', [
    'dcn wallet history',
    'dcn wallet history --since 7d --limit 500'
  ])
    .option('--limit <n>', `at most this many, the newest (default ${DEFAULT_LIMIT}, at most ${MAX_LIMIT})`)
    .option('--since <time>', 'from then on: a date such as 2026-08-01 (UTC), or how long ago, such as 7d')
    .action((options: HistoryOptions) => finish(showHistory(options, io), options))
}

export async function showHistory(options: HistoryOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const limit = parseLimit(options.limit)
  const since = options.since === undefined ? {} : { since: parseSince(options.since) }
  const history = await (await context.client()).history({ limit, ...since })
  print(context, history, () => historyText(history, limit))
  return EXIT.done
}

function historyText({ movements, token, complete }: HistoryView, limit: number): string {
  const rows = movements.map(({ at, kind, role, amount, deal, transaction }) => [
    when(at),
    kind,
    role ?? '-',
    `${amount.startsWith('-') ? '' : '+'}${money(amount, token)}`,
    short(deal),
    transaction === NO_TRANSACTION ? '-' : short(transaction)
  ])
  const all = table(['TIME', 'WHAT', 'AS', 'FREE BALANCE', 'DEAL', 'TRANSACTION'], rows, 'no money has moved')
  if (!complete) return `${all}Older movements could not be read in time: ask for less with --since or --limit.\n`
  return movements.length < limit ? all : `${all}The newest ${limit}; --limit shows more.\n`
}

function parseLimit(given: string | undefined): number {
  if (given === undefined) return DEFAULT_LIMIT
  const limit = /^\d{1,4}$/.test(given) ? Number(given) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new InvalidInputError(`--limit: expected 1 to ${MAX_LIMIT}`, {
    field: 'limit',
    value: given,
    limit: `1 to ${MAX_LIMIT}`,
    remedy: 'give a number in this range'
  })
}
