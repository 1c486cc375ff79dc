import { InvalidInputError, TooLargeError, UserError } from '../common/errors.ts'
import { listsOf, MAX_LISTED, type MemberLists } from '../common/membership.ts'
import {
  createNetworkDocument,
  type NetworkDocument,
  type NetworkInit,
  type SignNetwork
} from '../common/network-document.ts'
import { peerText } from '../common/peer-text.ts'
import type { Hex } from '../common/values.ts'

export const MEMBER_ACTIONS = ['add', 'revoke', 'remove'] as const
export type MemberAction = (typeof MEMBER_ACTIONS)[number]

/** The key that is here is not the network's owner's. */
export class NotOwnerError extends UserError {
  constructor(owner: Hex, here: Hex) {
    super('NotOwnerError', `only the owner of the network can change it: ${peerText(owner)}`, {
      field: 'owner',
      value: peerText(here),
      limit: peerText(owner),
      remedy: 'run this in the data directory of the node that created the network'
    })
  }
}

/** Whose key signs. */
export interface Signer {
  key: Hex
  sign: SignNetwork
}

/**
 * The next revision of a document, with what changed in it.
 *
 * @throws NotOwnerError; InvalidInputError for a change that no document may have
 */
export function revise(
  document: NetworkDocument,
  changes: Partial<Pick<NetworkInit, 'chain' | 'bootstrap' | 'membership' | 'moduleIndex'>>,
  { key, sign }: Signer,
  nowMs: number
): NetworkDocument {
  if (key !== document.owner) throw new NotOwnerError(document.owner, key)
  const { version: _version, id: _id, signature: _signature, ...init } = document
  return createNetworkDocument({ ...init, ...changes, revision: document.revision + 1, issuedAt: nowMs }, sign)
}

/**
 * Membership after a change to one peer: `add` lets it in (and pardons it), `revoke` shuts it out by name, `remove` takes it
 * out of either list. Undefined when nothing changes.
 *
 * @throws InvalidInputError, TooLargeError, UserError named ListsMissingError
 */
export function changeMember(
  document: NetworkDocument,
  action: MemberAction,
  peer: Hex
): NetworkDocument['membership'] | undefined {
  const lists = listsOf(document)
  if (lists === undefined) throw new ListsMissingError()
  const { policy } = document.membership
  if (peer === document.owner) {
    throw refused(peer, 'the owner is always a member', 'name another peer')
  }
  const isKnown = lists.revoked.includes(peer) || lists.members.includes(peer)
  if (action === 'add' && policy === 'open' && !isKnown) {
    throw refused(
      peer,
      'in an open network whoever has the invite is a member',
      'give it the invite: dcn network invite'
    )
  }
  const changed = CHANGES[action](lists, peer, policy)
  const isSame = changed.members.join() === lists.members.join() && changed.revoked.join() === lists.revoked.join()
  if (isSame) return undefined
  for (const list of ['members', 'revoked'] as const) {
    if (changed[list].length > MAX_LISTED) {
      throw new TooLargeError(
        `membership.${list} (peers)`,
        changed[list].length,
        MAX_LISTED,
        'remove some first: dcn network members remove PEER'
      )
    }
  }
  return { policy, ...changed }
}

type Change = (lists: MemberLists, peer: Hex, policy: 'open' | 'listed') => MemberLists

const CHANGES: Record<MemberAction, Change> = {
  add: ({ members, revoked }, peer, policy) => ({
    members: policy === 'listed' ? withPeer(members, peer) : members,
    revoked: without(revoked, peer)
  }),
  revoke: ({ members, revoked }, peer) => ({ members: without(members, peer), revoked: withPeer(revoked, peer) }),
  remove: ({ members, revoked }, peer) => ({ members: without(members, peer), revoked: without(revoked, peer) })
}

const without = (list: Hex[], peer: Hex): Hex[] => list.filter(key => key !== peer)
const withPeer = (list: Hex[], peer: Hex): Hex[] => [...without(list, peer), peer].sort()

/** Only the digest of the lists came with the invite, and no member was met that has them. */
class ListsMissingError extends UserError {
  constructor() {
    super('ListsMissingError', 'the lists of members are not here yet', {
      field: 'membership',
      remedy: 'start the node: it fetches them from a member'
    })
  }
}

const refused = (peer: Hex, limit: string, remedy: string): InvalidInputError =>
  new InvalidInputError(`${peerText(peer)}: ${limit}`, { field: 'peer', value: peerText(peer), limit, remedy })
