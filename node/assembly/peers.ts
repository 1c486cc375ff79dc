import { join } from 'node:path'
import type { Hex } from '../../protocols/common/values.ts'
import { gossipId } from '../../protocols/offers/fact.ts'
import { HeadLog } from '../../protocols/offers/head-log.ts'
import { keyOfPeerId, peerIdText } from '../../protocols/offers/peer-key.ts'
import { networkFile, peersFile } from '../config/paths.ts'
import { scoped } from '../log/scoped.ts'
import { isLoopback, listensOnLoopbackOnly, withPeer } from '../network/addresses.ts'
import { atMostEvery } from '../network/at-most-every.ts'
import { type ClockOpinion, clockWarning } from '../network/clock-watch.ts'
import { createHost } from '../network/host.ts'
import { factVerifier, nodeIdentity } from '../network/identity.ts'
import { KnownPeers } from '../network/known-peers.ts'
import { libp2pMessenger } from '../network/messenger.ts'
import { Neighbours } from '../network/neighbours.ts'
import { NetworkKeeper, standingWarning } from '../network/network-keeper.ts'
import { NetworkSpread } from '../network/network-spread.ts'
import { OfferExchange } from '../network/offer-exchange.ts'
import { peerSigner } from '../network/peer-signer.ts'
import { Reach } from '../network/reach/index.ts'
import { VerifiedBlocks } from '../storage/blocks.ts'
import { storage as heliaStorage } from '../storage/helia-storage.ts'
import { sqlitePins } from '../storage/pins.ts'
import type { Ground } from './ground.ts'
import { type NodeInit, signerOf } from './init.ts'

/** Anti-entropy with a random neighbour this often. */
const SYNC_EVERY_MS = 5_000
/** To count a full book takes milliseconds: a busy network must not ask for it with each offer. */
const TELL_EVERY_MS = 500

/** The network side: connections, content, offers and messages. */
export async function joinPeers(init: NodeInit, { clock, book, hub }: Ground) {
  const { config, network, account, seed } = init
  const log = scoped(init.log, 'network')
  const { dataDir } = config
  const now = () => clock.nowMs()
  const { known, keeper } = await keepNetwork(init, clock)
  const blocks = new VerifiedBlocks(join(dataDir, 'blocks'), config.storage.quotaBytes)
  const host = await createHost({
    networkId: network.id,
    networkSecret: network.secret,
    seed,
    dataDir,
    blockstore: blocks,
    messageId: gossipId,
    listen: config.listen,
    announce: config.announce,
    // a network that lives on one machine has nothing but loopback addresses to give
    announceLoopback: [...network.bootstrap, ...known.all().flatMap(p => p.addrs)].every(isLoopback),
    bootstrap: network.bootstrap,
    relays: config.relayMembers ?? config.roles.includes('relay'),
    roles: config.roles,
    known,
    isMember: peer => keeper.admits(peer),
    mdns: config.mdns ?? !listensOnLoopbackOnly(config.listen),
    now
  })
  const storage = heliaStorage({ now })({ host, blocks, pins: sqlitePins(join(dataDir, 'pins.db')) })
  const verifier = { ...factVerifier(network.id, clock), admits: (peerKey: Hex) => keeper.admitsKey(peerKey) }
  const purge = () => book.removeWhere(fact => !keeper.admitsKey(fact.bind.peerKey))
  const spread = new NetworkSpread({ everyMs: SYNC_EVERY_MS }, { host, keeper, clock, log })
  const neighbours = new Neighbours(host, book, clock, log)
  const onFact = atMostEvery(TELL_EVERY_MS, () => {
    neighbours.look()
    const [offers, jobs] = [book.live(now(), 'resource').length, book.live(now(), 'job').length]
    hub.publish({ type: 'offers', offers, jobs })
  })
  const identity = nodeIdentity(host, seed, signerOf(account))
  const heads = new HeadLog(
    { network: network.id, peerKey: keyOfPeerId(identity.peer), sign: bytes => identity.sign(bytes) },
    book
  )
  const onClockOff = (opinion: ClockOpinion) => hub.publish({ type: 'warning', ...clockWarning(opinion) })
  const exchange = new OfferExchange(
    { network: network.id, roundMs: network.roundMs, syncEveryMs: SYNC_EVERY_MS },
    { host, book, clock, log, heads, verify: verifier, onFact, onClockOff }
  )
  const self = keyOfPeerId(identity.peer)
  keeper.onRevision(document => {
    const dropped = purge()
    exchange.forgive()
    for (const { peer } of known.all()) if (!keeper.admits(peer)) known.forget(peer)
    const warning = standingWarning(document, self)
    if (warning !== undefined) {
      log.warn({ revision: document.revision, remedy: warning.remedy }, warning.message)
      hub.publish({ type: 'warning', ...warning })
    }
    if (dropped > 0) log.info({ dropped }, 'offers of peers that are no members were dropped')
  })
  const messenger = libp2pMessenger(host, clock)
  const reach = new Reach({ host, clock, log })
  return {
    host,
    storage,
    verifier,
    neighbours,
    exchange,
    heads,
    identity,
    known,
    keeper,
    purge,
    spread,
    messenger,
    reach
  }
}
export type Peers = Awaited<ReturnType<typeof joinPeers>>

/** Where members were met, and the document that says who is one. */
async function keepNetwork({ config, network, hints = [], seed, log }: NodeInit, clock: Ground['clock']) {
  const signer = peerSigner(seed)
  const known = new KnownPeers({ path: peersFile(config.dataDir), self: peerIdText(signer.key) }, { clock, log })
  await known.start()
  known.hinted(hints)
  const vouched = known.all().flatMap(({ peer, addrs }) => addrs.map(addr => withPeer(addr, peer)))
  const path = networkFile(config.dataDir)
  const keeper = new NetworkKeeper({ document: network, path, hints: vouched, signer }, { clock, log })
  return { known, keeper }
}
