import type { Connection, PeerId, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isRelayed } from '../addresses.ts'
import type { PunchOptions, SharedPort } from './shared-port.ts'

/** Longer than a node runs. */
const FOR_EVER_MS = 10 * 365 * 24 * 3_600_000

/** What libp2p keeps to itself and reachability needs. */
export interface Transports {
  /** opens a socket, beside connections that are there; with options both sides may connect at the same time */
  dial(to: Multiaddr, signal: AbortSignal, punch?: PunchOptions): Promise<Connection>
  /**
   * Makes addresses of this host's interfaces known to others. libp2p holds public ones back until strangers have confirmed
   * them, which in a private network nobody ever does.
   */
  confirmOwn(): void
  /** asks a connected relay for a place, or to keep the one there is */
  reserve(relay: Multiaddr, peer: PeerId): Promise<void>
  /** addresses through relays that this host asked for a place, without its own id */
  relayed(): string[]
  /** whether the relay keeps a place and the connection that it was given on is open */
  hasPlace(peer: PeerId): boolean
}

interface Components {
  addressManager: { confirmObservedAddr(addr: Multiaddr, options: { type: 'transport'; ttl: number }): void }
  transportManager: {
    getAddrs(): Multiaddr[]
    dial(to: Multiaddr, options: { signal: AbortSignal }): Promise<Connection>
    listen(addrs: Multiaddr[]): Promise<void>
    getTransports(): Transport[]
  }
}

/** The part of the circuit transport that makes reservations. */
interface Circuits {
  reservationStore: {
    addRelay(peer: PeerId, type: 'configured'): Promise<unknown>
    hasReservation(peer: PeerId): boolean
  }
}

/** As a service of libp2p, which is how its inner parts are had. */
export function transports(sharedPort: SharedPort): (components: Components) => Transports {
  return ({ addressManager, transportManager }) => {
    /** relays that were listened through once: their listener takes up later places by itself, a second one would leak */
    const listened = new Set<string>()
    const store = (): Circuits['reservationStore'] => {
      const isCircuit = (t: Transport) => t[Symbol.toStringTag] === '@libp2p/circuit-relay-v2-transport'
      const found = transportManager.getTransports().find(isCircuit)
      return (found as unknown as Circuits).reservationStore
    }
    return {
      async dial(to, signal, punch) {
        const connection = await transportManager.dial(to, { signal, ...punch })
        if (punch !== undefined) sharedPort.punched(connection)
        return connection
      },
      confirmOwn() {
        const own = transportManager.getAddrs().filter(addr => !isRelayed(addr.toString()))
        for (const addr of own) addressManager.confirmObservedAddr(addr, { type: 'transport', ttl: FOR_EVER_MS })
      },
      async reserve(relay, peer) {
        const key = peer.toString()
        if (listened.has(key)) {
          await store().addRelay(peer, 'configured')
          return
        }
        await transportManager.listen([relay.encapsulate('/p2p-circuit')])
        listened.add(key)
      },
      relayed: () => transportManager.getAddrs().map(String).filter(isRelayed),
      hasPlace: peer => store().hasReservation(peer)
    }
  }
}
