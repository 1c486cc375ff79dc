import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { MEMBER_ACTIONS } from '../../../protocols/network/revise.ts'
import { id, line, settlementKind, time } from './parts.ts'

const standing = z.enum(['owner', 'member', 'not-listed', 'revoked', 'unknown'])

/** The network as this node knows it. Without its secret: the invite holds it. */
export const networkView = z.object({
  id,
  name: line,
  /** peer id of the node that can change it */
  owner: id,
  revision: uint,
  createdAt: time,
  issuedAt: time,
  settlement: settlementKind,
  chain: z.object({ chainId: uint, rpcUrls: z.array(line), escrow: id, token: id }).optional(),
  bootstrap: z.array(line),
  membership: z.object({
    policy: z.enum(['open', 'listed']),
    /** peer ids; absent while the node has not fetched the lists yet */
    members: z.array(id).optional(),
    revoked: z.array(id).optional()
  }),
  /** this node's own peer id, and what it is to the network */
  self: id,
  standing,
  /** who is connected now */
  here: z.array(z.object({ peer: id, standing, roles: z.array(z.string().max(16)) }))
})
export type NetworkView = z.output<typeof networkView>

export const inviteView = z.object({
  /** one line; whoever has it can take part, as far as the membership allows */
  invite: z.string().max(16_384),
  /** addresses of members in it */
  hints: z.array(line)
})
export type InviteView = z.output<typeof inviteView>

/** An invite of the network that the node is in already. */
export const joinRequest = z.strictObject({ invite: z.string().min(1).max(16_384) })
export type JoinRequest = z.output<typeof joinRequest>

export const memberRequest = z.strictObject({ action: z.enum(MEMBER_ACTIONS), peer: z.string().min(1).max(128) })
export type MemberRequest = z.output<typeof memberRequest>
