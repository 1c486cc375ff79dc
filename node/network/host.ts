import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { HeliaWithLibp2p } from '@helia/libp2p'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { GossipSub } from '@libp2p/gossipsub'
import type { Libp2p, PeerId, PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { FsBlockstore } from 'blockstore-fs'
import { LevelDatastore } from 'datastore-level'
import { announceable, isRelayed } from './addresses.ts'
import { keepBootstrapped } from './bootstrap.ts'
import { Company } from './company.ts'
import { HostStoppedError, isTaken, ListenTakenError } from './errors.ts'
import { type GossipValidator, gossipService, offersTopic, setValidator } from './gossip.ts'
import type { KnownPeers } from './known-peers.ts'
import { buildHelia, type DcnServices, type Pings } from './libp2p-config.ts'
import { type Penalties, penalties } from './peer-penalty.ts'
import { reuseRelayed } from './reach/reuse-relayed.ts'
import { SharedPort } from './reach/shared-port.ts'

export interface HostInit {
  networkId: string
  /** 32 bytes every member knows: the gate of a private network */
  networkSecret: Uint8Array
  /** Ed25519 seed, 32 bytes: the peer id */
  seed: Uint8Array
  /** `datastore/` and, unless `blockstore` is given, `blocks/` are made in it */
  dataDir: string
  /** the gossip message id of a fact */
  messageId: (data: Uint8Array) => Uint8Array
  /** @default ['/ip4/0.0.0.0/tcp/0'] */
  listen?: string[]
  /** addresses to tell others instead of those found on the machine */
  announce?: string[]
  /** all nodes run on this machine @default false */
  announceLoopback?: boolean
  /** multiaddrs with /p2p/<id> */
  bootstrap?: string[]
  /** who was met earlier; dialled while there are few neighbours. @default nobody is remembered */
  known?: KnownPeers
  /** looks for members on the LAN, and answers them @default false */
  mdns?: boolean
  /** refuses peers that are not members, once their key is proven; asked again after a change by `closeOutsiders` */
  isMember?: (peer: string) => boolean
  /** members are known, so sharing an IP address is not suspicious @default true */
  isPrivate?: boolean
  /** members that nobody can reach are reached through this node @default false */
  relays?: boolean
  /** what this node says it does @default [] */
  roles?: readonly string[]
  /** how often and how patiently neighbours are pinged @default the library's: every 10 s */
  pings?: Pings
  /** opened and closed by the host */
  blockstore?: FsBlockstore
  /** unix milliseconds @default Date.now */
  now?: () => number
  /** @default Math.random */
  random?: () => number
}

/** One node's libp2p and Helia. `helia`, `libp2p` and `pubsub` are new objects after each start. */
export interface Host {
  readonly peerId: PeerId
  readonly topic: string
  readonly helia: HeliaWithLibp2p<DcnServices>
  readonly libp2p: Libp2p<DcnServices>
  readonly pubsub: GossipSub
  readonly penalties: Penalties
  /** where connections to other hosts leave from */
  readonly sharedPort: SharedPort
  /** addresses that were given to tell others, instead of those found on the machine */
  readonly announced: readonly string[]
  /** judges gossip before it is passed on or delivered; kept over restarts */
  validate(validator: GossipValidator): void
  /** whether a peer may be connected: a member, and not cut off */
  isAdmitted(peer: string): boolean
  /** ends the connections of peers that are admitted no more */
  closeOutsiders(): void
  /** members that hung up before a word was said since they were last spoken to: they do not admit this node */
  refusals(): number
  /** at most 8 multiaddrs with /p2p/<id>, the most useful first */
  dialableAddrs(): string[]
  start(): Promise<void>
  stop(): Promise<void>
}

interface Running {
  helia: HeliaWithLibp2p<DcnServices>
  datastore: LevelDatastore
  shutdown: AbortController
  bootstrapping: Promise<unknown>
}

/** Creates the host; nothing is opened before `start`. */
export async function createHost(init: HostInit): Promise<Host> {
  return new NetworkHost(init, await generateKeyPairFromSeed('Ed25519', init.seed))
}

class NetworkHost implements Host {
  readonly peerId: PeerId
  readonly topic: string
  readonly penalties: Penalties
  readonly sharedPort = new SharedPort()
  readonly announced: readonly string[]
  readonly #init: HostInit
  readonly #privateKey: PrivateKey
  readonly #blockstore: FsBlockstore
  readonly #now: () => number
  #running: Running | undefined
  #company: Company | undefined
  #changing: Promise<void> = Promise.resolve()
  #validator: GossipValidator | undefined

  constructor(init: HostInit, privateKey: PrivateKey) {
    this.#init = init
    this.announced = init.announce ?? []
    this.#privateKey = privateKey
    this.peerId = peerIdFromPrivateKey(privateKey)
    this.topic = offersTopic(init.networkId)
    this.#blockstore = init.blockstore ?? new FsBlockstore(join(init.dataDir, 'blocks'))
    this.#now = init.now ?? Date.now
    this.penalties = penalties({ now: this.#now, onBan: peer => this.#hangUp(peer) })
  }

  get helia(): HeliaWithLibp2p<DcnServices> {
    if (this.#running === undefined) throw new HostStoppedError()
    return this.#running.helia
  }

  get libp2p(): Libp2p<DcnServices> {
    return this.helia.libp2p
  }

  get pubsub(): GossipSub {
    return this.libp2p.services.pubsub
  }

  validate(validator: GossipValidator): void {
    this.#validator = validator
    if (this.#running !== undefined) setValidator(this.pubsub, this, this.#now, validator)
  }

  dialableAddrs(): string[] {
    const { libp2p } = this
    const direct = libp2p
      .getMultiaddrs()
      .map(String)
      .filter(a => !isRelayed(a))
    const relayed = libp2p.services.transports.relayed().map(a => `${a}/p2p/${this.peerId}`)
    return announceable([...direct, ...relayed], this.#init.announceLoopback ?? false)
  }

  isAdmitted(peer: string): boolean {
    return !this.penalties.isBanned(peer) && (this.#init.isMember?.(peer) ?? true)
  }

  refusals(): number {
    return this.#company?.refusals ?? 0
  }

  closeOutsiders(): void {
    for (const connection of this.#running?.helia.libp2p.getConnections() ?? []) {
      const isOutsider = !this.isAdmitted(connection.remotePeer.toString())
      if (isOutsider) connection.abort(new Error('the peer is no member of this network'))
    }
  }

  start(): Promise<void> {
    return this.#serially(() => this.#start())
  }

  stop(): Promise<void> {
    return this.#serially(() => this.#stop())
  }

  /** start and stop called at the same time take turns */
  #serially(work: () => Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(work, work)
    return this.#changing
  }

  async #start(): Promise<void> {
    if (this.#running !== undefined) return
    await mkdir(this.#init.dataDir, { recursive: true, mode: 0o700 })
    const datastore = new LevelDatastore(join(this.#init.dataDir, 'datastore'))
    await datastore.open()
    try {
      await this.#blockstore.open()
      const helia = this.#build(datastore)
      const shutdown = new AbortController()
      // before the start: the LAN may answer at once
      this.#company = this.#companyOf(() => helia.libp2p, shutdown.signal)
      await helia.start().catch(error => {
        throw isTaken(error) ? new ListenTakenError(this.#init.listen ?? [], error) : error
      })
      reuseRelayed(helia.libp2p)
      helia.libp2p.services.transports.confirmOwn()
      const bootstrapping = this.#findOthers(helia.libp2p, shutdown.signal)
      this.#running = { helia, datastore, shutdown, bootstrapping }
    } catch (error) {
      await this.#blockstore.close()
      await datastore.close()
      throw error
    }
    if (this.#validator !== undefined) setValidator(this.pubsub, this, this.#now, this.#validator)
  }

  /** In the reverse order of start: Helia writes to both stores until it has stopped. */
  async #stop(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    this.#company = undefined
    running.shutdown.abort()
    await running.bootstrapping
    await running.helia.stop()
    await this.#blockstore.close()
    await running.datastore.close()
  }

  /** By the document's addresses, and by those of peers met earlier or found on the LAN. */
  #findOthers(libp2p: Libp2p, signal: AbortSignal): Promise<unknown> {
    const { bootstrap = [], random = Math.random } = this.#init
    return Promise.all([keepBootstrapped(libp2p, { addrs: bootstrap, random, signal }), this.#company?.keep()])
  }

  #companyOf(libp2p: () => Libp2p, signal: AbortSignal): Company | undefined {
    const { known, random = Math.random } = this.#init
    const isAdmitted = (peer: string): boolean => this.isAdmitted(peer)
    return known && new Company(libp2p, { known, isAdmitted, random, now: this.#now, signal })
  }

  #build(datastore: LevelDatastore): HeliaWithLibp2p<DcnServices> {
    const { networkId, networkSecret, listen, announce, isPrivate = true, messageId, pings, mdns } = this.#init
    const gossip = { topic: this.topic, messageId, penalties: this.penalties, isPrivate }
    return buildHelia({
      datastore,
      blockstore: this.#blockstore,
      privateKey: this.#privateKey,
      networkId,
      networkSecret,
      listen: listen ?? ['/ip4/0.0.0.0/tcp/0'],
      announce: announce ?? [],
      isAdmitted: peer => this.isAdmitted(peer),
      pubsub: gossipService(gossip),
      connections: () => this.#running?.helia.libp2p.getConnections() ?? [],
      sharedPort: this.sharedPort,
      relays: this.#init.relays ?? false,
      roles: this.#init.roles ?? [],
      ...(pings === undefined ? {} : { pings }),
      ...(mdns === true ? { onLan: (peer, addrs) => this.#company?.found(peer, addrs) } : {})
    })
  }

  /** A cut-off peer loses its connections; the gater refuses new ones while the ban lasts. */
  #hangUp(peer: string): void {
    const connections = this.#running?.helia.libp2p.getConnections(peerIdFromString(peer)) ?? []
    for (const connection of connections) connection.abort(new Error('the peer sent too much garbage'))
  }
}
