import type { Command } from 'commander'
import type { MemberAction } from '../../../../protocols/network/revise.ts'
import { networkView, peerKeyOf } from '../../../api/network.ts'
import { networkFile } from '../../../config/paths.ts'
import type { NetworkView } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { table } from '../../text.ts'
import type { Finish } from '../types.ts'
import { atHome, type RestingHome } from './home.ts'
import { STANDINGS } from './show.ts'

const SUMMARIES: Record<MemberAction, string> = {
  add: 'let a peer into a listed network, or pardon one that was revoked',
  revoke: 'shut a peer out: running nodes end its connections within seconds',
  remove: 'take a peer out of both lists'
}
const PEER = '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'

export function listCommand(io: Io, finish: Finish): Command {
  return nodeCommand('list', 'who is a member, who is revoked', ['dcn network members list']).action(
    (options: CommonOptions) => finish(listMembers(options, io), options)
  )
}

const changeCommand =
  (action: MemberAction) =>
  (io: Io, finish: Finish): Command =>
    nodeCommand(action, SUMMARIES[action], [`dcn network members ${action} ${PEER}`])
      .argument('<peer>', 'its peer id')
      .action((peer: string, options: CommonOptions) => finish(changeMembers(action, peer, options, io), options))

export const addCommand = changeCommand('add')
export const revokeCommand = changeCommand('revoke')
export const removeCommand = changeCommand('remove')

export async function listMembers(options: CommonOptions, io: Io): Promise<ExitCode> {
  const view = await atHome(io, options, {
    running: client => client.network(),
    resting: async ({ document, self }) => networkView(document, self)
  })
  const { policy, members, revoked } = view.membership
  print(contextOf(io, options), { owner: view.owner, policy, members, revoked, here: view.here }, () => listText(view))
  return EXIT.done
}

export async function changeMembers(
  action: MemberAction,
  peer: string,
  options: CommonOptions,
  io: Io
): Promise<ExitCode> {
  peerKeyOf(peer)
  const { view, isRunning } = await atHome(io, options, {
    running: async client => ({ view: await client.changeMember({ action, peer }), isRunning: true }),
    resting: async home => ({ view: await changeAtRest(home, action, peer), isRunning: false })
  })
  const later = 'No node runs here: the others learn it when this one starts.\n'
  print(contextOf(io, options), { ...view, running: isRunning }, () => {
    const done = `revision ${view.revision}: ${peer} is ${STANDINGS[standingIn(view, peer)]}\n`
    return isRunning ? done : `${done}${later}`
  })
  return EXIT.done
}

async function changeAtRest(
  { dataDir, document, signer, self }: RestingHome,
  action: MemberAction,
  peer: string
): Promise<NetworkView> {
  const { withMember } = await import('../../../network/network-keeper.ts')
  const { writeNetworkFile } = await import('../../../network/network-file.ts')
  const next = withMember(document, action, peerKeyOf(peer), signer, Date.now())
  if (next !== undefined) await writeNetworkFile(networkFile(dataDir), next)
  return networkView(next ?? document, self)
}

function standingIn({ membership, owner }: NetworkView, peer: string): NetworkView['standing'] {
  if (peer === owner) return 'owner'
  if (membership.revoked?.includes(peer) === true) return 'revoked'
  return membership.policy === 'open' || membership.members?.includes(peer) === true ? 'member' : 'not-listed'
}

function listText({ owner, membership: { policy, members = [], revoked = [] }, here }: NetworkView): string {
  const connected = new Set(here.map(p => p.peer))
  const others = here.map(p => p.peer).filter(p => p !== owner && !members.includes(p) && !revoked.includes(p))
  const rows = [
    ...[owner].map(p => [p, 'owner']),
    ...members.map(p => [p, 'member']),
    ...(policy === 'open' ? others.map(p => [p, 'member']) : []),
    ...revoked.map(p => [p, 'revoked'])
  ]
  const open = policy === 'open' ? 'open: whoever has the invite and is not revoked may take part\n\n' : ''
  return `${open}${table(
    ['PEER', 'STANDING', 'CONNECTED'],
    rows.map(([peer = '', standing = '']) => [peer, standing, connected.has(peer) ? 'yes' : '-']),
    'nobody'
  )}`
}
