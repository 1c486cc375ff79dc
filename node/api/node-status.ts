import { messageOf, UserError } from '../../protocols/common/errors.ts'
import type { ProviderState } from '../../protocols/deal/provider-machine.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeApi } from '../http/api.ts'
import { NoProviderError } from '../http/errors.ts'
import { isEnd, JOB_STATES, type NodeStatus } from '../http/views.ts'
import type { Closed } from '../roles/provider/doors.ts'
import type { ProviderRole } from '../roles/provider/provider.ts'
import { VERSION } from '../version.ts'
import { optional } from './job-view.ts'
import type { NodeApiComponents } from './node-api.ts'
import { warningsOf } from './node-info.ts'

const STATES: Record<Closed, NonNullable<NodeStatus['provider']>['state']> = {
  stopping: 'stopping',
  drained: 'drained',
  hours: 'closed'
}
/** Longest that a view of the whole waits for a chain that does not answer. */
const CHAIN_MS = 3_000

type StatusApi = Pick<NodeApi, 'status' | 'readiness' | 'metrics' | 'setLogLevel' | 'drain' | 'resume'>

/** The calls of NodeApi about what the node does, and whether it goes on. */
export function statusApi(c: NodeApiComponents): StatusApi {
  /** What is said after it counts this node's own offer as it is from now on. */
  const turn = async (way: 'drain' | 'resume', options: AbortOptions | undefined) => {
    if (c.provider === undefined) throw new NoProviderError()
    c.provider.doors[way]()
    await c.provider.offerFollows()
    return await nodeStatus(c, options)
  }
  return {
    status: options => nodeStatus(c, options),
    readiness: () => c.readiness.look(),
    metrics: () => c.metrics(),
    async setLogLevel(level) {
      if (c.setLogLevel === undefined) {
        throw new UserError('NotSupportedYetError', 'the log belongs to the program that this node is a part of', {
          field: 'level',
          remedy: 'set its level there'
        })
      }
      c.setLogLevel(level)
      return { level }
    },
    drain: options => turn('drain', options),
    resume: options => turn('resume', options)
  }
}

async function nodeStatus(c: NodeApiComponents, options: AbortOptions = {}): Promise<NodeStatus> {
  const nowMs = c.clock.nowMs()
  return {
    version: VERSION,
    roles: c.config.roles,
    network: c.network.name,
    startedAt: c.startedAt,
    upMs: Math.max(0, nowMs - c.startedAt),
    ...optional('provider', c.provider === undefined ? undefined : providerStatus(c, c.provider, nowMs)),
    ...optional('judging', c.mediator?.summary().judging),
    jobs: jobsByState(c),
    peers: c.host.libp2p.getPeers().length,
    offers: c.book.live(nowMs, 'resource').length,
    storage: await c.storage.usage(),
    ...optional('chain', await chainStatus(c, nowMs, options)),
    rssBytes: process.memoryUsage.rss(),
    warnings: warningsOf(c)
  }
}

function providerStatus(
  { config }: NodeApiComponents,
  provider: ProviderRole,
  nowMs: number
): NonNullable<NodeStatus['provider']> {
  const { closed, changesAtMs } = provider.doors
  const { unfinished } = provider
  return {
    state: closed === undefined ? 'open' : STATES[closed],
    ...optional('schedule', config.schedule),
    ...optional('changesAt', changesAtMs),
    capacity: provider.capacity,
    free: provider.free,
    running: unfinished.map(state => runningView(state, nowMs)),
    settling: provider.live - unfinished.length,
    waiting: provider.waiting
  }
}

function runningView(state: ProviderState, nowMs: number) {
  const { dealId, needs, phase, creator, timeline, timeoutMs } = state
  const startedMs = timeline.findLast(moment => moment.phase === 'running')?.atMs
  const leftMs = phase !== 'running' || startedMs === undefined ? undefined : startedMs + timeoutMs - nowMs
  return {
    deal: dealId,
    engine: needs.engine,
    phase,
    creator: creator.account,
    cpuMillis: needs.resources.cpuMillis,
    memoryBytes: needs.resources.memoryBytes,
    since: timeline[0]?.atMs ?? nowMs,
    timeLimitMs: timeoutMs,
    ...optional('leftMs', leftMs === undefined ? undefined : Math.max(0, leftMs))
  }
}

/** Counted by the list of jobs, which reads none of them. */
function jobsByState({ jobList }: NodeApiComponents): Record<string, number> {
  const counts = JOB_STATES.filter(state => !isEnd(state)).map(state => [
    state,
    jobList.list({ state, limit: 1 }).total
  ])
  return Object.fromEntries(counts.filter(([, count]) => count !== 0))
}

async function chainStatus(
  { settlement }: NodeApiComponents,
  nowMs: number,
  { signal }: AbortOptions
): Promise<NodeStatus['chain']> {
  if (settlement.kind !== 'evm') return undefined
  const late = AbortSignal.timeout(CHAIN_MS)
  try {
    const headAt =
      (await settlement.now({ signal: signal === undefined ? late : AbortSignal.any([signal, late]) })) * 1000
    return { headAt, lagMs: Math.max(0, nowMs - headAt) }
  } catch (error) {
    return { error: messageOf(error).slice(0, 300) }
  }
}
