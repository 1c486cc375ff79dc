import type { Address } from '../common/values.ts'
import type { JobInput } from '../matching/input.ts'
import { inOrder } from '../matching/match.ts'
import { type Room, shortage, without } from '../matching/room.ts'

/**
 * A proposal whose signatures and terms are checked. Only these compete for room: a job offer in the book costs its writer
 * nothing, so it takes nothing from anybody.
 */
export interface InHand extends JobInput {
  /** in which the proposal came into hand */
  round: number
}

export const DESK_LIMITS = {
  /** proposals that wait for the end of a round; the protocol serves 128 requests at once, the others are for deals under way */
  waiting: 64,
  /** of one creator: more than may be unopened at the same time could not be agreed to anyhow */
  waitingOfOne: 16
} as const

/** What a provider has to give at one moment. */
export interface DeskRoom {
  /** capacity less every journaled reservation */
  free: Room
  /** jobs that may still be taken */
  places: number
  /** deals agreed with a creator and not opened, and the most of them */
  unopenedOf(account: Address): number
  maxUnopened: number
  /** jobs that room is kept for (holds.ts) */
  holds: readonly JobInput[]
}

export interface Turned<T> {
  proposal: T
  reason: 'no-room' | 'too-many-unopened'
  detail: string
}

export interface Decision<T> {
  /** in the order in which they are served */
  agree: T[]
  refuse: Turned<T>[]
  /** until the round is over, or room changes */
  wait: T[]
}

/**
 * Answers the proposals in hand. Those that fit together are agreed to at once. When some fit alone and not together, all wait
 * until the round in which the first of them came is over, and are then served in the order of `match`: what comes out is `match`
 * over the same jobs and this provider's offer. One that does not even fit alone waits as long, since something may end before,
 * but keeps nobody else waiting: otherwise proposing what cannot fit would slow everybody down.
 */
export function decide<T extends InHand>(inHand: readonly T[], room: DeskRoom, round: number): Decision<T> {
  const { served, turned } = serve(inHand, room)
  if (inHand.some(p => p.round < round)) return { agree: served, refuse: turned, wait: [] }
  const late = turned.filter(t => t.reason === 'no-room')
  const refuse = turned.filter(t => t.reason !== 'no-room')
  const isContested = late.some(({ proposal }) => serve([proposal], room).served.length > 0)
  const waiting = late.map(t => t.proposal)
  const { kept, excess } = withinLimits(isContested ? inOrder([...served, ...waiting]) : waiting)
  return { agree: isContested ? [] : served, refuse: [...refuse, ...excess.map(tooMany)], wait: kept }
}

/** Everybody in order, each as far as there is room for it after those before it and after the holds before it. */
function serve<T extends InHand>(inHand: readonly T[], room: DeskRoom): { served: T[]; turned: Turned<T>[] } {
  const served: T[] = []
  const turned: Turned<T>[] = []
  const unopened = new Map<Address, number>()
  let { free, places } = room
  for (const { proposal, offer, isHeld } of inOrder(queue(inHand, room.holds))) {
    const { account } = offer
    const mine = unopened.get(account) ?? room.unopenedOf(account)
    const refused = proposal === undefined ? undefined : whyNot(proposal, { ...room, free, places }, mine)
    if (refused !== undefined) turned.push(refused)
    else if (proposal !== undefined) {
      served.push(proposal)
      unopened.set(account, mine + 1)
    }
    if (refused !== undefined && !isHeld) continue
    free = without(free, offer)
    places = Math.max(0, places - 1)
  }
  return { served, turned }
}

function whyNot<T extends InHand>(proposal: T, room: DeskRoom, unopened: number): Turned<T> | undefined {
  if (unopened >= room.maxUnopened) {
    const detail = `${unopened} deals of this creator are not opened yet, at most ${room.maxUnopened}`
    return { proposal, reason: 'too-many-unopened', detail }
  }
  const short = shortage(room.free, proposal.offer)
  if (short !== undefined)
    return { proposal, reason: 'no-room', detail: `${short} is in use by other jobs at the moment` }
  if (room.places > 0) return undefined
  return { proposal, reason: 'no-room', detail: 'as many jobs as this provider takes at a time are running' }
}

interface Queued<T> extends JobInput {
  proposal: T | undefined
  isHeld: boolean
}

/** Proposals and holds; a proposal that has a hold stands where its hold does. */
function queue<T extends InHand>(inHand: readonly T[], holds: readonly JobInput[]): Queued<T>[] {
  const rest = [...inHand]
  const held = holds.map(({ id, offer }): Queued<T> => {
    const at = rest.findIndex(p => isHeldFor(offer, p.offer))
    const [proposal] = at < 0 ? [] : rest.splice(at, 1)
    return { id, offer, proposal, isHeld: true }
  })
  return [...held, ...rest.map(proposal => ({ id: proposal.id, offer: proposal.offer, proposal, isHeld: false }))]
}

/** A hold is for one piece of work of one account: its job offer may be renewed meanwhile, at the tip that it was granted for. */
export function isHeldFor(held: JobInput['offer'], job: JobInput['offer']): boolean {
  return held.account === job.account && held.tip === job.tip && held.spec.equals(job.spec)
}

/** The first in order may wait. */
function withinLimits<T extends InHand>(waiting: readonly T[]): { kept: T[]; excess: T[] } {
  const ofOne = new Map<Address, number>()
  const kept: T[] = []
  const excess: T[] = []
  for (const proposal of waiting) {
    const { account } = proposal.offer
    const mine = ofOne.get(account) ?? 0
    const fits = kept.length < DESK_LIMITS.waiting && mine < DESK_LIMITS.waitingOfOne
    ;(fits ? kept : excess).push(proposal)
    if (fits) ofOne.set(account, mine + 1)
  }
  return { kept, excess }
}

const tooMany = <T>(proposal: T): Turned<T> => ({
  proposal,
  reason: 'no-room',
  detail: 'more proposals wait here than this provider decides on at a time'
})
