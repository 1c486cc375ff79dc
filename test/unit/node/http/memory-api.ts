import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { matchView } from '../../../../node/api/match-view.ts'
import { networkView, peerKeyOf } from '../../../../node/api/network.ts'
import type { LogChunk, NodeApi } from '../../../../node/http/api.ts'
import { JobNotFoundError, NotFoundError, ResultNotFoundError } from '../../../../node/http/errors.ts'
import { type EventHub, eventHub } from '../../../../node/http/event-hub.ts'
import {
  isEnd,
  type JobState,
  type JobView,
  type NodeStatus,
  type SeatView,
  type SubmitRequest
} from '../../../../node/http/views.ts'
import { ImageNotFoundError } from '../../../../node/images/images.ts'
import { inviteTo } from '../../../../node/network/invitation.ts'
import { withMember } from '../../../../node/network/network-keeper.ts'
import { matchChecks } from '../../../../node/settlement/match-checks.ts'
import { cidOf } from '../../../../protocols/common/cbor.ts'
import { InvalidInputError, UserError } from '../../../../protocols/common/errors.ts'
import { peerText } from '../../../../protocols/common/peer-text.ts'
import { encodeBundle, type MatchBundle } from '../../../../protocols/matching/verify/bundle.ts'
import { verifyMatch } from '../../../../protocols/matching/verify/verify-match.ts'
import { networkDocument, OWNER } from '../../../support/owner.ts'
import { ACCOUNT, memoryBoard, memoryRegistry } from './memory-parts.ts'

const SEAT: SeatView = {
  seat: 4,
  owner: `0x${'c3'.repeat(20)}`,
  mine: true,
  engines: ['js'],
  stake: '10',
  risk: '0',
  from: 1
}
export const DEAL = `0x${'dd'.repeat(32)}`
export const PROVIDER = `0x${'b2'.repeat(20)}`
const CAPACITY = { cpuMillis: 4000, memoryBytes: 2 ** 33, diskBytes: 2 ** 34, gpus: [] }
const TOKEN = { symbol: 'DCN', decimals: 6 }

/** A job kept in memory whose way a test drives by hand. */
interface MemoryJob {
  view: JobView
  logs: LogChunk[]
  files: Map<string, Uint8Array>
}

const IMAGE = {
  cid: 'bafyimage',
  name: 'tool:1',
  imageId: 'sha256:00',
  layers: 2,
  sizeBytes: 3_000_000,
  newBytes: 1_000,
  pushedAt: 1
}

export interface MemoryApi extends NodeApi {
  hub: EventHub
  requests: SubmitRequest[]
  uploaded: Map<string, Record<string, string>>
  /** what can be had of the matches of deals, by deal id */
  matches: Map<string, MatchBundle>
  stopped: number
  drained: boolean
  /** deals that run, one less with each look */
  busy: number
  /** why the journal cannot be written */
  notReady: string | undefined
  /** moves a job on */
  move(id: string, state: JobState, patch?: Partial<JobView>): void
  log(id: string, stream: 'stdout' | 'stderr', bytes: Uint8Array | string): void
  file(id: string, path: string, bytes: Uint8Array | string): void
  /** called with each new job's id, after it was answered */
  onSubmit: (id: string) => void
}

/** As much of a node as HTTP and the command line need to be tested: lists in memory, no market, no money. */
export function memoryApi(): MemoryApi {
  const jobs = new Map<string, MemoryJob>()
  const hub = eventHub()
  const free = { balance: 5_000_000n }
  let network = networkDocument({ membership: { policy: 'listed', members: [], revoked: [] } })
  const self = peerText(OWNER.key)

  function find(id: string): MemoryJob {
    const job = jobs.get(id)
    if (job === undefined) throw new JobNotFoundError(id)
    return job
  }
  const bytesOf = (content: Uint8Array | string): Uint8Array =>
    typeof content === 'string' ? Buffer.from(content) : content

  const api: MemoryApi = {
    hub,
    requests: [],
    uploaded: new Map(),
    matches: new Map(),
    stopped: 0,
    drained: false,
    busy: 0,
    notReady: undefined,
    onSubmit: () => undefined,
    network: async () => networkView(network, self),
    invite: async () => inviteTo(network, []),
    takeInvite: async () => networkView(network, self),
    async changeMember({ action, peer }) {
      network = withMember(network, action, peerKeyOf(peer), OWNER, network.issuedAt + 1) ?? network
      return networkView(network, self)
    },
    move(id, state, patch = {}) {
      const job = find(id)
      job.view = { ...job.view, ...patch, state, phases: [...job.view.phases, { state, at: Date.now() }] }
      hub.publish({ type: 'job', job: job.view })
    },
    log(id, stream, content) {
      const { logs, view } = find(id)
      logs.push({ seq: logs.length, at: 1, stream, bytes: bytesOf(content) })
      hub.publish({ type: 'job', job: view })
    },
    file: (id, path, content) => void find(id).files.set(path, bytesOf(content)),

    async info() {
      return {
        version: '0.1.0',
        peerId: '12D3KooWtest',
        account: ACCOUNT,
        addrs: ['/ip4/127.0.0.1/tcp/4101'],
        roles: ['creator'],
        network: { id: 'lab', name: 'lab', chainId: 0, settlement: 'none' },
        token: TOKEN,
        engines: [{ kind: 'docker', available: false, reason: 'no engine answers', remedy: 'start Docker' }],
        book: { offers: 1, jobs: 0 },
        peers: 1,
        reach: {
          status: 'open',
          openAt: ['/ip4/127.0.0.1/tcp/4101'],
          nat: 'none',
          relays: [],
          punched: { worked: 0, failed: 0 },
          ok: true,
          what: 'reachable from outside at /ip4/127.0.0.1/tcp/4101'
        },
        storage: { usedBytes: 0, quotaBytes: 1 },
        rssBytes: 1,
        dataDir: '/tmp',
        startedAt: 1,
        warnings: []
      }
    },
    status: async () => statusOf(api),
    readiness: async () => ({ ready: api.notReady === undefined, checks: [readinessOf(api.notReady)] }),
    setLogLevel: async level => ({ level }),
    metrics: async () => 'dcn_up 1\n',
    async drain() {
      api.drained = true
      return statusOf(api)
    },
    async resume() {
      api.drained = false
      return statusOf(api)
    },
    async submit(request) {
      if (request.spec['engine'] === undefined) throw new InvalidInputError('engine is missing', { field: 'engine' })
      api.requests.push(request)
      const seq = jobs.size + 1
      const id = `job${seq}`
      const view: JobView = {
        id,
        seq,
        ...(request.name === undefined ? {} : { name: request.name }),
        ...(request.type === undefined ? {} : { type: request.type }),
        ...(request.sweep === undefined ? {} : { sweep: request.sweep }),
        engine: Object.keys(request.spec['engine'] as object)[0] ?? '',
        state: 'matching',
        phases: [{ state: 'matching', at: 1 }],
        createdAt: 1,
        updatedAt: 1,
        transactions: []
      }
      jobs.set(id, { view, logs: [], files: new Map() })
      setImmediate(() => api.onSubmit(id))
      return view
    },
    jobs: async ({ limit = 100, before = Number.MAX_SAFE_INTEGER, state }) =>
      [...jobs.values()]
        .map(j => j.view)
        .filter(v => v.seq < before && (state === undefined || v.state === state))
        .reverse()
        .slice(0, limit),
    async jobList({ limit = 100, before = Number.MAX_SAFE_INTEGER, state, name, sweep, since = 0 }) {
      const fits = [...jobs.values()]
        .map(j => j.view)
        .filter(v => (state ?? v.state) === v.state && (name ?? v.name) === v.name && v.createdAt >= since)
        .filter(v => (sweep ?? v.sweep?.name) === v.sweep?.name)
        .reverse()
      return { total: fits.length, jobs: fits.filter(v => v.seq < before).slice(0, limit) }
    },
    job: async id => jobs.get(id)?.view,
    async why(id) {
      const { state } = find(id).view
      const counts = [{ reason: 'not enough memory', count: 2 }]
      return { id, state, summary: 'no offer fits', counts, nearest: [], attempts: [] }
    },
    async cancel(id) {
      api.move(id, 'cancelled', { reason: 'cancelled by its creator' })
      return find(id).view
    },
    async accept(id) {
      if (find(id).view.state !== 'review') throw new UserError('NotReviewingError', 'it does not wait')
      api.move(id, 'settling')
      return find(id).view
    },
    async dispute(id, reason = 'disputed') {
      api.move(id, 'disputed', { dispute: reason, deal: DEAL })
      return find(id).view
    },
    disputeOf: async deal =>
      deal === DEAL
        ? {
            deal,
            state: 'voting',
            round: 1,
            members: [{ owner: PROVIDER, seat: 4, round: 1, standing: 'committed' }],
            story: [{ what: 'the creator challenged the result', hash: '0x01' }]
          }
        : undefined,
    async *pushImage(name) {
      if (name === 'missing') throw new InvalidInputError('there is no such image', { field: 'image' })
      yield { type: 'progress', step: 'saving', doneBytes: 1 }
      yield { type: 'image', image: { ...IMAGE, name } }
    },
    ...memoryRegistry(),
    resolveModule: async name => ({ name, cid: IMAGE.cid, files: { 'module.yaml': 'bmFtZTogeA==' } }),
    images: async () => [IMAGE],
    async removeImage(cid) {
      if (cid !== IMAGE.cid) throw new ImageNotFoundError(cid)
    },
    ...memoryBoard(),
    seats: async () => [SEAT],
    mediator: async () => ({
      ...{ seats: [SEAT], open: 2, judging: 1, judged: 5, declined: 1, earned: '15000', lost: '3000' }
    }),
    takeSeat: async () => SEAT,
    leaveSeat: async seat => {
      if (seat !== SEAT.seat) throw new InvalidInputError('not yours', { field: 'seat' })
      return { left: false, seat: { ...SEAT, leavesAt: 2 } }
    },
    fetchJudged: async id => {
      api.file(id, 'judged/stdout', 'as the judges have it')
    },
    appeal: async () => ({ transaction: '0xappeal' }),
    async *logs(id, options = {}) {
      let next = options.from ?? 0
      const events = hub.events(options)[Symbol.asyncIterator]()
      for (;;) {
        const { logs, view } = find(id)
        const ready = logs.slice(next)
        next += ready.length
        yield* ready
        if (logs.length > next) continue
        if (options.follow !== true || isEnd(view.state)) return
        if ((await events.next()).done === true) return
      }
    },
    results: async id => [...find(id).files].map(([path, bytes]) => ({ path, sizeBytes: bytes.byteLength })),
    async openResult(id, path) {
      const bytes = find(id).files.get(path)
      if (bytes === undefined) throw new ResultNotFoundError(id, path)
      return { stream: Readable.from([bytes]), sizeBytes: bytes.byteLength }
    },
    offers: async () => [
      {
        id: 'bafyoffer',
        account: PROVIDER,
        seq: 1,
        arch: 'amd64',
        engines: [{ kind: 'js', version: '1' }],
        networks: ['none'],
        capacity: CAPACITY,
        free: CAPACITY,
        price: { perJob: '1000', perCpuHour: '10', perGiBHour: '2', perDiskGiBHour: '1', perGpuHour: '0' },
        collateralPercent: 100,
        labels: { region: 'eu\u001b[31m' },
        addrs: [],
        mine: false,
        expiresAt: 2
      }
    ],
    rank: async () => ({
      spec: 'bafyspec',
      candidates: [{ rank: 0, offer: 'bafyoffer', account: PROVIDER, ask: '1500', priceClass: 0 }],
      refused: [],
      counts: []
    }),
    async verifyMatch({ subject, export: wanted }) {
      const bundle = api.matches.get(subject)
      if (bundle === undefined) throw new NotFoundError('deal', subject, 'check the id')
      const view = matchView(bundle, await verifyMatch(bundle, matchChecks))
      return wanted === true ? { ...view, bundle: Buffer.from(encodeBundle(bundle)).toString('base64') } : view
    },
    deals: async () => [],
    peers: async () => [
      {
        id: '12D3KooWpeer',
        addrs: ['/ip4/127.0.0.1/tcp/1'],
        direction: 'outbound',
        path: 'direct',
        roles: ['relay'],
        connectedAt: 1
      }
    ],
    async wallet() {
      const amounts = { wallet: '7000000', free: free.balance.toString(), locked: '0', staked: '0', gas: '0' }
      return { account: ACCOUNT, settlement: 'none', token: TOKEN, ...amounts }
    },
    async history({ limit, since = 0 }) {
      const all = [
        { kind: 'deposit', amount: '5000000', transaction: `0x${'a'.repeat(64)}`, at: 1_000 },
        {
          kind: 'opened',
          amount: '-1500',
          deal: 'deal1',
          role: 'creator' as const,
          transaction: `0x${'b'.repeat(64)}`,
          at: 2_000
        }
      ]
      const movements = all.filter(({ at }) => at >= since).slice(-limit)
      return { account: ACCOUNT, settlement: 'none', token: TOKEN, movements, complete: true }
    },
    async deposit(amount) {
      free.balance += amount
      return { transaction: `0x${'0'.repeat(64)}` }
    },
    async withdraw(amount) {
      if (amount > free.balance)
        throw new UserError('InsufficientBalanceError', 'not enough is free', { field: 'amount' })
      free.balance -= amount
      return { transaction: `0x${'0'.repeat(64)}` }
    },
    async importPath(path) {
      const files = readTree(path)
      const cid = cidOf(Buffer.from(JSON.stringify(files))).toString()
      api.uploaded.set(cid, files)
      return { cid, sizeBytes: Object.values(files).join('').length, files: Object.keys(files).length }
    },
    events: options => hub.events(options),
    async stop() {
      api.stopped++
    }
  }
  return api
}

function statusOf(api: MemoryApi): NodeStatus {
  const deal = { deal: DEAL, engine: 'js', phase: 'running', creator: ACCOUNT, cpuMillis: 1000, memoryBytes: 2 ** 30 }
  const running = Array.from({ length: api.busy }, () => ({ ...deal, since: 1, timeLimitMs: 60_000, leftMs: 30_000 }))
  api.busy = Math.max(0, api.busy - 1)
  return {
    version: '0.1.0',
    roles: ['provider'],
    network: 'lab',
    startedAt: 1,
    upMs: 3_723_000,
    provider: {
      state: api.drained ? 'drained' : 'open',
      schedule: 'mon-fri 18:00-08:00',
      changesAt: 2,
      capacity: CAPACITY,
      free: CAPACITY,
      running,
      settling: 1,
      waiting: 2
    },
    jobs: { matching: 2 },
    peers: 1,
    offers: 1,
    storage: { usedBytes: 1, quotaBytes: 2 },
    chain: { headAt: 1, lagMs: 1000 },
    rssBytes: 1,
    warnings: [{ message: 'no GPU \u001b[2J', remedy: 'buy one' }]
  }
}

const readinessOf = (reason: string | undefined) =>
  reason === undefined ? { name: 'journal', ok: true } : { name: 'journal', ok: false, reason }

function readTree(path: string): Record<string, string> {
  if (statSync(path).isFile()) return { '': readFileSync(path, 'utf8') }
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter(e => e.isFile())
  return Object.fromEntries(
    entries.map(e => [relative(path, join(e.parentPath, e.name)), readFileSync(join(e.parentPath, e.name), 'utf8')])
  )
}
