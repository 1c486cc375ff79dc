import type { Hex } from '../../../protocols/common/values.ts'
import { keyOfPeerId } from '../../../protocols/offers/peer-key.ts'
import type { Bind } from '../../../protocols/offers/schema.ts'
import { checkBindTime, type VerifyBind } from '../../../protocols/offers/verify-fact.ts'
import type { AbortOptions, Clock } from '../../components.ts'
import type { Settlement } from '../../settlement/settlement.ts'

export interface DrawnComponents {
  network: string
  settlement: Pick<Settlement, 'court'>
  clock: Clock
  verifyBind: VerifyBind
}

/** Whether a peer is a judge that the court drew for this deal: then it may see what the parties see. */
export type IsDrawn = (deal: Hex, peer: string, bind: Bind, options?: AbortOptions) => Promise<boolean>

/** The cheap checks come first: only who holds the account's Bind makes this node ask the chain. */
export function isDrawn({ network, settlement, clock, verifyBind }: DrawnComponents): IsDrawn {
  return async (deal, peer, bind, options) => {
    const { court } = settlement
    if (court === undefined || bind.network !== network || bind.peerKey !== keyOfPeerId(peer)) return false
    checkBindTime(bind, clock.nowMs())
    if (!(await verifyBind(bind))) return false
    const dispute = await court.dispute(deal, options)
    return dispute?.members.some(member => member.owner === bind.account && member.standing !== 'declined') ?? false
  }
}
