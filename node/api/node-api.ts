import { createReadStream, existsSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../protocols/common/errors.ts'
import { type NetworkDocument, tokenOf } from '../../protocols/common/network-document.ts'
import type { Address } from '../../protocols/common/values.ts'
import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import { derive, policyOf } from '../../protocols/job/derive.ts'
import { encodeSpec } from '../../protocols/job/encode-spec.ts'
import type { HostFacts } from '../config/host/probe.ts'
import type { Config } from '../config/schema.ts'
import type { EngineReport } from '../engines/available.ts'
import type { Readiness } from '../health/readiness.ts'
import type { JobQuery, NodeApi } from '../http/api.ts'
import { JobNotFoundError, ResultNotFoundError } from '../http/errors.ts'
import type { EventHub } from '../http/event-hub.ts'
import { isEnd, type RankView, type WhyView } from '../http/views.ts'
import type { Images } from '../images/images.ts'
import type { MachineRecord } from '../journal/journal.ts'
import type { ClockWatch } from '../network/clock-watch.ts'
import type { Host } from '../network/host.ts'
import type { KnownPeers } from '../network/known-peers.ts'
import type { NetworkKeeper } from '../network/network-keeper.ts'
import type { Reach } from '../network/reach/index.ts'
import type { CreatorRole, JobRecord } from '../roles/creator/creator.ts'
import { JUDGED_DIR } from '../roles/creator/judged-result.ts'
import type { MediatorRole } from '../roles/mediator/mediator.ts'
import type { ProviderRole } from '../roles/provider/provider.ts'
import type { SeatKeeper } from '../roles/seat-keeper.ts'
import type { RoleParts } from '../roles/shared.ts'
import type { Settlement } from '../settlement/settlement.ts'
import { boardApi } from './board.ts'
import { creatorDealViews, mediatorDealView, providerDealView } from './deal-view.ts'
import { disputeApi } from './disputes.ts'
import { imageApi } from './images.ts'
import { jobCache } from './job-cache.ts'
import type { JobList } from './job-list.ts'
import { viewOfJob } from './job-view.ts'
import { moduleApi } from './modules.ts'
import { networkApi } from './network.ts'
import { nodeInfo } from './node-info.ts'
import { statusApi } from './node-status.ts'
import { offerView } from './offer-view.ts'
import { peerViews } from './peer-view.ts'
import { rankView, whyView } from './rank-view.ts'
import { groupWhy } from './replicas-why.ts'
import { isResultFile, resultFiles } from './result-files.ts'
import { seatApi } from './seats.ts'
import { pinnedSpec, toConstraints, toSpec } from './submit.ts'
import { verifyApi } from './verify-match.ts'
import { historyView, walletView } from './wallet-view.ts'

export interface NodeApiComponents extends RoleParts {
  config: Config
  network: NetworkDocument
  keeper: NetworkKeeper
  known: KnownPeers
  host: Host
  reach: Reach
  hub: EventHub
  clocks: Pick<ClockWatch, 'off'>
  creator: CreatorRole
  jobList: JobList
  provider: ProviderRole | undefined
  mediator: MediatorRole | undefined
  seatKeeper: SeatKeeper | undefined
  images: Images
  reports: EngineReport[]
  hostFacts: HostFacts
  readiness: Pick<Readiness, 'look'>
  /** where a node with the role faucet is asked */
  faucetUrl(): string | undefined
  /** in the text format of Prometheus */
  metrics(): Promise<string>
  /** undefined where the log is an embedder's */
  setLogLevel: ((level: Config['log']['level']) => void) | undefined
  startedAt: number
  stop(): Promise<void>
}

/** Jobs and deals listed at most in one answer. */
const MAX_LISTED = 500

/** What the HTTP API and the SDK call: the node's parts behind one flat interface. */
export function createNodeApi(c: NodeApiComponents): NodeApi {
  const existing = (id: string): JobRecord => {
    const found = c.creator.find(id)
    if (found === undefined) throw new JobNotFoundError(id)
    return found
  }
  const view = (id: string) => viewOfJob(existing(id))
  const cached = jobCache(c.creator)
  /** where a result lies, its provider's or its judges'; undefined while there is none */
  const folderOf = (id: string): string | undefined => {
    const { result } = existing(id).record.state
    const dir = c.creator.folder(id)
    return result !== undefined || existsSync(join(dir, JUDGED_DIR)) ? dir : undefined
  }

  const replicasOf = (id: string): readonly CreatorState[] => {
    const found = existing(id)
    return 'replicas' in found ? found.replicas : []
  }

  return {
    info: () => nodeInfo(c),
    ...statusApi(c),

    async submit(request, options) {
      const spec = await toSpec(request.spec, c.config, c.images)
      const id = await c.creator.submit(
        spec,
        {
          ...(request.name === undefined ? {} : { name: request.name }),
          ...(request.type === undefined ? {} : { type: request.type }),
          ...(request.sweep === undefined ? {} : { sweep: request.sweep }),
          ...(request.bid === undefined ? {} : { bid: BigInt(request.bid) }),
          ...(request.tip === undefined ? {} : { tip: BigInt(request.tip) }),
          constraints: toConstraints(request.constraints)
        },
        options
      )
      return view(id)
    },

    async jobs({ limit, before, state }: JobQuery) {
      const wanted = Math.min(limit ?? 100, MAX_LISTED)
      const found = c.creator.jobs({
        limit: state === undefined ? wanted : MAX_LISTED,
        ...(before === undefined ? {} : { before })
      })
      const views = found.map(viewOfJob)
      return views.filter(v => state === undefined || v.state === state).slice(0, wanted)
    },
    jobList: async query => c.jobList.list(query),
    job: async id => cached(id),
    async why(id): Promise<WhyView> {
      const found = existing(id)
      const connected = new Set(c.host.libp2p.getPeers().map(String))
      const opinion = c.creator.explain(found)
      const whyOf = (job: MachineRecord<CreatorState>) =>
        whyView(job, opinion, peer => connected.has(peer), tokenOf(c.network))
      return 'replicas' in found ? groupWhy(found.record, found.replicas, whyOf) : whyOf(found.record)
    },
    async cancel(id) {
      existing(id)
      c.creator.cancel(id)
      return view(id)
    },
    async *logs(id, options = {}) {
      const at = () => c.clock.nowMs()
      for await (const chunk of c.creator.logs(id, () => isEnd(view(id).state), options)) yield { ...chunk, at: at() }
    },
    async results(id) {
      const dir = folderOf(id)
      if (dir === undefined) return []
      const files = await resultFiles(dir, replicasOf(id))
      return await Promise.all(files.map(async path => ({ path, sizeBytes: (await lstat(join(dir, path))).size })))
    },
    async openResult(id, path) {
      const dir = folderOf(id)
      // only what the listing would name
      if (dir === undefined || !(await isResultFile(dir, replicasOf(id), path))) throw new ResultNotFoundError(id, path)
      const file = join(dir, path)
      const { size } = await lstat(file)
      return { stream: createReadStream(file), sizeBytes: size }
    },

    async offers() {
      const live = c.book.live(c.clock.nowMs(), 'resource')
      return live.map(fact => offerView(fact, c.identity.account, c.network.roundMs))
    },
    async rank(value, options): Promise<RankView> {
      // the CID of the specification, which decides ties, is that of the image that would be signed
      const spec = await pinnedSpec(value, c.config, options)
      const block = encodeSpec(spec)
      const { policy, replicas } = policyOf(spec)
      const asked = { spec: block.cid, needs: derive(spec), timeoutMs: spec.timeoutMs, policy, replicas }
      return rankView(block.cid, c.creator.explainSpec(asked, block.cid.multihash.digest), tokenOf(c.network))
    },
    async deals() {
      const mine = (c.provider?.deals(MAX_LISTED) ?? []).map(providerDealView)
      const asked = c.creator.jobs({ limit: MAX_LISTED }).flatMap(creatorDealViews)
      const judged = (c.mediator?.judgements(MAX_LISTED) ?? []).map(mediatorDealView)
      return [...mine, ...asked, ...judged].sort((a, b) => b.createdAt - a.createdAt)
    },
    ...verifyApi({ ...c, connected: () => c.host.libp2p.getPeers().map(String) }),
    ...seatApi(c),
    ...boardApi(c),
    ...imageApi(c.images),
    ...moduleApi(c),
    ...disputeApi({ ...c, connected: () => c.host.libp2p.getPeers().map(String) }, async id => view(id)),
    peers: () => peerViews(c.host, c.book, c.clock),
    ...networkApi({ ...c, self: c.identity, here: () => peerViews(c.host, c.book, c.clock) }),

    wallet: options => walletView(c, options),
    history: (query, options) => historyView(c, query, options),
    async deposit(amount, options) {
      needChain(c.settlement)
      const { transaction } = await c.settlement.deposit(amount, options)
      return { transaction }
    },
    async withdraw(amount: bigint, to: Address, options) {
      needChain(c.settlement)
      const { transaction } = await c.settlement.withdraw(amount, to, options)
      return { transaction }
    },

    async importPath(path, options) {
      const { cid, sizeBytes, files } = await c.storage.importPath(path, options)
      return { cid: cid.toString(), sizeBytes, files }
    },
    events: options => c.hub.events(options),
    stop: () => c.stop()
  }
}

/** Where both sides keep books of their own there is no money to move. @throws UserError named NoChainError */
function needChain({ kind }: Settlement): void {
  if (kind !== 'none') return
  throw new UserError('NoChainError', 'this network has no chain: there is nothing to deposit or to withdraw', {
    field: 'network',
    remedy: 'look at the books with "dcn wallet history"; a network with a chain is created with --rpc'
  })
}

export type { NodeApi }
