import { join } from 'node:path'
import { tokenOf } from '../../protocols/common/network-document.ts'
import { parseAmount } from '../../protocols/common/units.ts'
import { mediatorDealView, providerDealView } from '../api/deal-view.ts'
import { JobList } from '../api/job-list.ts'
import { viewOfJob } from '../api/job-view.ts'
import { hostCapacity } from '../config/capacity.ts'
import { probeHost } from '../config/host/probe.ts'
import { toPrice } from '../config/prices.ts'
import type { Role } from '../config/schema.ts'
import { availableEngines } from '../engines/available.ts'
import type { Engines } from '../engines/index.ts'
import { enginesOnDemand } from '../engines/on-demand.ts'
import { scoped } from '../log/scoped.ts'
import { BoardAgent } from '../roles/board/agent.ts'
import { termsTime } from '../roles/chain-time.ts'
import { CourtClerk } from '../roles/court-clerk.ts'
import { courtTerms, MIN_OWNERS } from '../roles/court-terms.ts'
import { type CreatorRole, type JobRecord, machinesOf } from '../roles/creator/creator.ts'
import { creatorRole } from '../roles/creator/index.ts'
import { mediatorRole } from '../roles/mediator/index.ts'
import { providerRole } from '../roles/provider/index.ts'
import { askKeys } from '../roles/seal/ask-key.ts'
import { isDrawn } from '../roles/seal/drawn.ts'
import { capabilitiesOf, SeatKeeper } from '../roles/seat-keeper.ts'
import { SecondRuns } from '../roles/second-run.ts'
import { fundsPolicy, type RoleParts } from '../roles/shared.ts'
import type { Ground } from './ground.ts'
import type { NodeInit } from './init.ts'
import type { Peers } from './peers.ts'

/** Inputs of one job that this node runs again. */
const MAX_INPUT_BYTES = 64 * 2 ** 30

/** What this node does: every node can submit jobs; running and judging them is configured. */
export async function takeRoles(init: NodeInit, ground: Ground, peers: Peers) {
  const { config, network, log } = init
  const { hub, tally } = ground
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
  const clerk = new CourtClerk({ settlement, journal, clock, log: scoped(log, 'court') })
  const secondRuns = new SecondRuns(
    { workDir: join(config.dataDir, 'second-runs'), maxInputBytes: MAX_INPUT_BYTES },
    { storage: peers.storage, engine: kind => spare.get(kind) }
  )
  const parts = shareParts(init, ground, peers, { clerk, secondRuns })
  const of = (role: Role): RoleParts => ({ ...parts, log: scoped(log, role) })
  const onJob = (id: string): void => {
    const job = creator.find(id)
    if (job === undefined) return
    const view = viewOfJob(job)
    jobList.note(view)
    tally.job(view, paidFor(job))
    hub.publish({ type: 'job', job: view })
  }
  const creator: CreatorRole = creatorRole(config, network, of('creator'), onJob, transfer =>
    hub.publish({ type: 'transfer', ...transfer })
  )
  peers.storage.watchServed(served => creator.served(served))
  const jobList = new JobList({ journal, log, find: id => creator.find(id) })
  const board = config.board.serve ? boardAgent(init, parts, creator) : undefined
  const capacity = hostCapacity(config, host)
  const connected = () => peers.host.libp2p.getPeers().map(String)
  const mediator = config.roles.includes('mediator')
    ? mediatorRole(config, { ...of('mediator'), clerk, secondRuns, connected, capacity }, judgement =>
        hub.publish({ type: 'deal', deal: mediatorDealView(judgement) })
      )
    : undefined
  const seatKeeper = mediator === undefined ? undefined : seatsOf(init, parts, engines)
  const roles = {
    parts,
    creator,
    jobList,
    clerk,
    mediator,
    seatKeeper,
    board,
    engines,
    spare,
    reports,
    hostFacts: host,
    provider: undefined
  }
  if (!config.roles.includes('provider')) return roles
  const offered = { capacity, devices: host.gpus.devices, price: toPrice(config.prices, tokenOf(network).decimals) }
  const onDeal = (deal: Parameters<typeof providerDealView>[0]) => {
    tally.deal(deal.state)
    hub.publish({ type: 'deal', deal: providerDealView(deal) })
  }
  return {
    ...roles,
    provider: providerRole(config, network, { ...of('provider'), engines, versions }, offered, onDeal)
  }
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

/** What providers got for a job, of all its replicas together. */
const paidFor = (job: JobRecord): bigint => machinesOf(job).reduce((sum, { end }) => sum + (end?.toProvider ?? 0n), 0n)

function boardAgent({ config, network }: NodeInit, parts: RoleParts, creator: CreatorRole): BoardAgent {
  const minFee = parseAmount(config.board.minFee, tokenOf(network).decimals, 'board.minFee')
  const { settlement, storage, journal, log, identity } = parts
  const pollMs = network.chain?.pollMs
  const init = { account: identity.account, minFee, ...(pollMs === undefined ? {} : { pollMs: Math.max(pollMs, 100) }) }
  return new BoardAgent(init, { settlement, creator, storage, journal, log })
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
export type Roles = Awaited<ReturnType<typeof takeRoles>>

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
