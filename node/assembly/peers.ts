import { join } from 'node:path'
import { gossipId } from '../../protocols/offers/fact.ts'
import { HeadLog } from '../../protocols/offers/head-log.ts'
import { keyOfPeerId } from '../../protocols/offers/peer-key.ts'
import { scoped } from '../log/scoped.ts'
import { atMostEvery } from '../network/at-most-every.ts'
import { type ClockOpinion, clockWarning } from '../network/clock-watch.ts'
import { createHost } from '../network/host.ts'
import { factVerifier, nodeIdentity } from '../network/identity.ts'
import { libp2pMessenger } from '../network/messenger.ts'
import { Neighbours } from '../network/neighbours.ts'
import { OfferExchange } from '../network/offer-exchange.ts'
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
export async function joinPeers({ config, network, account, seed, ...init }: NodeInit, { clock, book, hub }: Ground) {
  const log = scoped(init.log, 'network')
  const { dataDir } = config
  const now = () => clock.nowMs()
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
    announceLoopback: network.bootstrap.every(isLoopback),
    bootstrap: network.bootstrap,
    relays: config.relayMembers ?? config.roles.includes('relay'),
    roles: config.roles,
    now
  })
  const storage = heliaStorage({ now })({ host, blocks, pins: sqlitePins(join(dataDir, 'pins.db')) })
  const verifier = factVerifier(network.id, clock)
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
  const reach = new Reach({ host, clock, log })
  return {
    host,
    reach,
    storage,
    verifier,
    neighbours,
    exchange,
    heads,
    identity,
    messenger: libp2pMessenger(host, clock)
  }
}
export type Peers = Awaited<ReturnType<typeof joinPeers>>

const isLoopback = (addr: string): boolean => /^\/(ip4\/127\.|ip6\/::1\/)/.test(addr)
