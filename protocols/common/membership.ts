import { z } from 'zod'
import { encode } from './cbor.ts'
import { InvalidInputError } from './errors.ts'
import { sha256 } from './hash.ts'
import { peerText } from './peer-text.ts'
import { fromHex, type Hex, toHex } from './values.ts'

/** Peers in each of the two lists: a document is sent whole to every neighbour when it changes. */
export const MAX_LISTED = 1_000

/** Remedy for whatever an owner would not have signed. */
export const FROM_OWNER = 'it was changed after its owner signed it: get it from a member again'

/** Peer keys, in order. */
export interface MemberLists {
  members: Hex[]
  revoked: Hex[]
}
type Policy = 'open' | 'listed'
export type Membership = ({ policy: Policy } & MemberLists) | { policy: Policy; digest: Hex }

/** Peer keys in the order of their bytes, each once: one list has one encoding. */
const keys = <K extends z.ZodType<Hex, unknown>>(key: K) =>
  z
    .array(key)
    .max(MAX_LISTED)
    .refine(list => list.every((k, i) => i === 0 || (list[i - 1] ?? '') < k), 'expected peers in order, each once')

/**
 * Who may take part. `open`: whoever has the invite and is not revoked; `listed`: the owner and the members. With a digest
 * instead of the lists the rest is still to be fetched from a member.
 */
export const membershipOf = <K extends z.ZodType<Hex, unknown>, D extends z.ZodType<Hex, unknown>>(
  key: K,
  digest: D
) => {
  const policy = z.enum(['open', 'listed'])
  return z.union([
    z.strictObject({ policy, members: keys(key), revoked: keys(key) }),
    z.strictObject({ policy, digest })
  ])
}

/** The lists, or undefined while only their digest is here. */
export function listsOf({ membership }: { membership: Membership }): MemberLists | undefined {
  return 'members' in membership ? membership : undefined
}

const LISTS_DOMAIN = Buffer.from('dcn/network-lists/2\0')

/** Commits to both lists. Signed in their place, so that an invite can leave them out. */
export function listsDigest(membership: Membership): Hex {
  if ('digest' in membership) return membership.digest
  const wire = { members: membership.members.map(fromHex), revoked: membership.revoked.map(fromHex) }
  return toHex(sha256(LISTS_DOMAIN, encode(wire)))
}

/** What no schema of one field can say. @throws InvalidInputError */
export function checkLists({ membership, owner }: { membership: Membership; owner: Hex }): void {
  const lists = listsOf({ membership })
  if (lists === undefined) return
  if (lists.revoked.includes(owner)) {
    throw new InvalidInputError('network document: its owner is revoked', {
      field: 'membership.revoked',
      value: peerText(owner),
      limit: 'anybody but the owner',
      remedy: FROM_OWNER
    })
  }
  const revoked = new Set(lists.revoked)
  const both = lists.members.find(key => revoked.has(key))
  if (both === undefined) return
  throw new InvalidInputError('network document: a peer is a member and revoked', {
    field: 'membership.members',
    value: peerText(both),
    limit: 'in one of the two lists',
    remedy: FROM_OWNER
  })
}
