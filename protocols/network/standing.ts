import { listsOf } from '../common/membership.ts'
import type { NetworkDocument } from '../common/network-document.ts'
import { keyOfText } from '../common/peer-text.ts'
import type { Hex } from '../common/values.ts'

/** What a peer is to a network. Only the first two are let in; `unknown`: the lists are not here yet. */
export type Standing = 'owner' | 'member' | 'not-listed' | 'revoked' | 'unknown'

export function standingOf(document: NetworkDocument, peer: Hex): Standing {
  if (peer === document.owner) return 'owner'
  const lists = listsOf(document)
  if (lists === undefined) return 'unknown'
  if (lists.revoked.includes(peer)) return 'revoked'
  return document.membership.policy === 'open' || lists.members.includes(peer) ? 'member' : 'not-listed'
}

/** Whether a peer is let in. Asked for every connection and every gossiped fact, so the lists are made sets once. */
export type Admits = (peer: Hex) => boolean

/**
 * The gate of a document. Without its lists it opens for the owner and for the peers that document and invite name, which is
 * enough to fetch them.
 *
 * @param vouched multiaddrs with /p2p/<id>
 */
export function gateOf(document: NetworkDocument, vouched: readonly string[] = []): Admits {
  const { owner, membership, bootstrap } = document
  const lists = listsOf(document)
  if (lists === undefined) {
    // the relay on the way to a peer is named, too
    const named = new Set([...bootstrap, ...vouched].flatMap(addr => addr.split('/')).map(keyOfText))
    return peer => peer === owner || named.has(peer)
  }
  const [members, revoked] = [new Set(lists.members), new Set(lists.revoked)]
  if (membership.policy === 'open') return peer => !revoked.has(peer)
  return peer => peer === owner || members.has(peer)
}
