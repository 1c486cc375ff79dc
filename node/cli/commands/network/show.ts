import type { Command } from 'commander'
import { networkView } from '../../../api/network.ts'
import type { NetworkView } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { clean, fields, table, when } from '../../text.ts'
import type { Finish } from '../types.ts'
import { atHome } from './home.ts'

export function showCommand(io: Io, finish: Finish): Command {
  return nodeCommand('show', 'the network of this node, and who is here', [
    'dcn network show',
    'dcn network show --json'
  ]).action((options: CommonOptions) => finish(show(options, io), options))
}

export async function show(options: CommonOptions, io: Io): Promise<ExitCode> {
  const { view, isRunning } = await atHome(io, options, {
    running: async client => ({ view: await client.network(), isRunning: true }),
    resting: async ({ document, self }) => ({ view: networkView(document, self), isRunning: false })
  })
  print(contextOf(io, options), { ...view, running: isRunning }, () => showText(view, isRunning))
  return EXIT.done
}

function showText(view: NetworkView, isRunning: boolean): string {
  const { membership, chain } = view
  const about = fields({
    network: view.name,
    id: view.id,
    owner: view.standing === 'owner' ? `${view.owner} (this node)` : view.owner,
    revision: `${view.revision}, ${when(view.issuedAt)}`,
    membership: membershipText(membership),
    settlement:
      chain === undefined ? 'none: both sides of a deal keep books' : `chain ${chain.chainId}, escrow ${chain.escrow}`,
    bootstrap: view.bootstrap.join(' ') || 'none: invites name who can be reached',
    'this node': `${view.self}, ${STANDINGS[view.standing]}`
  })
  const here = isRunning
    ? table(
        ['HERE NOW', 'STANDING', 'ROLES'],
        view.here.map(p => [p.peer, STANDINGS[p.standing], p.roles.join(',') || '-']),
        'nobody else is here'
      )
    : 'no node runs here\n'
  return `${about}${advice(view)}\n${here}`
}

export const STANDINGS: Record<NetworkView['standing'], string> = {
  owner: 'owner',
  member: 'member',
  'not-listed': 'not a member',
  revoked: 'revoked',
  unknown: 'not known yet'
}

function membershipText({ policy, members, revoked }: NetworkView['membership']): string {
  if (members === undefined || revoked === undefined) return `${policy}; the lists come with the first connection`
  const out = revoked.length === 0 ? '' : `, ${revoked.length} revoked`
  return policy === 'open' ? `open${out}` : `listed: the owner and ${members.length} others${out}`
}

/** What a person does about a standing that keeps the node out. */
export function advice({ standing, self, owner }: Pick<NetworkView, 'standing' | 'self' | 'owner'>): string {
  if (standing === 'revoked') return `\nThe owner (${clean(owner)}) has revoked this node: no member connects to it.\n`
  if (standing !== 'not-listed') return ''
  return `\nThe owner has to let this node in, with:\n  dcn network members add ${clean(self)}\n`
}
