import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { Connection, Libp2p, Peer, PeerId } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Log } from '../../components.ts'
import { withDeadline } from '../deadline.ts'
import type { DcnServices } from '../libp2p-config.ts'
import type { SharedPort } from './shared-port.ts'

/** One relay may vanish; more than two would be paid for by others. */
const WANTED_RELAYS = 2
const RESERVE_TIMEOUT_MS = 6_000
const DIAL_TIMEOUT_MS = 6_000
/** After a failure; doubles up to the maximum. A relay that restarts is back in seconds, one that refuses is full for longer. */
const FIRST_REST_MS = 1_000
const MAX_REST_MS = 5 * 60_000
/** A relay that lost power says nothing, and TCP finds out after a quarter of an hour. */
const HEARTBEAT_MS = 20_000
const HEARTBEAT_TIMEOUT_MS = 10_000
/** Pings wait behind the data of circuits: a busy relay is no dead one. */
const MAX_MISSED = 3

export interface RelayKeeperParts {
  libp2p: Libp2p<DcnServices>
  sharedPort: SharedPort
  log: Log
  nowMs(): number
  /** 0 ≤ random() < 1: hosts that lost the same relay do not come back at the same moment */
  random(): number
}

interface Rest {
  /** what failed: a relay that dials us, or that others keep us connected to, need not be waited for */
  of: 'dial' | 'place'
  untilMs: number
  waitMs: number
}

/**
 * Keeps places at two relays, so that members can reach this host through them. libp2p asks once and never again after the
 * relay's restart, and shuts a relay out for good that did not answer one dial; this asks a relay only while connected to it.
 */
export class RelayKeeper {
  readonly #c: RelayKeeperParts
  readonly #rests = new Map<string, Rest>()
  readonly #missed = new Map<string, number>()
  #beatAt = 0

  constructor(parts: RelayKeeperParts) {
    this.#c = parts
  }

  /** Relays that keep a place for this host now, by peer id. */
  held(): string[] {
    const { libp2p } = this.#c
    const connected = libp2p.getPeers().filter(peer => libp2p.services.transports.hasPlace(peer))
    return connected.map(String).sort()
  }

  /** One look: renews what is about to end, fills up what is missing. Never rejects. */
  async look(signal: AbortSignal): Promise<void> {
    try {
      await this.#heartbeat(signal)
      const missing = WANTED_RELAYS - this.held().length
      if (missing <= 0) return
      const candidates = await this.#candidates()
      let found = 0
      for (const relay of candidates) {
        if (found >= missing || signal.aborted) return
        if (await this.#reserve(relay, signal)) found++
      }
    } catch (error) {
      if (!signal.aborted) this.#c.log.debug({ error }, 'relays could not be looked after')
    }
  }

  /** Known relays that keep no place yet and are not resting; those connected first. */
  async #candidates(): Promise<Peer[]> {
    const { libp2p } = this.#c
    const speaksHop = { filters: [(peer: Peer) => peer.protocols.includes(RELAY_V2_HOP_CODEC)] }
    const usable = (await libp2p.peerStore.all(speaksHop)).filter(
      ({ id }) => !id.equals(libp2p.peerId) && !libp2p.services.transports.hasPlace(id) && !this.#isResting(id)
    )
    const order = (peer: Peer) => (this.#lineTo(peer.id) === undefined ? 1 : 0)
    return usable.sort((a, b) => order(a) - order(b))
  }

  #isResting(peer: PeerId): boolean {
    const rest = this.#rests.get(peer.toString())
    if (rest === undefined || rest.untilMs <= this.#c.nowMs()) return false
    return rest.of === 'place' || this.#lineTo(peer) === undefined
  }

  /** A connection that this host opened itself: then others can, too. */
  #lineTo(peer: PeerId): Connection | undefined {
    return this.#c.libp2p
      .getConnections(peer)
      .find(c => c.status === 'open' && c.direct && c.direction === 'outbound' && !this.#c.sharedPort.isPunched(c))
  }

  async #reserve({ id }: Peer, signal: AbortSignal): Promise<boolean> {
    const { libp2p, log } = this.#c
    const relay = id.toString()
    let of: Rest['of'] = 'dial'
    try {
      const line =
        this.#lineTo(id) ?? (await withDeadline('dial', DIAL_TIMEOUT_MS, signal, s => libp2p.dial(id, { signal: s })))
      if (!line.direct) throw new Error('the relay is reached through a relay itself')
      of = 'place'
      const at = line.remoteAddr.toString().split('/p2p/')[0]
      const asked = libp2p.services.transports.reserve(multiaddr(`${at}/p2p/${relay}`), id)
      await withDeadline('reservation', RESERVE_TIMEOUT_MS, signal, s => orAborted(asked, s))
      this.#rests.delete(relay)
      log.info({ relay }, 'reached through a relay')
      return true
    } catch (error) {
      if (signal.aborted) return false
      this.#restAfterFailure(relay, of)
      log.debug({ relay, error }, 'the relay gave no place')
      return false
    }
  }

  #restAfterFailure(relay: string, of: Rest['of']): void {
    const waitMs = Math.min(2 * (this.#rests.get(relay)?.waitMs ?? FIRST_REST_MS / 2), MAX_REST_MS)
    this.#rests.set(relay, { of, waitMs, untilMs: this.#c.nowMs() + waitMs * (0.5 + this.#c.random()) })
    if (this.#rests.size > 1_000) this.#rests.delete(this.#rests.keys().next().value ?? relay)
  }

  async #heartbeat(signal: AbortSignal): Promise<void> {
    if (this.#c.nowMs() - this.#beatAt < HEARTBEAT_MS) return
    this.#beatAt = this.#c.nowMs()
    const { libp2p } = this.#c
    const relays = libp2p.getPeers().filter(peer => libp2p.services.transports.hasPlace(peer))
    await Promise.all(relays.map(peer => this.#beat(peer, signal)))
  }

  async #beat(peer: PeerId, parent: AbortSignal): Promise<void> {
    const { libp2p, log } = this.#c
    const relay = peer.toString()
    try {
      await withDeadline('ping', HEARTBEAT_TIMEOUT_MS, parent, signal => libp2p.services.ping.ping(peer, { signal }))
      this.#missed.delete(relay)
    } catch (error) {
      const missed = (this.#missed.get(relay) ?? 0) + 1
      this.#missed.set(relay, missed)
      if (missed < MAX_MISSED || parent.aborted) return
      this.#missed.delete(relay)
      log.warn({ relay, error }, 'the relay does not answer any more')
      for (const connection of libp2p.getConnections(peer)) connection.abort(new Error('the relay does not answer'))
    }
  }
}

/** What cannot be called off is at least not waited for. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    work.then(resolve, reject)
  })
}
