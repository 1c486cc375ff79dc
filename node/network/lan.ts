import { mdns } from '@libp2p/mdns'
import { base32 } from 'multiformats/bases/base32'
import { sha256 } from '../../protocols/common/hash.ts'

/** Label of a DNS name: 80 bits in base32. */
const HASH_BYTES = 10

/**
 * The service that members look for on their local network. From a hash, so that two networks never mix and nobody on the
 * LAN reads the name of one; whoever knows the id can still tell that somebody of that network is here.
 */
export function lanService(networkId: string): string {
  const digest = sha256(Buffer.from(`dcn/mdns/1\0${networkId}`))
  return `_dcn-${base32.encode(digest.subarray(0, HASH_BYTES)).slice(1)}._udp.local`
}

/** A peer that said it is here; nothing of it is proven. */
export type OnFound = (peer: string, addrs: string[]) => void

/** Asks the LAN for members every 10 s. Listens itself: libp2p tells only of peers that its store did not know. */
export function lanDiscovery(networkId: string, onFound: OnFound): ReturnType<typeof mdns> {
  const make = mdns({ serviceTag: lanService(networkId) })
  return components => {
    const discovery = make(components)
    discovery.addEventListener('peer', ({ detail }) => onFound(detail.id.toString(), detail.multiaddrs.map(String)))
    return discovery
  }
}
