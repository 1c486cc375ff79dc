import { encodeInvite, INVITE_LIMITS } from '../../protocols/common/invite.ts'
import type { NetworkDocument } from '../../protocols/common/network-document.ts'
import { type DialTarget, withPeer } from './addresses.ts'

/** Addresses of one member in an invite: a public one and one of the LAN. */
const ADDRS_PER_PEER = 2
/** Members in an invite: one of them will be there, and the line stays short. */
const PEERS = INVITE_LIMITS.hints / ADDRS_PER_PEER

/** An invite that names members, the most useful first. */
export function inviteTo(
  document: NetworkDocument,
  members: readonly DialTarget[]
): { invite: string; hints: string[] } {
  const usable = members.filter(({ addrs }) => addrs.length > 0).slice(0, PEERS)
  const hints = usable.flatMap(({ peer, addrs }) => addrs.slice(0, ADDRS_PER_PEER).map(addr => withPeer(addr, peer)))
  return { invite: encodeInvite(document, hints), hints }
}
