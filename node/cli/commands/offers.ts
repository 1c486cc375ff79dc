import type { Command } from 'commander'
import type { OfferView } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { type OfferChange, watchOffers } from '../offer-watch.ts'
import { clean, cores, money, short, size, type TokenView, table } from '../text.ts'
import type { Finish } from './types.ts'

interface OffersOptions extends CommonOptions {
  watch?: boolean
}

/** Clears a terminal and goes to its upper left corner (ECMA-48). */
const CLEAR = '\u001b[2J\u001b[H'
const SIGNS = { came: '+', changed: '~', left: '-' } as const
const HEADINGS = ['PROVIDER', 'ENGINES', 'FREE CPU', 'FREE MEMORY', 'GPUS', 'JOB', 'CPU·H', 'GIB·H', 'LABELS']

export function offersCommand(io: Io, finish: Finish): Command {
  return nodeCommand('offers', 'what providers offer now, as this node sees it', ['dcn offers', 'dcn offers --watch'])
    .option('--watch', 'go on and show what comes, changes and leaves, until Ctrl-C; with --json one line for each')
    .action((options: OffersOptions) =>
      finish(options.watch === true ? watch(options, io) : showOffers(options, io), options)
    )
}

export async function showOffers(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const [offers, { token }] = await Promise.all([client.offers(), client.info()])
  print(context, offers, () => offerTable(offers, token))
  return EXIT.done
}

/** A table that is drawn anew where somebody watches, else a line for each change. */
async function watch(options: CommonOptions, io: Io): Promise<ExitCode> {
  const { json, client: open } = contextOf(io, options)
  const client = await open()
  const { token } = await client.info()
  const isLive = !json && (io.stdout as { isTTY?: boolean }).isTTY === true
  for await (const { offers, changes } of watchOffers(client, io.signal)) {
    if (json) for (const change of changes) io.stdout.write(`${JSON.stringify({ event: 'offer', ...change })}\n`)
    else if (isLive)
      io.stdout.write(`${CLEAR}${offerTable(offers, token)}\n${changes.map(c => changeLine(c, token)).join('')}`)
    else io.stdout.write(changes.map(c => changeLine(c, token)).join(''))
  }
  return EXIT.done
}

function changeLine({ change, offer }: OfferChange, token: TokenView): string {
  return `${SIGNS[change]} ${offerRow(offer, token)
    .map(cell => clean(cell))
    .join('  ')
    .trimEnd()}\n`
}

const offerTable = (offers: readonly OfferView[], token: TokenView): string =>
  table(
    HEADINGS,
    offers.map(o => offerRow(o, token)),
    'no offers yet'
  )

function offerRow(o: OfferView, token: TokenView): string[] {
  return [
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
  ]
}
