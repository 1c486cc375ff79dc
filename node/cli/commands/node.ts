import type { Command } from 'commander'
import type { NodeInfo } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { clean, cores, fields, money, size, when } from '../text.ts'
import type { Finish } from './types.ts'

export function nodeInfoCommand(io: Io, finish: Finish): Command {
  return nodeCommand('node', 'what the local node is and does', ['dcn node', 'dcn node --json']).action(
    (options: CommonOptions) => finish(showNode(options, io), options)
  )
}

export async function showNode(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const info = await client.info()
  print(context, { ...info, api: client.url }, () => nodeText(info, client.url))
  return EXIT.done
}

function nodeText(info: NodeInfo, api: string): string {
  const { network, price, free } = info
  return `${fields({
    version: info.version,
    peer: info.peerId,
    account: info.account,
    roles: info.roles.join(', '),
    network: `${network.name} (${network.settlement === 'evm' ? `chain ${network.chainId}` : 'no chain'})`,
    addresses: info.addrs.join(' ') || 'none',
    engines: info.engines.map(e => (e.available ? e.kind : `no ${e.kind} (${e.reason ?? 'unavailable'})`)).join(', '),
    free:
      free === undefined
        ? undefined
        : `${cores(free.cpuMillis)} cores, ${size(free.memoryBytes)}, ${free.gpus.length} GPUs`,
    price:
      price === undefined
        ? undefined
        : `${money(price.perJob, info.token)} a job, ${money(price.perCpuHour, info.token)} a core hour`,
    book: `${info.book.offers} offers, ${info.book.jobs} jobs`,
    peers: info.peers,
    storage: `${size(info.storage.usedBytes)} of ${size(info.storage.quotaBytes)}`,
    memory: size(info.rssBytes),
    directory: info.dataDir,
    api,
    started: when(info.startedAt)
  })}${info.warnings.map(w => `warning: ${clean(w.message)}${w.remedy === undefined ? '' : `\n  ${clean(w.remedy)}`}\n`).join('')}`
}
