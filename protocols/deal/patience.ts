import { sha256 } from '../common/hash.ts'
import type { Address } from '../common/values.ts'
import type { CreatorState, RefusalNote } from './creator-types.ts'
import { HOLD_LIMITS } from './holds.ts'

/** How a creator waits for providers that say no: whom it leaves alone for how long, and when it asks for more. All pure. */

/** A provider that said no for another reason than these is not asked again in the same search. */
const ASK_AGAIN: ReadonlySet<string> = new Set([
  'no-room',
  'too-many-unopened',
  'unreachable',
  'price-changed',
  'offer-unknown'
])
/** After a refusal its provider is left alone this long, doubled with each further one in a row. */
const REST_MS = 500
/**
 * What a provider expects and publishes may never arrive, and most jobs end long before their time limit, so it is asked now and
 * then whatever it said: a job makes about one proposal a second, however many say no. Each stays open to its provider for minutes,
 * and a nonce has few of them (`MAX_SIGNED`).
 */
const REST_PER_PROVIDER_MS = 1_000
const MAX_REST_MS = 15_000
/** Where room is kept for the job, so that it is used before it lapses. */
const MAX_REST_WITH_HOLD_MS = 4_000

/** What the present offer of a provider says. */
export interface OfferNow {
  /** CID */
  id: string
  hasRoom: boolean
}

/** Providers that are not asked now: they failed this job, said no for good, or are busy for a while. */
export function resting(
  state: Pick<CreatorState, 'past' | 'refusals'>,
  offerOf: (provider: Address) => OfferNow | undefined,
  nowMs: number
): Set<Address> {
  const accounts = new Set<Address>(state.past.map(p => p.provider))
  const refused = Map.groupBy(state.refusals, r => r.provider)
  const maxMs = Math.min(MAX_REST_MS, REST_PER_PROVIDER_MS * refused.size)
  for (const [provider, notes] of refused) {
    if (restsUntil(notes, offerOf(provider), maxMs) > nowMs) accounts.add(provider)
  }
  return accounts
}

/** Unix ms; `notes` is not empty and in the order of time. */
function restsUntil(notes: readonly RefusalNote[], offer: OfferNow | undefined, maxRestMs: number): number {
  if (notes.some(n => !ASK_AGAIN.has(n.reason))) return Infinity
  const { reason, atMs, freeAtMs = Infinity, holdUntilMs = 0, offer: refused, times } = notes.at(-1) as RefusalNote
  // what it refused is no longer what it offers
  if (offer !== undefined && offer.id !== refused && (reason !== 'no-room' || offer.hasRoom)) return 0
  const maxMs = holdUntilMs > atMs ? Math.min(MAX_REST_WITH_HOLD_MS, maxRestMs) : maxRestMs
  return Math.min(freeAtMs, atMs + Math.min(maxMs, REST_MS * 2 ** Math.min(times - 1, 20)))
}

/**
 * Whether to ask a provider to keep room: the job has been refused for room for a minute, and no other provider keeps some for it,
 * which would stay empty for nothing.
 */
export function asksHold(
  state: Pick<CreatorState, 'fullSinceMs' | 'refusals'>,
  provider: Address,
  nowMs: number
): boolean {
  if (state.fullSinceMs === undefined || nowMs - state.fullSinceMs < HOLD_LIMITS.afterMs) return false
  return !state.refusals.some(r => r.provider !== provider && heldUntilMs(r) > nowMs)
}

/** A promise for longer than any hold lasts is none. */
const heldUntilMs = ({ atMs, holdUntilMs = 0 }: RefusalNote): number =>
  Math.min(holdUntilMs, atMs + HOLD_LIMITS.gatherMs + HOLD_LIMITS.useMs)

/**
 * 1 … `windowMs`: when everybody was asked in vain, jobs start again at different times. It looks random and follows from the job
 * and the number of its tries, so that a machine has neither a clock nor dice in it.
 */
export function spread(jobId: string, tries: number, windowMs: number): number {
  const digest = sha256(Buffer.from(`${jobId} ${tries}`))
  return 1 + (Buffer.from(digest).readUInt32BE() % Math.max(1, Math.floor(windowMs)))
}
