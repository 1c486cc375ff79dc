import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { money, short, table, when } from '../text.ts'
import type { Finish } from './types.ts'

export function dealsCommand(io: Io, finish: Finish): Command {
  return nodeCommand('deals', 'what this node agreed to, on either side', ['dcn deals']).action(
    (options: CommonOptions) => finish(showDeals(options, io), options)
  )
}

export async function showDeals(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const [deals, { token }] = await Promise.all([client.deals(), client.info()])
  print(context, deals, () =>
    table(
      ['DEAL', 'AS', 'PHASE', 'WITH', 'PRICE', 'COLLATERAL', 'NEXT', 'CREATED'],
      deals.map(d => [
        short(d.id),
        d.role,
        d.phase,
        short(d.counterparty),
        money(d.price, token),
        money(d.collateral, token),
        d.deadlineAt === undefined ? '-' : when(d.deadlineAt),
        when(d.createdAt)
      ]),
      'no deals'
    )
  )
  return EXIT.done
}
