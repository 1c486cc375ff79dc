import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeClient } from '../http/client.ts'
import type { OfferView } from '../http/views.ts'

/** A market where much moves is looked at this often at most. */
const PACE_MS = 250
/** An offer has left a little after its last round. */
const EXPIRY_SLACK_MS = 50
/** One whose end has passed by our clock and not by the node's is looked for this often. */
const OVERDUE_MS = 1_000
/** Timers take no more than 31 bits. */
const LONGEST_MS = 60 * 60 * 1000

export interface OfferChange {
  change: 'came' | 'changed' | 'left'
  offer: OfferView
}

/** What is different between two lists of offers, by account: a provider has one at a time. */
export function offerChanges(before: readonly OfferView[], after: readonly OfferView[]): OfferChange[] {
  const old = new Map(before.map(o => [o.account, o]))
  const now = new Set(after.map(o => o.account))
  const changed = after.flatMap((offer): OfferChange[] => {
    const known = old.get(offer.account)
    if (known === undefined) return [{ change: 'came', offer }]
    return isSame(known, offer) ? [] : [{ change: 'changed', offer }]
  })
  return [
    ...before.filter(o => !now.has(o.account)).map((offer): OfferChange => ({ change: 'left', offer })),
    ...changed
  ]
}

/** A renewal that says nothing new is none. */
function isSame(a: OfferView, b: OfferView): boolean {
  const said = ({ id: _id, seq: _seq, expiresAt: _expiresAt, ...rest }: OfferView): string => JSON.stringify(rest)
  return said(a) === said(b)
}

/**
 * The offers that a node knows, each time that they have changed, beginning with those that are there. Ends with the signal.
 *
 * @throws StreamCutError, NodeUnreachableError when the node goes
 */
export async function* watchOffers(
  client: Pick<NodeClient, 'offers' | 'events'>,
  signal: AbortSignal,
  now: () => number = Date.now
): AsyncGenerator<{ offers: OfferView[]; changes: OfferChange[] }> {
  const over = new AbortController()
  const ends = AbortSignal.any([signal, over.signal])
  const events = await client.events({ signal: ends })
  let woken = Promise.withResolvers<void>()
  const reading = (async () => {
    for await (const event of events) if (event.type === 'offers') woken.resolve()
  })()
  // it is waited for below; until then its failure is nobody's
  reading.catch(() => undefined)
  let known: OfferView[] = []
  try {
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      // from now on what happens is seen by the next look at the latest
      woken = Promise.withResolvers<void>()
      const offers = await client.offers({ signal })
      const changes = offerChanges(known, offers)
      known = offers
      if (isFirst || changes.length > 0) yield { offers, changes }
      await pause(PACE_MS, ends)
      const expiresInMs = Math.min(...offers.map(o => o.expiresAt)) + EXPIRY_SLACK_MS - now()
      await Promise.race([woken.promise, reading, pause(Math.min(Math.max(expiresInMs, OVERDUE_MS), LONGEST_MS), ends)])
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    over.abort()
    await reading.catch(() => undefined)
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined) as Promise<void>
