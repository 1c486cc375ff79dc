import type { IdentifyResult } from '@libp2p/interface'
import { messageOf } from '../../protocols/common/errors.ts'
import {
  decodeNetworkMessage,
  encodeNetworkMessage,
  lacks,
  NETWORK_MESSAGE_LIMITS,
  NETWORK_PROTOCOL,
  type NetworkMessage
} from '../../protocols/network/messages.ts'
import type { Clock, Log } from '../components.ts'
import { isBadPeerError } from './errors.ts'
import { handle } from './handle.ts'
import type { Host } from './host.ts'
import type { NetworkKeeper } from './network-keeper.ts'
import { request } from './streams.ts'

/** Requests that others opened, at the same time: each may bring 80 KiB. */
const MAX_CONCURRENT = 16
const MAX_STREAMS = 4
/** A peer that is shut out is told so, and then cut off, whether it listened or not. */
const FAREWELL_MS = 1_000

export interface NetworkSpreadInit {
  /** a random neighbour is asked this often */
  everyMs: number
}

/** `/dcn/network/1.0.0`: brings the newest document to everybody, and ends the connections that it forbids. */
export class NetworkSpread {
  readonly #init: NetworkSpreadInit
  readonly #c: { host: Host; keeper: NetworkKeeper; clock: Clock; log: Log }
  readonly #running = new Set<Promise<void>>()
  #shutdown: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #unhandle: (() => Promise<void>) | undefined

  constructor(init: NetworkSpreadInit, components: { host: Host; keeper: NetworkKeeper; clock: Clock; log: Log }) {
    this.#init = init
    this.#c = components
    components.keeper.onRevision(() => this.#background(signal => this.#announce(signal)))
  }

  async start(): Promise<void> {
    if (this.#shutdown !== undefined) return
    const shutdown = new AbortController()
    this.#shutdown = shutdown
    const { host, clock } = this.#c
    const limits = {
      maxRequestBytes: NETWORK_MESSAGE_LIMITS.bytes,
      timeoutMs: NETWORK_MESSAGE_LIMITS.timeoutMs,
      perPeerPerSecond: NETWORK_MESSAGE_LIMITS.perPeerPerSecond,
      maxInboundStreams: MAX_STREAMS,
      maxConcurrent: MAX_CONCURRENT,
      onBadPeer: (peer: string) => void host.penalties.strike(peer),
      now: () => clock.nowMs()
    }
    this.#unhandle = await handle(host.libp2p, NETWORK_PROTOCOL, limits, bytes => this.#answer(bytes))
    host.libp2p.addEventListener('peer:identify', this.#onIdentify, { signal: shutdown.signal })
    for (const { remotePeer, direction } of host.libp2p.getConnections()) {
      if (direction === 'outbound') this.#background(signal => this.#ask(remotePeer.toString(), signal))
    }
    this.#timer = setInterval(() => this.#tick(), this.#init.everyMs)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    if (this.#shutdown === undefined) return
    this.#shutdown.abort()
    this.#shutdown = undefined
    clearInterval(this.#timer)
    await this.#unhandle?.()
    await Promise.allSettled([...this.#running])
  }

  async #answer(bytes: Uint8Array): Promise<Uint8Array> {
    const { keeper } = this.#c
    const said = decodeNetworkMessage(bytes, keeper.document)
    if (said.document !== undefined) await keeper.adopt(said.document)
    return this.#message(lacks(said, keeper.summary))
  }

  #message(withDocument: boolean): Uint8Array {
    const { document, summary } = this.#c.keeper
    return encodeNetworkMessage({ ...summary, ...(withDocument ? { document } : {}) })
  }

  /** Everybody is told, those that are shut out last of all; afterwards they have no connection. */
  async #announce(signal: AbortSignal): Promise<void> {
    const { host } = this.#c
    const peers = host.libp2p.getPeers().map(String)
    const outsiders = peers.filter(peer => !host.isAdmitted(peer))
    const farewell = AbortSignal.any([signal, AbortSignal.timeout(FAREWELL_MS)])
    const members = peers.filter(peer => host.isAdmitted(peer)).map(peer => this.#push(peer, signal))
    await Promise.all(outsiders.map(peer => this.#push(peer, farewell)))
    host.closeOutsiders()
    await Promise.all(members)
  }

  async #push(peer: string, signal: AbortSignal): Promise<void> {
    await this.#exchange(peer, this.#message(true), signal)
  }

  async #ask(peer: string, signal: AbortSignal): Promise<void> {
    const said = await this.#exchange(peer, this.#message(false), signal)
    if (said !== undefined && lacks(said, this.#c.keeper.summary)) await this.#push(peer, signal)
  }

  /** Never rejects: a neighbour that does not answer is asked again, or another one is. */
  async #exchange(peer: string, message: Uint8Array, signal: AbortSignal): Promise<NetworkMessage | undefined> {
    const { host, keeper, log } = this.#c
    try {
      const limits = { maxReplyBytes: NETWORK_MESSAGE_LIMITS.bytes, timeoutMs: NETWORK_MESSAGE_LIMITS.timeoutMs }
      const reply = await request(host.libp2p, { peer, addrs: [] }, NETWORK_PROTOCOL, message, { ...limits, signal })
      const said = decodeNetworkMessage(reply, keeper.document)
      if (said.document !== undefined) await keeper.adopt(said.document)
      return said
    } catch (error) {
      if (isBadPeerError(error)) host.penalties.strike(peer)
      log.debug({ peer, error: messageOf(error) }, 'the network document was not exchanged')
      return undefined
    }
  }

  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    if (detail.connection.direction !== 'outbound' || !detail.protocols.includes(NETWORK_PROTOCOL)) return
    this.#background(signal => this.#ask(detail.peerId.toString(), signal))
  }

  #tick(): void {
    const { host, keeper } = this.#c
    void keeper.save()
    // one that was half open when its peer was shut out
    host.closeOutsiders()
    const peers = host.libp2p.getPeers()
    const peer = peers[Math.floor(Math.random() * peers.length)]
    if (peer !== undefined) this.#background(signal => this.#ask(peer.toString(), signal))
  }

  #background(work: (signal: AbortSignal) => Promise<void>): void {
    const shutdown = this.#shutdown
    if (shutdown === undefined) return
    const running: Promise<void> = work(shutdown.signal).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }
}
