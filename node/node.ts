import { join } from 'node:path'
import { tokenOf } from '../protocols/common/network-document.ts'
import { createNodeApi, type NodeApi } from './api/node-api.ts'
import { expectsPeers } from './api/node-info.ts'
import { type FaucetPart, makeFaucet } from './assembly/faucet.ts'
import { type Ground, layGround } from './assembly/ground.ts'
import type { NodeInit } from './assembly/init.ts'
import { joinPeers, type Peers } from './assembly/peers.ts'
import { type Roles, takeRoles } from './assembly/roles.ts'
import { dockerEngine } from './engines/docker/index.ts'
import { readinessChecks } from './health/checks.ts'
import { Readiness } from './health/readiness.ts'
import { apiServer } from './http/server.ts'
import { Images } from './images/images.ts'
import { lockDataDir } from './journal/lock.ts'
import { inOrder } from './lifecycle.ts'
import { scoped } from './log/scoped.ts'
import { metricsListener } from './metrics/listener.ts'
import { Metrics } from './metrics/metrics.ts'
import { Clockwork } from './roles/clockwork.ts'
import { serveDeals, serveLogs } from './roles/deal-protocol.ts'

export type { NodeInit } from './assembly/init.ts'

/** A scrape does not wait longer for the chain. */
const WALLET_MS = 3_000

/** A participant that was put together: it runs from `start` to `stop`. */
export interface DcnNode {
  readonly api: NodeApi
  /** URL of the local API, while started */
  readonly url: string | undefined
  /** URL of the metrics that need no token, while they are served */
  readonly metricsUrl: string | undefined
  readonly token: string
  start(): Promise<void>
  /** drains and stops; idempotent */
  stop(): Promise<void>
}

/**
 * Puts one participant together. The only place that knows every part; nothing is opened before `start`. A node is
 * made once for one data directory: to run it again after `stop`, make a new one. `startDaemon` does all of this from a configuration.
 *
 * @throws DataDirInUseError
 * @example
 * ```ts
 * export async function runOne(init: NodeInit): Promise<string> {
 *   const node = await createNode(init)
 *   await node.start()
 *   const job = await node.api.submit({ spec: { engine: { js: { source: 'export default () => 42' } } } })
 *   await node.stop()
 *   return job.id
 * }
 * ```
 */
export async function createNode(init: NodeInit): Promise<DcnNode> {
  const lock = lockDataDir(init.config.dataDir)
  try {
    const ground = layGround(init)
    const faucet = makeFaucet(init, ground)
    const peers = await joinPeers(init, ground)
    const roles = await takeRoles(init, ground, peers)
    return assemble(init, lock, { ...ground, faucet }, peers, roles)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The node's life: each part starts after the ones above it and stops before them. */
function assemble(
  init: NodeInit,
  lock: { release(): void },
  ground: Ground & { faucet: FaucetPart | undefined },
  peers: Peers,
  roles: Roles
): DcnNode {
  const { config, network, log } = init
  const { journal, settlement, hub, clock, weights, store, book, tally, faucet } = ground
  const { host, reach, storage, exchange, neighbours, messenger, known, keeper, spread } = peers
  const { creator, provider, clerk, mediator, seatKeeper, board, engines, spare, reports } = roles
  const serving = provider === undefined ? [creator] : [creator, provider]
  const clockwork = new Clockwork(settlement, serving, log)
  const stop = async () => init.onStopRequest?.()
  // the engine that a person builds images with, whether or not this node runs jobs
  const docker = dockerEngine({ nodeId: 'images', socketPath: config.docker.socket })
  const images = new Images({ dir: join(config.dataDir, 'images'), docker, storage, journal, clock })
  const readiness = new Readiness(
    readinessChecks({
      config,
      journal,
      settlement,
      clock,
      reports,
      isDevChain: network.chain?.dev === true,
      peers: () => host.libp2p.getPeers().length,
      expectsPeers: () => expectsPeers({ network, keeper, known, identity: peers.identity })
    }),
    clock
  )
  const api: NodeApi = createNodeApi({
    ...roles.parts,
    config,
    network,
    keeper,
    known,
    host,
    reach,
    hub,
    clocks: exchange.clocks,
    creator,
    jobList: roles.jobList,
    provider,
    mediator,
    seatKeeper,
    images,
    reports,
    readiness,
    faucetUrl: () => faucet?.url,
    metrics: () => metrics.text(),
    setLogLevel: init.setLogLevel,
    hostFacts: roles.hostFacts,
    startedAt: clock.nowMs(),
    stop
  })
  const metrics = new Metrics(
    {
      status: () => api.status(),
      readiness: () => readiness.look(),
      // a chain that does not answer has a metric of its own
      wallet: () => api.wallet({ signal: AbortSignal.timeout(WALLET_MS) }).catch(() => undefined),
      network: network.name,
      tally,
      decimals: tokenOf(network).decimals,
      gossip: exchange.gossip,
      sync: exchange.sync,
      car: storage.car,
      jobsInBook: () => book.live(clock.nowMs(), 'job').length
    },
    clock
  )
  const metricsServer =
    config.metrics.listen === undefined ? undefined : metricsListener(config.metrics.listen, metrics)
  const apiLog = scoped(log, 'api')
  const server = apiServer({
    dataDir: config.dataDir,
    host: config.http.host,
    port: config.http.port,
    onError: (message, error) => apiLog.error({ error }, message),
    onAnswer: answer => apiLog.debug(answer, 'api request')
  })({ api })
  const serve = async (): Promise<void> => {
    const handlers = serving.map(role => role.onRequest.bind(role))
    await serveDeals(messenger, handlers)
    if (provider !== undefined) await serveLogs(messenger, (deal, peer) => provider.logOf(deal, peer))
  }
  const lifecycle = inOrder(log, [
    { name: 'journal', start: () => journal.start(), stop: () => journal.stop() },
    { name: 'faucet contract', start: () => faucet?.prepare(), stop: () => undefined },
    { name: 'settlement', start: () => settlement.start(), stop: () => settlement.stop() },
    // before anybody can be met: a node that comes back alone knows whom to dial
    { name: 'book', start: () => store.start(), stop: () => store.stop() },
    // what is in the book of peers that were shut out meanwhile
    { name: 'members', start: () => void peers.purge(), stop: () => known.stop() },
    // where there is no chain, nobody has more behind it than others
    { name: 'weights', start: () => settlement.kind === 'evm' && weights.start(), stop: () => weights.stop() },
    { name: 'network', start: () => host.start(), stop: () => host.stop() },
    // first of all protocols: it may be that a neighbour knows who is no member any more
    { name: 'spread', start: () => spread.start(), stop: () => spread.stop() },
    { name: 'reach', start: () => reach.start(), stop: () => reach.stop() },
    { name: 'storage', start: () => storage.start(), stop: () => storage.stop() },
    { name: 'engines', start: () => engines.start(), stop: () => Promise.all([engines.stop(), spare.stop()]) },
    { name: 'images', start: () => images.start(), stop: () => undefined },
    { name: 'offers', start: () => exchange.start(), stop: () => exchange.stop() },
    { name: 'neighbours', start: () => neighbours.start(), stop: () => neighbours.stop() },
    { name: 'clerk', start: () => clerk.start(), stop: () => clerk.stop() },
    { name: 'job list', start: () => roles.jobList.start(), stop: () => undefined },
    { name: 'creator', start: () => creator.start(), stop: () => creator.stop() },
    { name: 'board', start: () => board?.start(), stop: () => board?.stop() },
    { name: 'mediator', start: () => mediator?.start(), stop: () => mediator?.stop() },
    { name: 'provider', start: () => provider?.start(), stop: () => provider?.stop() },
    { name: 'seats', start: () => seatKeeper?.start(), stop: () => seatKeeper?.stop() },
    // messages and chain events are given to machines that run: what comes earlier would be taken and lost
    { name: 'deals', start: serve, stop: () => messenger.stop() },
    { name: 'clockwork', start: () => clockwork.start(), stop: () => clockwork.stop() },
    // running work is drained while both still arrive
    { name: 'market', start: () => provider?.openForWork(), stop: () => provider?.drain() },
    { name: 'faucet', start: () => faucet?.start(), stop: () => faucet?.stop() },
    { name: 'metrics', start: () => metricsServer?.start(), stop: () => metricsServer?.stop() },
    { name: 'api', start: () => server.start(), stop: () => server.stop() }
  ])
  return {
    api,
    get url() {
      return server.url
    },
    get metricsUrl() {
      return metricsServer?.url
    },
    token: server.token,
    start: lifecycle.start,
    async stop() {
      hub.close()
      try {
        await lifecycle.stop()
      } finally {
        lock.release()
      }
    }
  }
}
