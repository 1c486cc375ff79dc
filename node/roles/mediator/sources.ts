import type { Address } from '../../../protocols/common/values.ts'
import type { OfferBook } from '../../../protocols/offers/book.ts'
import { peerIdText } from '../../../protocols/offers/peer-key.ts'
import type { Source } from '../../storage/storage.ts'

/** Peers that are asked beside the parties: in a small network one of them is a party without an offer. */
const MAX_OTHERS = 16

/**
 * Who may have what a deal needs: its parties, by the offers that the book holds of them, and then whoever is connected. Each
 * peer once.
 */
export function sourcesOf(
  parties: readonly Address[],
  book: Pick<OfferBook, 'live'>,
  nowMs: number,
  connected: readonly string[]
): Source[] {
  const facts = [...book.live(nowMs, 'resource'), ...book.live(nowMs, 'job')]
  const known = parties.flatMap(party => facts.filter(fact => fact.body.account === party))
  const sources = new Map<string, Source>()
  for (const { bind, body } of known) {
    const peer = peerIdText(bind.peerKey)
    sources.set(peer, { peer, addrs: body.addrs })
  }
  for (const peer of connected.slice(0, MAX_OTHERS)) if (!sources.has(peer)) sources.set(peer, { peer, addrs: [] })
  return [...sources.values()]
}
