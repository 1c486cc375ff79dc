import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { table, when } from '../text.ts'
import type { Finish } from './types.ts'

export function peersCommand(io: Io, finish: Finish): Command {
  return nodeCommand('peers', 'who this node is connected to', ['dcn peers', 'dcn peers --json']).action(
    (options: CommonOptions) => finish(showPeers(options, io), options)
  )
}

export async function showPeers(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const peers = await (await context.client()).peers()
  print(context, peers, () =>
    table(
      ['PEER', 'ROLES', 'PATH', 'DIRECTION', 'RTT', 'SINCE', 'ADDRESS'],
      peers.map(p => [
        p.id,
        p.roles.join(',') || '-',
        p.path,
        p.direction,
        p.rttMs === undefined ? '-' : `${p.rttMs.toFixed(1)} ms`,
        when(p.connectedAt),
        p.addrs[0] ?? '-'
      ]),
      'no peers'
    )
  )
  return EXIT.done
}
