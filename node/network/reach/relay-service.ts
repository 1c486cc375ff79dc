import {
  type CircuitRelayService,
  circuitRelayServer,
  RELAY_V2_HOP_CODEC,
  RELAY_V2_STOP_CODEC
} from '@libp2p/circuit-relay-v2'
import type { Connection, PeerId } from '@libp2p/interface'

/**
 * What a relay gives to members, who alone get past its gate. The library's 2 minutes and 128 KiB are made for strangers and
 * end every job; without bounds one member could keep a relay's line for ever.
 */
export const RELAY_LIMITS = {
  /** hosts that wait for callers: a few bytes each, but every one keeps a connection, of which a node has 300 */
  reservations: 200,
  /** whoever is still there renews long before; who is gone is forgotten */
  reservationMs: 60 * 60_000,
  /** a job of some hours with its live output; afterwards a new circuit is made without anybody noticing but a stream that breaks */
  circuitMs: 4 * 60 * 60_000,
  /** inputs and results of a large job, both directions together; a transfer that is cut goes on over the next circuit */
  circuitBytes: 16n * 2n ** 30n,
  /** circuits that one member may have open as caller, and as many as called: a provider with this many creators at once */
  circuitsOfPeer: 64,
  /** both sides of a circuit cost a stream with a window of up to 16 MiB */
  circuits: 256
} as const

/** The service of a node that relays. */
export function relayService(): ReturnType<typeof circuitRelayServer> {
  return circuitRelayServer({
    hopTimeout: 10_000,
    maxInboundHopStreams: RELAY_LIMITS.circuitsOfPeer + RESERVATION_STREAMS,
    maxOutboundStopStreams: RELAY_LIMITS.circuitsOfPeer,
    reservations: {
      maxReservations: RELAY_LIMITS.reservations,
      reservationTtl: RELAY_LIMITS.reservationMs,
      defaultDurationLimit: RELAY_LIMITS.circuitMs,
      defaultDataLimit: RELAY_LIMITS.circuitBytes
    }
  })
}

/** Renewals beside the circuits. */
const RESERVATION_STREAMS = 4

export type { CircuitRelayService }

/** Circuits through this node now: each is a stream to the one who is called. */
export function circuitsIn(connections: readonly Connection[]): number {
  return connections.reduce((sum, c) => sum + streamsOf(c, RELAY_V2_STOP_CODEC, 'outbound'), 0)
}

/** Whether one more circuit from `source` to `target` is too much. */
export function isFull(connections: readonly Connection[], source: PeerId, target: PeerId): boolean {
  const of = (peer: PeerId) => connections.filter(c => c.remotePeer.equals(peer))
  const sum = (peer: PeerId, protocol: string, direction: 'inbound' | 'outbound') =>
    of(peer).reduce((total, c) => total + streamsOf(c, protocol, direction), 0)
  return (
    circuitsIn(connections) >= RELAY_LIMITS.circuits ||
    // the stream that asks is among them
    sum(source, RELAY_V2_HOP_CODEC, 'inbound') > RELAY_LIMITS.circuitsOfPeer ||
    sum(target, RELAY_V2_STOP_CODEC, 'outbound') >= RELAY_LIMITS.circuitsOfPeer
  )
}

function streamsOf({ streams }: Connection, protocol: string, direction: 'inbound' | 'outbound'): number {
  return streams.filter(s => s.protocol === protocol && s.direction === direction).length
}
