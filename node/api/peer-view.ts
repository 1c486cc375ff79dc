import type { OfferBook } from '../../protocols/offers/book.ts'
import { peerIdText } from '../../protocols/offers/peer-key.ts'
import type { Clock } from '../components.ts'
import type { PeerView } from '../http/views.ts'
import type { Host } from '../network/host.ts'
import { optional } from './job-view.ts'

/** The connected peers; who they are to the market is known from the facts in this node's book. */
export function peerViews(host: Host, book: OfferBook, clock: Clock): PeerView[] {
  const nowMs = clock.nowMs()
  const providers = new Map(book.live(nowMs, 'resource').map(f => [peerIdText(f.bind.peerKey), f.body.account]))
  const seen = new Map<string, PeerView>()
  for (const connection of host.libp2p.getConnections()) {
    const id = connection.remotePeer.toString()
    const known = seen.get(id)
    if (known !== undefined) {
      known.addrs.push(connection.remoteAddr.toString())
      continue
    }
    seen.set(id, {
      id,
      addrs: [connection.remoteAddr.toString()],
      direction: connection.direction,
      ...optional('account', providers.get(id)),
      roles: providers.has(id) ? ['provider'] : [],
      ...optional('rttMs', connection.rtt),
      connectedAt: connection.timeline.open
    })
  }
  return [...seen.values()]
}
