import { join } from 'node:path'
import type { PrivateKeyAccount } from 'viem/accounts'
import { type NetworkDocument, tokenOf } from '../protocols/common/network-document.ts'
import type { Address } from '../protocols/common/values.ts'
import { OfferBook } from '../protocols/offers/book.ts'
import { gossipId } from '../protocols/offers/fact.ts'
import { HeadLog } from '../protocols/offers/head-log.ts'
import { keyOfPeerId } from '../protocols/offers/peer-key.ts'
import { mediatorDealView, providerDealView } from './api/deal-view.ts'
import { viewOfJob } from './api/job-view.ts'
import { createNodeApi, type NodeApi } from './api/node-api.ts'
import type { AbortOptions, Clock, Log } from './components.ts'
import { hostCapacity } from './config/capacity.ts'
import { probeHost } from './config/host/probe.ts'
import { toPrice } from './config/prices.ts'
import type { Config } from './config/schema.ts'
import { availableEngines } from './engines/available.ts'
import { dockerEngine } from './engines/docker/index.ts'
import type { Engine } from './engines/engine.ts'
import type { Engines } from './engines/index.ts'
import { enginesOnDemand } from './engines/on-demand.ts'
import { eventHub } from './http/event-hub.ts'
import { apiServer } from './http/server.ts'
import { Images } from './images/images.ts'
import { lockDataDir } from './journal/lock.ts'
import { sqliteJournal } from './journal/sqlite-journal.ts'
import { AccountWeights } from './network/account-weights.ts'
import { atMostEvery } from './network/at-most-every.ts'
import { BookStore } from './network/book-store.ts'
import { type ClockOpinion, clockWarning } from './network/clock-watch.ts'
import { createHost } from './network/host.ts'
import { factVerifier, nodeIdentity } from './network/identity.ts'
import { libp2pMessenger } from './network/messenger.ts'
import { Neighbours } from './network/neighbours.ts'
import { OfferExchange } from './network/offer-exchange.ts'
import { termsTime } from './roles/chain-time.ts'
import { Clockwork } from './roles/clockwork.ts'
import { CourtClerk } from './roles/court-clerk.ts'
import { courtTerms, MIN_OWNERS } from './roles/court-terms.ts'
import type { CreatorRole } from './roles/creator/creator.ts'
import { creatorRole } from './roles/creator/index.ts'
import { serveDeals, serveLogs } from './roles/deal-protocol.ts'
import { mediatorRole } from './roles/mediator/index.ts'
import { providerRole } from './roles/provider/index.ts'
import { askKeys } from './roles/seal/ask-key.ts'
import { isDrawn } from './roles/seal/drawn.ts'
import { capabilitiesOf, SeatKeeper } from './roles/seat-keeper.ts'
import { SecondRuns } from './roles/second-run.ts'
import { fundsPolicy, type RoleParts } from './roles/shared.ts'
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
  /** puts something of an embedder's around each engine: its own limits, its own metrics. @default nothing */
  aroundEngine?: (engine: Engine) => Engine
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

/** Inputs of one job that this node runs again. */
const MAX_INPUT_BYTES = 64 * 2 ** 30
/** Anti-entropy with a random neighbour this often. */
const SYNC_EVERY_MS = 5_000
/** To count a full book takes milliseconds: a busy network must not ask for it with each offer. */
const TELL_EVERY_MS = 500

/**
 * Puts one participant together. The only place that knows every part; nothing is opened before `start`. A node is
 * made once for one data directory: to run it again after `stop`, make a new one.
 *
 * @throws DataDirInUseError
 */
export async function createNode(init: NodeInit): Promise<DcnNode> {
  const lock = lockDataDir(init.config.dataDir)
  try {
    const ground = layGround(init)
    const peers = await joinPeers(init, ground)
    const roles = await takeRoles(init, ground, peers)
    return assemble(init, lock, ground, peers, roles)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** What everything else stands on: time, the journal, money, the book of offers, and events for whoever watches. */
function layGround({ config, network, account, seed, log, clock = SYSTEM_CLOCK }: NodeInit) {
  const journal = sqliteJournal({ path: join(config.dataDir, 'journal.db') })
  const settlement = chooseSettlement(network, config, { account, journal, log })
  const hub = eventHub({ now: () => clock.nowMs() })
  const book = new OfferBook({ roundMs: network.roundMs, weightOf: account => weights.weightOf(account) })
  const freeOf = async (of: Address, options: AbortOptions = {}) => (await settlement.balances(of, options)).free
  const weights = new AccountWeights({ freeOf, book, clock, log })
  const store = new BookStore(
    { path: join(config.dataDir, 'book.db'), network: network.id, seed },
    { book, clock, log }
  )
  return { clock, journal, settlement, hub, book, weights, store }
}
type Ground = ReturnType<typeof layGround>

/** The network side: connections, content, offers and messages. */
async function joinPeers({ config, network, account, seed, log }: NodeInit, { clock, book, hub }: Ground) {
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
  const identity = nodeIdentity(host, seed, account)
  const heads = new HeadLog(
    { network: network.id, peerKey: keyOfPeerId(identity.peer), sign: bytes => identity.sign(bytes) },
    book
  )
  const onClockOff = (opinion: ClockOpinion) => hub.publish({ type: 'warning', ...clockWarning(opinion) })
  const exchange = new OfferExchange(
    { network: network.id, roundMs: network.roundMs, syncEveryMs: SYNC_EVERY_MS },
    { host, book, clock, log, heads, verify: verifier, onFact, onClockOff }
  )
  return { host, storage, verifier, neighbours, exchange, heads, identity, messenger: libp2pMessenger(host, clock) }
}
type Peers = Awaited<ReturnType<typeof joinPeers>>

/** What this node does: every node can submit jobs; running and judging them is configured. */
async function takeRoles(init: NodeInit, ground: Ground, peers: Peers) {
  const { config, network, log } = init
  const { hub } = ground
  const { peer } = peers.identity
  const host = await probeHost(config)
  const { engines, versions, reports } = await probeEngines(init, peer, host.gpus.devices.length > 0)
  // GPUs are given to containers only
  if (!engines.available.has('docker')) host.gpus.devices = []
  // a node that only submits runs a job when it checks a result
  const spare = enginesOnDemand(engines, kind =>
    availableEngines({ ...config, engines: config.engines.filter(wanted => wanted === kind) }, peer, log).then(
      made => made.engines
    )
  )
  const { settlement, journal, clock } = ground
  const clerk = new CourtClerk({ settlement, journal, clock, log })
  const secondRuns = new SecondRuns(
    { workDir: join(config.dataDir, 'second-runs'), maxInputBytes: MAX_INPUT_BYTES },
    { storage: peers.storage, engine: kind => spare.get(kind) }
  )
  const parts = shareParts(init, ground, peers, { clerk, secondRuns })
  const onJob = (id: string): void => {
    const job = creator.find(id)
    if (job !== undefined) hub.publish({ type: 'job', job: viewOfJob(job) })
  }
  const creator: CreatorRole = creatorRole(config, network, parts, onJob, transfer =>
    hub.publish({ type: 'transfer', ...transfer })
  )
  const capacity = hostCapacity(config, host)
  const connected = () => peers.host.libp2p.getPeers().map(String)
  const mediator = config.roles.includes('mediator')
    ? mediatorRole(config, { ...parts, clerk, secondRuns, connected, capacity }, judgement =>
        hub.publish({ type: 'deal', deal: mediatorDealView(judgement) })
      )
    : undefined
  const seatKeeper = mediator === undefined ? undefined : seatsOf(init, parts, engines)
  const roles = {
    parts,
    creator,
    clerk,
    mediator,
    seatKeeper,
    engines,
    spare,
    reports,
    hostFacts: host,
    provider: undefined
  }
  if (!config.roles.includes('provider')) return roles
  const offered = { capacity, devices: host.gpus.devices, price: toPrice(config.prices, tokenOf(network).decimals) }
  const onDeal = (deal: Parameters<typeof providerDealView>[0]) =>
    hub.publish({ type: 'deal', deal: providerDealView(deal) })
  return { ...roles, provider: providerRole(config, network, { ...parts, engines, versions }, offered, onDeal) }
}

function seatsOf(
  { config }: NodeInit,
  { settlement, ensureFree, journal, log, identity }: RoleParts,
  engines: Engines
) {
  const capabilities = capabilitiesOf(engines.available.keys())
  return new SeatKeeper(
    { account: identity.account, wanted: config.mediator.seats, capabilities },
    { court: () => settlement.court, ensureFree, journal, log }
  )
}

/** What the roles have in common. */
function shareParts(
  { config, network, log }: NodeInit,
  ground: Ground,
  peers: Peers,
  { clerk, secondRuns }: { clerk: CourtClerk; secondRuns: SecondRuns }
): RoleParts {
  const { clock, journal, settlement, book } = ground
  const { storage, messenger, identity, exchange, heads, verifier } = peers
  const bind = () => identity.bind(network.id, clock.nowMs())
  const minOwners = network.chain?.dev === true ? MIN_OWNERS.dev : MIN_OWNERS.open
  return {
    journal,
    settlement,
    storage,
    messenger,
    identity,
    clock,
    log,
    book,
    exchange,
    heads,
    verifier,
    bind,
    askKeys: askKeys({ messenger, bind }),
    isDrawn: isDrawn({ network: network.id, settlement, clock, verifyBind: verifier.verifyBind }),
    termsTime: termsTime(settlement, clock),
    courtTerms: courtTerms(() => settlement.court, minOwners, clock),
    disputes: clerk,
    runAgain: secondRuns.again,
    ensureFree: fundsPolicy(settlement, identity.account, config.autoDeposit)
  }
}
type Roles = Awaited<ReturnType<typeof takeRoles>>

/** The node's life: each part starts after the ones above it and stops before them. */
function assemble(init: NodeInit, lock: { release(): void }, ground: Ground, peers: Peers, roles: Roles): DcnNode {
  const { config, network, log } = init
  const { journal, settlement, hub, clock, weights, store } = ground
  const { host, storage, exchange, neighbours, messenger } = peers
  const { creator, provider, clerk, mediator, seatKeeper, engines, spare, reports } = roles
  const serving = provider === undefined ? [creator] : [creator, provider]
  const clockwork = new Clockwork(settlement, serving, log)
  const stop = async () => init.onStopRequest?.()
  // the engine that a person builds images with, whether or not this node runs jobs
  const docker = dockerEngine({ nodeId: 'images', socketPath: config.docker.socket })
  const images = new Images({ dir: join(config.dataDir, 'images'), docker, storage, journal, clock })
  const api = createNodeApi({
    ...roles.parts,
    config,
    network,
    host,
    hub,
    clocks: exchange.clocks,
    creator,
    provider,
    mediator,
    seatKeeper,
    images,
    reports,
    hostFacts: roles.hostFacts,
    startedAt: clock.nowMs(),
    stop
  })
  const server = apiServer({
    dataDir: config.dataDir,
    host: config.http.host,
    port: config.http.port,
    onError: (message, error) => log.error({ error }, message)
  })({ api })
  const serve = async (): Promise<void> => {
    const handlers = serving.map(role => role.onRequest.bind(role))
    await serveDeals(messenger, handlers)
    if (provider !== undefined) await serveLogs(messenger, (deal, peer) => provider.logOf(deal, peer))
  }
  const lifecycle = inOrder(log, [
    { name: 'journal', start: () => journal.start(), stop: () => journal.stop() },
    { name: 'settlement', start: () => settlement.start(), stop: () => settlement.stop() },
    // before anybody can be met: a node that comes back alone knows whom to dial
    { name: 'book', start: () => store.start(), stop: () => store.stop() },
    // where there is no chain, nobody has more behind it than others
    { name: 'weights', start: () => settlement.kind === 'evm' && weights.start(), stop: () => weights.stop() },
    { name: 'network', start: () => host.start(), stop: () => host.stop() },
    { name: 'storage', start: () => storage.start(), stop: () => storage.stop() },
    { name: 'engines', start: () => engines.start(), stop: () => Promise.all([engines.stop(), spare.stop()]) },
    { name: 'images', start: () => images.start(), stop: () => undefined },
    { name: 'offers', start: () => exchange.start(), stop: () => exchange.stop() },
    { name: 'neighbours', start: () => neighbours.start(), stop: () => neighbours.stop() },
    { name: 'clerk', start: () => clerk.start(), stop: () => clerk.stop() },
    { name: 'creator', start: () => creator.start(), stop: () => creator.stop() },
    { name: 'mediator', start: () => mediator?.start(), stop: () => mediator?.stop() },
    { name: 'provider', start: () => provider?.start(), stop: () => provider?.stop() },
    { name: 'seats', start: () => seatKeeper?.start(), stop: () => seatKeeper?.stop() },
    // messages and chain events are given to machines that run: what comes earlier would be taken and lost
    { name: 'deals', start: serve, stop: () => messenger.stop() },
    { name: 'clockwork', start: () => clockwork.start(), stop: () => clockwork.stop() },
    // running work is drained while both still arrive
    { name: 'market', start: () => provider?.openForWork(), stop: () => provider?.drain() },
    { name: 'api', start: () => server.start(), stop: () => server.stop() }
  ])
  return {
    api,
    get url() {
      return server.url
    },
    token: server.token,
    start: lifecycle.start,
    async stop() {
      hub.close()
      await lifecycle.stop()
      lock.release()
    }
  }
}

interface Part {
  name: string
  start(): unknown
  stop(): unknown
}

/** Starts parts one after another and stops what was started in reverse; both idempotent. */
function inOrder(log: Log, parts: readonly Part[]): { start(): Promise<void>; stop(): Promise<void> } {
  const started: Part[] = []
  return {
    async start() {
      for (const part of parts.slice(started.length)) {
        log.debug({ part: part.name }, 'starting')
        // counted before it has started: a half-started part is stopped too
        started.push(part)
        await part.start()
      }
    },
    async stop() {
      for (let part = started.pop(); part !== undefined; part = started.pop()) {
        log.debug({ part: part.name }, 'stopping')
        await part.stop()
      }
    }
  }
}

const SYSTEM_CLOCK: Clock = { nowMs: () => Date.now() }

const isLoopback = (addr: string): boolean => /^\/(ip4\/127\.|ip6\/::1\/)/.test(addr)

/** Engines are needed by those who run jobs; a node that only submits does not look at Docker at all. */
async function probeEngines(
  { config, log, aroundEngine }: NodeInit,
  peer: string,
  gpus: boolean
): ReturnType<typeof availableEngines> {
  const runsJobs = config.roles.includes('provider') || config.roles.includes('mediator')
  const found = await availableEngines(runsJobs ? config : { ...config, engines: [] }, peer, log, gpus)
  const { available } = found.engines
  if (aroundEngine !== undefined) for (const [kind, engine] of available) available.set(kind, aroundEngine(engine))
  return found
}
