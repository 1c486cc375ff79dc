import { join } from 'node:path'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { NetworkDocument } from '../protocols/common/network-document.ts'
import { OfferBook } from '../protocols/offers/book.ts'
import { gossipId } from '../protocols/offers/fact.ts'
import type { NodeApi } from './api/node-api.ts'
import { createNodeApi } from './api/node-api.ts'
import { hostCapacity } from './config/capacity.ts'
import { toPrice } from './config/prices.ts'
import type { Config } from './config/schema.ts'
import { availableEngines } from './engines/available.ts'
import { eventHub } from './http/event-hub.ts'
import { apiServer } from './http/server.ts'
import { lockDataDir } from './journal/lock.ts'
import { sqliteJournal } from './journal/sqlite-journal.ts'
import { createHost } from './network/host.ts'
import { factVerifier, nodeIdentity } from './network/identity.ts'
import { libp2pMessenger } from './network/messenger.ts'
import { Neighbours } from './network/neighbours.ts'
import { OfferExchange } from './network/offer-exchange.ts'
import { termsTime } from './roles/chain-time.ts'
import { Clockwork, type Driven } from './roles/clockwork.ts'
import type { Clock, Log } from './roles/components.ts'
import { creatorRole } from './roles/creator/index.ts'
import { serveDeals, serveLogs } from './roles/deal-protocol.ts'
import { mediatorRole } from './roles/mediator.ts'
import { providerRole } from './roles/provider/index.ts'
import { fundsPolicy } from './roles/shared.ts'
import { chooseSettlement } from './settlement/index.ts'
import { VerifiedBlocks } from './storage/blocks.ts'
import { storage as heliaStorage } from './storage/helia-storage.ts'
import { sqlitePins } from './storage/pins.ts'

export interface NodeInit {
  config: Config
  network: NetworkDocument
  account: PrivateKeyAccount
  /** Ed25519 seed of the peer key, 32 bytes */
  seed: Uint8Array
  log: Log
  /** unix ms. @default the system's clock */
  clock?: Clock
  /** asked for by the API's stop call */
  onStopRequest?: () => void
}

export interface DcnNode {
  readonly api: NodeApi
  /** URL of the local API, while started */
  readonly url: string | undefined
  readonly token: string
  start(): Promise<void>
  /** drains and stops; idempotent */
  stop(): Promise<void>
}

/** Anti-entropy with a random neighbour this often. */
const SYNC_EVERY_MS = 5_000

/**
 * Puts one participant together. The only place that knows every part; nothing is opened before `start`. A node is
 * made once for one data directory: to run it again after `stop`, make a new one.
 */
export async function createNode(init: NodeInit): Promise<DcnNode> {
  const { config, network, account, log } = init
  const clock = init.clock ?? { nowMs: () => Date.now() }
  const { dataDir } = config
  const lock = lockDataDir(dataDir)
  try {
    return await assemble(init, clock, lock)
  } catch (error) {
    lock.release()
    log.debug({ account: account.address, network: network.id }, 'the node could not be put together')
    throw error
  }
}

async function assemble(init: NodeInit, clock: Clock, lock: { release(): void }): Promise<DcnNode> {
  const { config, network, account, seed, log } = init
  const { dataDir } = config
  const { roundMs } = network
  const journal = sqliteJournal({ path: join(dataDir, 'journal.db') })
  const book = new OfferBook({ roundMs })
  const hub = eventHub({ now: () => clock.nowMs() })
  const settlement = chooseSettlement(network, config, { account, journal, log })
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
    now: () => clock.nowMs()
  })
  const identity = nodeIdentity(host, seed, account)
  const store = heliaStorage({ now: () => clock.nowMs() })({ host, blocks, pins: sqlitePins(join(dataDir, 'pins.db')) })
  const messenger = libp2pMessenger(host, clock)
  const verifier = factVerifier(network.id, clock)
  const neighbours = new Neighbours(host, book, clock, log)
  const exchange = new OfferExchange(
    { network: network.id, roundMs, syncEveryMs: SYNC_EVERY_MS },
    { host, book, clock, log, verify: verifier, onFact: () => onFact() }
  )
  const onFact = (): void => {
    neighbours.look()
    hub.publish({ type: 'offers', ...countOf(book, clock) })
  }
  const bind = () => identity.bind(network.id, clock.nowMs())
  const shared = {
    journal,
    settlement,
    storage: store,
    messenger,
    identity,
    clock,
    log,
    book,
    exchange,
    verifier,
    bind,
    hub,
    termsTime: termsTime(settlement, clock),
    ensureFree: fundsPolicy(settlement, identity.account, config.autoDeposit)
  }
  const creator = creatorRole(config, network, shared)
  const { engines, versions, reports } = await probeEngines(config, identity.peer, log)
  const isProvider = config.roles.includes('provider')
  const provider = isProvider
    ? providerRole(
        config,
        network,
        { ...shared, engines, versions },
        {
          capacity: await hostCapacity(config),
          price: toPrice(config.prices, TOKEN_DECIMALS)
        }
      )
    : undefined
  const mediator = config.roles.includes('mediator') ? mediatorRole(versions, log) : undefined
  const driven: Driven[] = [creator, ...(provider === undefined ? [] : [provider])]
  const clockwork = new Clockwork(settlement, driven, log)
  const api = createNodeApi({
    ...shared,
    config,
    network,
    host,
    creator,
    provider,
    reports,
    startedAt: clock.nowMs(),
    stop: async () => init.onStopRequest?.()
  })
  const server = apiServer({
    dataDir,
    host: config.http.host,
    port: config.http.port,
    onError: (message, error) => log.error({ error }, message)
  })({ api })

  const serve = async (): Promise<void> => {
    const roles = [creator, ...(provider === undefined ? [] : [provider])]
    await serveDeals(
      messenger,
      roles.map(role => (request, peer) => role.onRequest(request, peer))
    )
    if (provider !== undefined) await serveLogs(messenger, (deal, peer) => provider.logOf(deal, peer))
  }
  // each line starts after the ones above it and stops before them
  const parts: Part[] = [
    { name: 'journal', start: () => journal.start(), stop: () => journal.stop() },
    { name: 'settlement', start: () => settlement.start(), stop: () => settlement.stop() },
    { name: 'network', start: () => host.start(), stop: () => host.stop() },
    { name: 'storage', start: () => store.start(), stop: () => store.stop() },
    { name: 'engines', start: () => engines.start(), stop: () => engines.stop() },
    { name: 'offers', start: () => exchange.start(), stop: () => exchange.stop() },
    { name: 'neighbours', start: () => neighbours.start(), stop: () => neighbours.stop() },
    { name: 'deals', start: serve, stop: () => messenger.stop() },
    { name: 'creator', start: () => creator.start(), stop: () => creator.stop() },
    { name: 'mediator', start: () => mediator?.start(), stop: () => mediator?.stop() },
    { name: 'clockwork', start: () => clockwork.start(), stop: () => clockwork.stop() },
    { name: 'provider', start: () => provider?.start(), stop: () => provider?.stop() },
    { name: 'api', start: () => server.start(), stop: () => server.stop() }
  ]
  const started: Part[] = []
  return {
    api,
    get url() {
      return server.url
    },
    token: server.token,
    async start() {
      for (const part of parts.slice(started.length)) {
        log.debug({ part: part.name }, 'starting')
        // counted before it has started: a half-started part is stopped too
        started.push(part)
        await part.start()
      }
    },
    async stop() {
      hub.close()
      for (let part = started.pop(); part !== undefined; part = started.pop()) {
        log.debug({ part: part.name }, 'stopping')
        await part.stop()
      }
      lock.release()
    }
  }
}

interface Part {
  name: string
  start(): unknown
  stop(): unknown
}

/** DcnToken's; an existing token's own number comes with the wallet commands for public chains. */
const TOKEN_DECIMALS = 18

const isLoopback = (addr: string): boolean => /^\/(ip4\/127\.|ip6\/::1\/)/.test(addr)

function countOf(book: OfferBook, clock: Clock): { offers: number; jobs: number } {
  const nowMs = clock.nowMs()
  return { offers: book.live(nowMs, 'resource').length, jobs: book.live(nowMs, 'job').length }
}

/** Engines are needed by those who run jobs; a node that only submits does not look at Docker at all. */
async function probeEngines(config: Config, peer: string, log: Log): ReturnType<typeof availableEngines> {
  const runsJobs = config.roles.includes('provider') || config.roles.includes('mediator')
  return await availableEngines(runsJobs ? config : { ...config, engines: [] }, peer, log)
}
