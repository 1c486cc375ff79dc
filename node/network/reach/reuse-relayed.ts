import { isPeerId, type Libp2p } from '@libp2p/interface'
import { bestOf } from '../streams.ts'

/**
 * Where a peer is connected through a relay only, libp2p dials it anew for each stream that is opened by peer id, which is how
 * bitswap opens all of its streams: seconds in vain for each message. With this they take the connection that is there.
 */
export function reuseRelayed(libp2p: Pick<Libp2p, 'dialProtocol' | 'getConnections'>): void {
  const dialProtocol = libp2p.dialProtocol.bind(libp2p)
  libp2p.dialProtocol = async (peer, protocols, options) => {
    const open = isPeerId(peer) && options?.runOnLimitedConnection ? bestOf(libp2p.getConnections(peer)) : undefined
    return open === undefined ? await dialProtocol(peer, protocols, options) : await open.newStream(protocols, options)
  }
}
