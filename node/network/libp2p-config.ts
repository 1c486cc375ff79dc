import { withBitswap } from '@helia/bitswap'
import { type HeliaWithLibp2p, withLibp2pLight } from '@helia/libp2p'
import * as dagCbor from '@ipld/dag-cbor'
import type { GossipSub, gossipsub } from '@libp2p/gossipsub'
import { type Identify, type IdentifyPush, identify, identifyPush } from '@libp2p/identify'
import type { Connection, ConnectionGater, PrivateKey } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { noise } from '@libp2p/noise'
import { type Ping, ping } from '@libp2p/ping'
import { yamux } from '@libp2p/yamux'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { FsBlockstore } from 'blockstore-fs'
import type { LevelDatastore } from 'datastore-level'
import { createHeliaLight } from 'helia'
import { sha256 } from '../../protocols/common/hash.ts'
import { VERSION } from '../version.ts'
import { dialRank } from './addresses.ts'
import { lanDiscovery, type OnFound } from './lan.ts'
import { circuitTransport } from './reach/circuits.ts'
import { isNear } from './reach/interfaces.ts'
import { type CircuitRelayService, isFull, relayService } from './reach/relay-service.ts'
import type { SharedPort } from './reach/shared-port.ts'
import { type Transports, transports } from './reach/transports.ts'

/** The libp2p services of a node. */
export type DcnServices = {
  identify: Identify
  identifyPush: IdentifyPush
  ping: Ping
  dht: KadDHT
  pubsub: GossipSub
  transports: Transports
  /** of a node that relays for members */
  relay?: CircuitRelayService
}

export interface HeliaConfig {
  datastore: LevelDatastore
  blockstore: FsBlockstore
  privateKey: PrivateKey
  networkId: string
  networkSecret: Uint8Array
  listen: string[]
  announce: string[]
  /** asked once the peer's key is proven, in both directions */
  isAdmitted: (peer: string) => boolean
  pubsub: ReturnType<typeof gossipsub>
  /** those open now */
  connections: () => Connection[]
  /** where connections to other hosts leave from */
  sharedPort: SharedPort
  /** members that nobody can reach are reached through this node */
  relays: boolean
  /** what this node says it does, for people who look at their peers */
  roles: readonly string[]
  /** how often and how patiently neighbours are pinged @default the library's */
  pings?: Pings
  /** told of peers that answer on the LAN. @default nobody is looked for there */
  onLan?: OnFound
}

export interface Pings {
  pingInterval: number
  pingTimeout: { minTimeout: number }
}

/** ours, so that a public libp2p node and we do not understand each other even without the gate */
const PREFIX = { protocolPrefix: 'dcn' }

const CONNECTIONS = {
  maxConnections: 300,
  /** the default of 5 per second refuses honest peers behind one NAT and every local network */
  inboundConnectionThreshold: 100,
  /** a silent client holds a pending slot until the upgrade timeout: many slots, short timeout */
  maxIncomingPendingConnections: 100,
  inboundUpgradeTimeout: 5_000,
  dialTimeout: 10_000,
  /** addresses are tried one after another: one that swallows packets must not use up the time of those behind it */
  addressDialTimeout: 4_000,
  addressSorter: (a: { multiaddr: Multiaddr }, b: { multiaddr: Multiaddr }) =>
    Math.sign(order(a.multiaddr) - order(b.multiaddr)) as -1 | 0 | 1
}

const order = (ma: Multiaddr): number => dialRank(ma.toString(), isNear)

/** Streams a peer may have open: bitswap takes one for each message, the rest need few. */
const MAX_STREAMS = 512

/** A node that was off for a week still knows whom to ask. */
const REMEMBER_MS = 7 * 24 * 3600 * 1000

/** Bulk data on a slow link: one deadline covers a whole batch of blocks, so the default 10 s aborts healthy transfers. */
const BITSWAP_TIMEOUT_MS = 300_000
const BITSWAP = {
  messageSendTimeout: BITSWAP_TIMEOUT_MS,
  messageReceiveTimeout: BITSWAP_TIMEOUT_MS,
  sendBlocksTimeout: BITSWAP_TIMEOUT_MS,
  // a peer that is reached through a relay alone still gets its blocks
  runOnLimitedConnections: true,
  // one stream a message; a refused one is a want that nobody hears of
  maxInboundStreams: 256,
  maxIncomingMessageSize: 4 * 1024 * 1024,
  /** a want repeated after a stall or a lost block is for a reason: the default ignores it for 5 s */
  doNotResendBlockWindow: 0
}

/** What both sides mix into the handshake: peers of another network, or without the secret, fail it. 32 bytes. */
export function noisePrologue(networkId: string, networkSecret: Uint8Array): Uint8Array {
  return sha256(Buffer.from(`dcn/noise/1\0${networkId}\0`), networkSecret)
}

/** Helia over libp2p with TCP, gated noise and yamux only: every other transport would pass the gate by. */
export function buildHelia(config: HeliaConfig): HeliaWithLibp2p<DcnServices> {
  const { datastore, blockstore } = config
  const light = createHeliaLight({ datastore, blockstore, codecs: [dagCbor] })
  return withBitswap<DcnServices>(withLibp2pLight(light, libp2pOptions(config)), BITSWAP)
}

/** What this node says of itself: name, version and roles. Others show it and decide nothing by it. */
const agentOf = (roles: readonly string[]): string => `dcn-node/${VERSION} (${roles.join(',')})`

function libp2pOptions(config: HeliaConfig): Parameters<typeof withLibp2pLight<never, DcnServices>>[1] {
  return {
    privateKey: config.privateKey,
    nodeInfo: { name: 'dcn-node', version: VERSION, userAgent: agentOf(config.roles) },
    datastore: config.datastore,
    addresses: { listen: config.listen, announce: config.announce },
    // a circuit is one more stream of bytes: the handshake with its gate runs end to end through it
    transports: [config.sharedPort.transport(), circuitTransport()],
    connectionEncrypters: [noise({ prologueBytes: noisePrologue(config.networkId, config.networkSecret) })],
    streamMuxers: [yamux({ maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS })],
    connectionGater: gater(config.isAdmitted, config.connections),
    peerDiscovery: config.onLan === undefined ? [] : [lanDiscovery(config.networkId, config.onLan)],
    connectionManager: CONNECTIONS,
    // pings queue behind our own bulk data: the default aborts busy connections of slow links
    connectionMonitor: { ...PREFIX, ...config.pings, abortConnectionOnPingFailure: false },
    peerStore: { maxAddressAge: REMEMBER_MS, maxPeerAge: REMEMBER_MS },
    services: {
      identify: identify(PREFIX),
      identifyPush: identifyPush(PREFIX),
      ping: ping(PREFIX),
      // the defaults stay a client for ever and drop private addresses: nothing is found off the public internet
      dht: kadDHT({
        protocol: '/dcn/kad/1.0.0',
        clientMode: false,
        peerInfoMapper: passthroughMapper,
        allowQueryWithZeroPeers: true
      }),
      pubsub: config.pubsub,
      transports: transports(config.sharedPort),
      ...(config.relays ? { relay: relayService() } : {})
    }
  }
}

function gater(isAdmitted: (peer: string) => boolean, connections: () => Connection[]): ConnectionGater {
  return {
    denyInboundRelayReservation: peerId => !isAdmitted(peerId.toString()),
    denyOutboundRelayedConnection: (source, target) =>
      !isAdmitted(source.toString()) || !isAdmitted(target.toString()) || isFull(connections(), source, target),
    denyInboundRelayedConnection: (_relay, remote) => !isAdmitted(remote.toString()),
    denyDialPeer: peerId => !isAdmitted(peerId.toString()),
    denyInboundEncryptedConnection: peerId => !isAdmitted(peerId.toString()),
    denyOutboundEncryptedConnection: peerId => !isAdmitted(peerId.toString()),
    // a peer can draw the rest of the handshake out until it has been shut out
    denyInboundUpgradedConnection: peerId => !isAdmitted(peerId.toString()),
    denyOutboundUpgradedConnection: peerId => !isAdmitted(peerId.toString())
  }
}
