import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { cores, money, short, size, table } from '../text.ts'
import type { Finish } from './types.ts'

export function offersCommand(io: Io, finish: Finish): Command {
  return nodeCommand('offers', 'what providers offer now, as this node sees it', ['dcn offers']).action(
    (options: CommonOptions) => finish(showOffers(options, io), options)
  )
}

export async function showOffers(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const [offers, { token }] = await Promise.all([client.offers(), client.info()])
  print(context, offers, () =>
    table(
      ['PROVIDER', 'ENGINES', 'FREE CPU', 'FREE MEMORY', 'GPUS', 'JOB', 'CPU·H', 'GIB·H', 'LABELS'],
      offers.map(o => [
        `${short(o.account)}${o.mine ? ' (this node)' : ''}`,
        o.engines.map(e => e.kind).join(','),
        cores(o.free.cpuMillis),
        size(o.free.memoryBytes),
        String(o.free.gpus.length),
        money(o.price.perJob, token),
        money(o.price.perCpuHour, token),
        money(o.price.perGiBHour, token),
        Object.entries(o.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(',')
      ]),
      'no offers yet'
    )
  )
  return EXIT.done
}
