import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Place } from '../../../protocols/reach/messages.ts'

const PLACE = /^\/ip([46])\/([^/]+)\/tcp\/(\d{1,5})(\/|$)/

/** The IP address and port at the front of an address; undefined for names and for relayed addresses. */
export function placeOf(addr: string): Place | undefined {
  if (addr.includes('/p2p-circuit')) return undefined
  const [, , ip, port] = PLACE.exec(addr) ?? []
  if (ip === undefined) return undefined
  // how Node tells an IPv4 peer on a socket for both
  return { ip: ip.replace(/^::ffff:(?=\d+\.)/, ''), port: Number(port) }
}

/** Where to dial a peer at a place, bound to its id. */
export function addrOf({ ip, port }: Place, peer: string): Multiaddr {
  return multiaddr(`/ip${ip.includes(':') ? 6 : 4}/${ip}/tcp/${port}/p2p/${peer}`)
}
