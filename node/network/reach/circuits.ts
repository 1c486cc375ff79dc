import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { ListenError, type Transport } from '@libp2p/interface'

type Factory = ReturnType<typeof circuitRelayTransport>
type Components = Parameters<Factory>[0]

/**
 * Connections through relays. Whoever calls through a relay that this host has no place at makes libp2p ask that relay for one, and
 * announce whatever addresses it names: any member could have this host tell the others where to knock. Such calls are taken,
 * and nothing is announced; places are asked for by RelayKeeper alone.
 */
export function circuitTransport(): (components: Components) => Transport {
  return components => {
    const refuse = () => Promise.reject(new ListenError('this relay was not chosen'))
    const transportManager = Object.create(components.transportManager, { listen: { value: refuse } })
    return circuitRelayTransport()(Object.create(components, { transportManager: { value: transportManager } }))
  }
}
