import type { PeerInfo } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { base32 } from 'multiformats/bases/base32'
import { sha256 } from '../../protocols/common/hash.ts'
import { isRelayed, MAX_ADDRS } from './addresses.ts'
import { ipOf } from './ranges.ts'
import { isNear } from './reach/interfaces.ts'

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

/**
 * Asks the LAN for members every 10 s. libp2p is not told: it keeps each peer that anybody on the LAN makes up on the disk for
 * a week, and tells only of those that it did not know.
 */
export function lanDiscovery(networkId: string, onFound: OnFound): ReturnType<typeof mdns> {
  const make = mdns({ serviceTag: lanService(networkId) })
  return components => {
    const discovery = make(components)
    discovery.addEventListener('peer', ({ detail }) => onFound(detail.id.toString(), onLan(detail)))
    discovery.addEventListener = () => undefined
    return discovery
  }
}

/** Nobody on the LAN can have this host dial hosts elsewhere. */
export function onLan({ multiaddrs }: Pick<PeerInfo, 'multiaddrs'>): string[] {
  const isHere = (addr: string): boolean => !isRelayed(addr) && isNear(ipOf(addr) ?? '')
  return multiaddrs.map(String).filter(isHere).slice(0, MAX_ADDRS)
}
