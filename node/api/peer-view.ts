import type { Connection } from '@libp2p/interface'
import type { OfferBook } from '../../protocols/offers/book.ts'
import { peerIdText } from '../../protocols/offers/peer-key.ts'
import type { Clock } from '../components.ts'
import { ROLES } from '../config/schema.ts'
import type { PeerView } from '../http/views.ts'
import type { Host } from '../network/host.ts'
import { optional } from './job-view.ts'

/** The connected peers; what they offer is known from this node's book, what else they do they say of themselves. */
export async function peerViews(host: Host, book: OfferBook, clock: Clock): Promise<PeerView[]> {
  const nowMs = clock.nowMs()
  const providers = new Map(book.live(nowMs, 'resource').map(f => [peerIdText(f.bind.peerKey), f.body.account]))
  const found = new Map<string, [Connection, ...Connection[]]>()
  for (const connection of host.libp2p.getConnections()) {
    const id = connection.remotePeer.toString()
    const known = found.get(id)
    if (known === undefined) found.set(id, [connection])
    // the direct one is what is used
    else if (connection.direct) known.unshift(connection)
    else known.push(connection)
  }
  return await Promise.all(
    [...found].map(async ([id, connections]) => {
      const [best] = connections
      const agent = await agentOf(host, best)
      const roles = new Set(rolesIn(agent))
      if (providers.has(id)) roles.add('provider')
      return {
        id,
        addrs: connections.map(c => c.remoteAddr.toString()),
        direction: best.direction,
        path: best.direct ? ('direct' as const) : ('relayed' as const),
        ...optional('account', providers.get(id)),
        roles: [...roles],
        ...optional('agent', agent),
        ...optional('rttMs', best.rtt),
        connectedAt: best.timeline.open
      }
    })
  )
}

/** A stranger's text: no more of it is shown than one line. */
const MAX_AGENT = 128

async function agentOf(host: Host, { remotePeer }: Connection): Promise<string | undefined> {
  const { metadata } = await host.libp2p.peerStore.get(remotePeer).catch(() => ({ metadata: new Map() }))
  const said: Uint8Array | undefined = metadata.get('AgentVersion')
  if (said === undefined) return undefined
  const text = Buffer.from(said.subarray(0, MAX_AGENT)).toString('utf8')
  return /^[\x20-\x7e]+$/.test(text) ? text : undefined
}

/** The roles in `dcn-node/1.2.3 (provider,relay)`; whatever else stands there is nobody's role. */
export function rolesIn(agent: string | undefined): string[] {
  const said = /^dcn-node\/\S+ \(([a-z,]*)\)$/.exec(agent ?? '')?.[1]?.split(',') ?? []
  return ROLES.filter(role => said.includes(role))
}
