import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parseInvite } from '../../protocols/common/invite.ts'
import { listsOf } from '../../protocols/common/membership.ts'
import type { NetworkDocument } from '../../protocols/common/network-document.ts'
import { keyOfText, peerText } from '../../protocols/common/peer-text.ts'
import type { Hex } from '../../protocols/common/values.ts'
import { checkNotOlder } from '../../protocols/network/compare.ts'
import { standingOf } from '../../protocols/network/standing.ts'
import type { NodeApi } from '../http/api.ts'
import type { NetworkView } from '../http/views.ts'
import { inviteTo } from '../network/invitation.ts'
import type { KnownPeers } from '../network/known-peers.ts'
import type { NetworkKeeper } from '../network/network-keeper.ts'

export interface NetworkApiComponents {
  keeper: NetworkKeeper
  known: Pick<KnownPeers, 'all' | 'hinted'>
  /** this node */
  self: { peer: string; addrs(): string[] }
  /** connected peers and what they do */
  here(): Promise<{ id: string; roles: string[] }[]>
}

export function networkApi(
  c: NetworkApiComponents
): Pick<NodeApi, 'network' | 'invite' | 'takeInvite' | 'changeMember'> {
  const view = async () => networkView(c.keeper.document, c.self.peer, await c.here())
  return {
    network: () => view(),
    async invite() {
      const connected = new Set((await c.here()).map(p => p.id))
      const reachable = c.known.all().filter(p => connected.has(p.peer))
      return inviteTo(c.keeper.document, [{ peer: c.self.peer, addrs: c.self.addrs() }, ...reachable])
    },
    async takeInvite({ invite }) {
      const { document, hints } = parseInvite(invite)
      checkNotOlder(c.keeper.document, document)
      c.known.hinted(hints)
      c.keeper.vouch(hints)
      await c.keeper.adopt(document)
      return await view()
    },
    async changeMember({ action, peer }) {
      await c.keeper.change(action, peerKeyOf(peer))
      return await view()
    }
  }
}

/** @throws InvalidInputError for what is no Ed25519 peer id */
export function peerKeyOf(peer: string): Hex {
  const key = keyOfText(peer)
  if (key !== undefined) return key
  throw new InvalidInputError('this is no peer id', {
    field: 'peer',
    value: peer,
    limit: 'an Ed25519 peer id such as 12D3Koo…',
    remedy: 'the node prints its own when it starts; "dcn node" shows it'
  })
}

/** A network as the API and the command line show it, also where no node runs. */
export function networkView(
  document: NetworkDocument,
  self: string,
  here: readonly { id: string; roles: string[] }[] = []
): NetworkView {
  const { id, name, owner, revision, createdAt, issuedAt, chain, bootstrap, membership } = document
  const lists = listsOf(document)
  const standing = (peer: string) => {
    const key = keyOfText(peer)
    return key === undefined ? ('unknown' as const) : standingOf(document, key)
  }
  return {
    id,
    name,
    owner: peerText(owner),
    revision,
    createdAt,
    issuedAt,
    settlement: chain === null ? 'none' : 'evm',
    ...(chain === null ? {} : { chain: pick(chain) }),
    bootstrap,
    membership: {
      policy: membership.policy,
      ...(lists && { members: lists.members.map(peerText), revoked: lists.revoked.map(peerText) })
    },
    self,
    standing: standing(self),
    here: here.map(({ id: peer, roles }) => ({ peer, standing: standing(peer), roles }))
  }
}

const pick = ({ chainId, rpcUrls, escrow, token }: NonNullable<NetworkDocument['chain']>) => ({
  chainId,
  rpcUrls,
  escrow,
  token
})
