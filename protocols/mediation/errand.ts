import type { Address } from '../common/values.ts'
import { type CallContext, nextCall, type OpenCall } from './next-call.ts'
import { phaseAt } from './phase.ts'
import { COURT_RULES, sizeOf } from './rules.ts'
import type { Dispute } from './types.ts'

/** What somebody with an interest in a dispute sends for it: a call that anybody may make, or what opens the provider's commitment. */
export type Errand = OpenCall | 'revealCommitment'

export type Interest = 'challenger' | 'provider' | 'member'

/** Before the members, in this order: a party has more to win by a dispute that goes on. */
const PARTIES: readonly Interest[] = ['challenger', 'provider']
/** Members of the last round, at most: whoever is not of the present round comes after them. */
const MAX_MEMBERS = 2 * sizeOf(COURT_RULES.lastRound)

/** What is to be sent now. @param knowsCommitment digest and salt of the provider's result are at hand */
export function errandOf(dispute: Dispute, context: CallContext, knowsCommitment: boolean): Errand | undefined {
  const { phase, deadlineSec } = phaseAt(dispute, context.revealWindowSec, context.nowSec)
  const canOpen = phase === 'revealing' && context.nowSec <= deadlineSec && dispute.digest === undefined
  return canOpen && knowsCommitment ? 'revealCommitment' : nextCall(dispute, context)
}

/** How many others send a call before this one does, so that as a rule one transaction is paid for. */
export function rankOf(dispute: Dispute, interest: Interest, account: Address): number {
  const party = PARTIES.indexOf(interest)
  if (party >= 0) return party
  const place = dispute.members.findIndex(member => member.owner === account)
  if (place >= dispute.first) return PARTIES.length + place - dispute.first
  return PARTIES.length + MAX_MEMBERS + Math.max(0, place)
}

/** Time from one rank to the next, ms: room for a transaction to be mined, and for the last rank to be in time. */
export function staggerMs(revealWindowSec: number): number {
  return clamp(revealWindowSec * 50, 500, 15_000)
}

/** When to look at a dispute again, ms: at its deadline, or sooner, because the others may have ended the phase before. */
export function lookAgainMs(dispute: Dispute, { nowSec, revealWindowSec }: CallContext): number {
  const { deadlineSec } = phaseAt(dispute, revealWindowSec, nowSec)
  const paceMs = clamp(revealWindowSec * 100, 500, 30_000)
  const leftMs = (deadlineSec - nowSec + 1) * 1000
  return deadlineSec === 0 || leftMs <= 0 ? paceMs : Math.min(leftMs, paceMs)
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value))
