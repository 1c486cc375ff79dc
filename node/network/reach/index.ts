import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { Connection, IdentifyResult } from '@libp2p/interface'
import { DIAL_BACK_PROTOCOL, type PunchMessage, REACH_LIMITS } from '../../../protocols/reach/messages.ts'
import { mappedPlaces, natOf, type Sighting } from '../../../protocols/reach/nat.ts'
import type { Clock, Log } from '../../components.ts'
import { isLoopback } from '../addresses.ts'
import { pause } from '../deadline.ts'
import type { Host } from '../host.ts'
import { askDialBack, serveDialBacks } from './dial-back.ts'
import { ownAddresses } from './interfaces.ts'
import { placeOf } from './place.ts'
import { HolePuncher } from './punch.ts'
import { RelayKeeper } from './relay-keeper.ts'
import { circuitsIn } from './relay-service.ts'
import { type ReachFacts, statusOf } from './verdict.ts'

/** How often relays and helpers are looked at; what changes wakes it sooner. */
const LOOK_MS = 5_000
/** Peers asked to dial back: one may be wrong or near, more would cost the network for nothing. */
const HELPERS = 3
/** A host that answered is asked about again after this: its router may have forgotten. */
const AGAIN_OPEN_MS = 15 * 60_000
/** One that did not: its owner may be opening a port right now. */
const AGAIN_CLOSED_MS = 2 * 60_000
/** A peer that did not even answer the question. */
const AGAIN_FAILED_MS = 60_000
/** Connections come in bursts, and each wakes the loop. */
const SETTLE_MS = 200
/** What peers saw of us, remembered for the peers connected now. */
const MAX_SIGHTINGS = 16

export interface ReachParts {
  host: Host
  clock: Clock
  log: Log
  /** @default Math.random */
  random?: () => number
}

interface Answer {
  open: boolean
  atMs: number
}

/**
 * How members reach this host: asks some of them to dial it, keeps places at relays when they cannot, and makes direct
 * connections out of relayed ones. Not AutoNAT: that wants several peers with public addresses of different networks before it
 * believes anything, and a private network has one relay, or none.
 */
export class Reach {
  readonly #c: ReachParts
  readonly #answers = new Map<string, Answer>()
  readonly #openAt = new Map<string, string>()
  /** peers that failed to answer, and until when they are left alone */
  readonly #silentUntil = new Map<string, number>()
  #sightings: (Sighting & { peer: string })[] = []
  #seenAs: string | undefined
  #shutdown: AbortController | undefined
  #wake = new AbortController()
  #running: Promise<void> | undefined
  #relays: RelayKeeper | undefined
  #puncher: HolePuncher | undefined
  #unserve: (() => Promise<void>) | undefined

  constructor(parts: ReachParts) {
    this.#c = parts
  }

  async start(): Promise<void> {
    if (this.#shutdown !== undefined) return
    this.#shutdown = new AbortController()
    const { host, clock, log, random = Math.random } = this.#c
    const nowMs = () => clock.nowMs()
    this.#relays = new RelayKeeper({ libp2p: host.libp2p, sharedPort: host.sharedPort, log, nowMs, random })
    this.#puncher = new HolePuncher({ host, log, nowMs, places: () => this.#places() })
    this.#unserve = await serveDialBacks(host, nowMs)
    await this.#puncher.start()
    host.libp2p.addEventListener('peer:identify', this.#onIdentify)
    host.libp2p.addEventListener('connection:close', this.#onClose)
    // whoever was met before is asked again what it sees
    const met = host.libp2p.getConnections().filter(c => c.direct && c.direction === 'outbound')
    for (const connection of met) void host.libp2p.services.identify.identify(connection).catch(() => undefined)
    this.#running = this.#run(this.#shutdown.signal)
  }

  async stop(): Promise<void> {
    if (this.#shutdown === undefined) return
    this.#shutdown.abort(new Error('the node stops'))
    this.#wake.abort()
    this.#shutdown = undefined
    const { libp2p } = this.#c.host
    libp2p.removeEventListener('peer:identify', this.#onIdentify)
    libp2p.removeEventListener('connection:close', this.#onClose)
    await this.#unserve?.()
    await this.#puncher?.stop()
    await this.#running
  }

  /** What is known now. */
  facts(): ReachFacts {
    const seenAs = this.#seenAs
    return {
      answers: [...this.#answers].map(([peer, { open }]) => ({ peer, open })),
      openAt: [...new Set(this.#openAt.values())],
      relays: this.#relays?.held() ?? [],
      nat: natOf(this.#sightings, ownAddresses()),
      ...(seenAs === undefined || ownAddresses().has(seenAs) ? {} : { seenAs }),
      punched: { ...(this.#puncher?.punched ?? { worked: 0, failed: 0 }) }
    }
  }

  /** What this node does for others; undefined for one that does not relay. */
  relaying(): { reservations: number; circuits: number } | undefined {
    const { libp2p } = this.#c.host
    const { relay } = libp2p.services
    return relay && { reservations: relay.reservations.size, circuits: circuitsIn(libp2p.getConnections()) }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const woken = new AbortController()
      this.#wake = woken
      // addresses come and go while a laptop travels
      this.#c.host.libp2p.services.transports.confirmOwn()
      await this.#askAround(signal)
      if (this.#needsRelay()) await this.#relays?.look(signal)
      await pause(LOOK_MS, woken.signal)
      await pause(SETTLE_MS, signal)
    }
  }

  /** As long as nobody was asked, it depends on whether this host listens and is seen at an address of its own. */
  #needsRelay(): boolean {
    const { answers, relays, seenAs } = this.facts()
    if (answers.length === 0) return seenAs !== undefined || this.#ports().length === 0
    return statusOf({ answers, relays }) !== 'open'
  }

  async #askAround(signal: AbortSignal): Promise<void> {
    const ports = this.#ports()
    if (ports.length === 0) return
    this.#forgetAnswers()
    for (const peer of await this.#helpers()) {
      if (this.#answers.size >= HELPERS || signal.aborted) return
      await this.#ask(peer, ports, signal)
    }
  }

  async #ask(peer: string, ports: readonly number[], signal: AbortSignal): Promise<void> {
    const { host, clock, log } = this.#c
    try {
      const { seen, open } = await askDialBack(host.libp2p, peer, ports, signal)
      this.#seenAs = seen.ip
      this.#answers.set(peer, { open: open.length > 0, atMs: clock.nowMs() })
      const [port] = open
      if (port === undefined) this.#openAt.delete(peer)
      else this.#openAt.set(peer, `/ip${seen.ip.includes(':') ? 6 : 4}/${seen.ip}/tcp/${port}`)
      // a relay is worth asking for before the next helper has waited for its dials
      if (port === undefined) await this.#relays?.look(signal)
    } catch (error) {
      this.#silentUntil.set(peer, clock.nowMs() + AGAIN_FAILED_MS)
      if (!signal.aborted) log.debug({ peer, error }, 'the peer did not dial back')
    }
  }

  /** Peers that left or answered long ago are asked anew. */
  #forgetAnswers(): void {
    const { host, clock } = this.#c
    const connected = new Set(host.libp2p.getPeers().map(String))
    for (const [peer, { open, atMs }] of this.#answers) {
      const old = clock.nowMs() - atMs > (open ? AGAIN_OPEN_MS : AGAIN_CLOSED_MS)
      if (connected.has(peer) && !old) continue
      this.#answers.delete(peer)
      this.#openAt.delete(peer)
    }
    for (const peer of this.#silentUntil.keys()) if (!connected.has(peer)) this.#silentUntil.delete(peer)
    this.#sightings = this.#sightings.filter(s => connected.has(s.peer))
  }

  /** Connected peers that this host dialled itself and that were not asked yet; relays first, they sit where others come from. */
  async #helpers(): Promise<string[]> {
    const { libp2p, sharedPort } = this.#c.host
    const isUsable = (c: Connection) => c.direct && c.direction === 'outbound' && !sharedPort.isPunched(c)
    const peers = [
      ...new Map(
        libp2p
          .getConnections()
          .filter(isUsable)
          .map(c => [c.remotePeer.toString(), c.remotePeer])
      )
    ]
    const asked: { peer: string; relay: boolean }[] = []
    for (const [peer, id] of peers) {
      if (this.#answers.has(peer) || (this.#silentUntil.get(peer) ?? 0) > this.#c.clock.nowMs()) continue
      const { protocols } = await libp2p.peerStore.get(id).catch(() => ({ protocols: [] as string[] }))
      if (protocols.includes(DIAL_BACK_PROTOCOL)) asked.push({ peer, relay: protocols.includes(RELAY_V2_HOP_CODEC) })
    }
    return asked.sort((a, b) => Number(b.relay) - Number(a.relay)).map(({ peer }) => peer)
  }

  /** Ports at which others may find this host: those it was told to announce, and those it listens on. */
  #ports(): number[] {
    const { host } = this.#c
    const addrs = [...host.announced, ...host.libp2p.getMultiaddrs().map(String)].filter(
      a => !a.includes('/p2p-circuit')
    )
    const ports = addrs.map(a => Number(/\/tcp\/(\d{1,5})(\/|$)/.exec(a)?.[1])).filter(p => p > 0 && p < 65_536)
    return [...new Set(ports)].slice(0, REACH_LIMITS.ports)
  }

  #places(): PunchMessage {
    const most = REACH_LIMITS.places
    const port = this.#c.host.sharedPort.port
    const addrs = this.#c.host.libp2p
      .getMultiaddrs()
      .map(String)
      .filter(a => !isLoopback(a))
    const mapped =
      natOf(this.#sightings, ownAddresses()) === 'changing' ? [] : this.#sightings.filter(s => s.localPort === port)
    return {
      mapped: mappedPlaces(mapped, most),
      listening: addrs.flatMap(a => placeOf(a) ?? []).slice(0, most)
    }
  }

  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const { connection, observedAddr, peerId } = detail
    const { sharedPort } = this.#c.host
    const seen = observedAddr === undefined ? undefined : placeOf(observedAddr.toString())
    const by = placeOf(connection.remoteAddr.toString())?.ip
    const localPort = sharedPort.port
    if (seen !== undefined && by !== undefined && connection.direction === 'outbound') {
      this.#seenAs ??= seen.ip
      if (localPort !== undefined && sharedPort.leftFrom(connection)) {
        const peer = peerId.toString()
        this.#sightings = [...this.#sightings.filter(s => s.peer !== peer), { peer, by, seen, localPort }].slice(
          -MAX_SIGHTINGS
        )
      }
    }
    this.#wake.abort()
  }

  readonly #onClose = (): void => this.#wake.abort()
}
