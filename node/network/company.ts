import type { Connection, IdentifyResult, Libp2p } from '@libp2p/interface'
import { type DialTarget, dialAddrs, isDialable, MAX_ADDRS, withPeer } from './addresses.ts'
import { pause, within } from './deadline.ts'
import type { KnownPeers } from './known-peers.ts'
import { connect } from './streams.ts'

/** With fewer neighbours than this, peers of earlier are looked for. */
const WANTED_PEERS = 4
/** Peers that the LAN named, kept to be tried again; anybody there can name any number. */
const MAX_LAN_PEERS = 64
const MAX_HUNG_UP = 64
const LOOK_MS = { alone: 250, inCompany: 3_000 } as const
const DIAL_TIMEOUT_MS = 5_000
/** Dials under way at once: most of a long list may be dead. */
const MAX_DIALS = 8
const FIRST_WAIT_MS = 1_000
/** A node that is alone has nothing better to do, and may be let in at any moment. */
const MAX_WAIT_MS = { alone: 4_000, inCompany: 60_000 } as const

export interface CompanyInit {
  known: KnownPeers
  /** peers that the network refuses are not asked */
  isAdmitted: (peer: string) => boolean
  /** 0 ≤ random() < 1, spreads the dials of nodes that lost the same peer */
  random: () => number
  now: () => number
  signal: AbortSignal
}

/** Keeps a node in company: remembers who is met, and dials peers of earlier and of the LAN while there are few neighbours. */
export class Company {
  /** there once the node listens; the LAN may answer before */
  readonly #libp2p: () => Libp2p
  readonly #init: CompanyInit
  readonly #dialling = new Set<string>()
  readonly #lan = new Map<string, DialTarget>()
  /** members that answered, proved their key, and hung up before a word was said: they do not let this node in */
  readonly #hungUp = new Set<string>()
  readonly #identified = new WeakSet<Connection>()
  readonly #rest = new Map<string, { untilMs: number; waitMs: number }>()

  constructor(libp2p: () => Libp2p, init: CompanyInit) {
    this.#libp2p = libp2p
    this.#init = init
  }

  /** Until the signal fires; never rejects. */
  async keep(): Promise<void> {
    const { signal, known } = this.#init
    this.#libp2p().addEventListener('peer:identify', this.#onIdentify, { signal })
    this.#libp2p().addEventListener('connection:close', this.#onClose, { signal })
    while (!signal.aborted) {
      const count = this.#libp2p().getPeers().length
      if (count < WANTED_PEERS) for (const peer of [...this.#lan.values(), ...known.all()]) this.#tryOne(peer)
      await pause(count === 0 ? LOOK_MS.alone : LOOK_MS.inCompany, signal)
    }
  }

  /** Somebody on the LAN says that it is a peer of this network. */
  found(peer: string, addrs: string[]): void {
    this.#lan.delete(peer)
    this.#lan.set(peer, { peer, addrs: addrs.slice(0, MAX_ADDRS) })
    if (this.#lan.size > MAX_LAN_PEERS) this.#lan.delete(this.#lan.keys().next().value ?? peer)
  }

  /** How many members refuse this node, as far as it can tell. */
  get refusals(): number {
    return this.#hungUp.size
  }

  #tryOne(target: DialTarget): void {
    const { peer } = target
    const { signal, now, isAdmitted } = this.#init
    if (signal.aborted || this.#dialling.size >= MAX_DIALS || this.#dialling.has(peer)) return
    if (peer === this.#libp2p().peerId.toString() || !isAdmitted(peer)) return
    if ((this.#rest.get(peer)?.untilMs ?? 0) > now() || dialAddrs(target).length === 0) return
    if (
      this.#libp2p()
        .getPeers()
        .some(id => id.toString() === peer)
    )
      return
    void this.#dial(target)
  }

  async #dial(target: DialTarget): Promise<void> {
    const { peer } = target
    this.#dialling.add(peer)
    try {
      await connect(this.#libp2p(), target, { signal: within(DIAL_TIMEOUT_MS, this.#init.signal) })
    } catch {
      // tried again later, or another one is
    } finally {
      // a peer that does not admit this node hangs up only after the handshake: identify alone is a success
      const longest = this.#libp2p().getPeers().length === 0 ? MAX_WAIT_MS.alone : MAX_WAIT_MS.inCompany
      const waitMs = Math.min((this.#rest.get(peer)?.waitMs ?? FIRST_WAIT_MS / 2) * 2, longest)
      this.#rest.delete(peer)
      this.#rest.set(peer, { waitMs, untilMs: this.#init.now() + waitMs * (0.5 + this.#init.random()) })
      if (this.#rest.size > 1_000) this.#rest.delete(this.#rest.keys().next().value ?? peer)
      this.#dialling.delete(peer)
    }
  }

  /** What a peer says of itself once its key is proven, and the address where it was found. */
  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const { peerId, listenAddrs, connection } = detail
    const proven = connection.direction === 'outbound' ? [connection.remoteAddr.toString()] : []
    const peer = peerId.toString()
    this.#rest.delete(peer)
    this.#hungUp.delete(peer)
    this.#identified.add(connection)
    const addrs = [...proven, ...listenAddrs.map(String)].map(addr => withPeer(addr, peer)).filter(isDialable)
    this.#init.known.met(peer, [...new Set(addrs)].slice(0, MAX_ADDRS))
  }

  /** A member that does not admit a node closes after the handshake: nothing else is said, and nobody else can do it. */
  readonly #onClose = ({ detail }: CustomEvent<Connection>): void => {
    if (detail.direction !== 'outbound' || this.#identified.has(detail)) return
    this.#hungUp.add(detail.remotePeer.toString())
    if (this.#hungUp.size > MAX_HUNG_UP) this.#hungUp.delete(this.#hungUp.keys().next().value ?? '')
  }
}
