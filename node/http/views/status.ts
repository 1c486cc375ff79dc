import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { capacity, id, line, time } from './parts.ts'

/** A job that this node runs for somebody. */
const running = z.object({
  deal: id,
  engine: z.string().max(32),
  /** one word */
  phase: z.string().max(32),
  creator: id,
  cpuMillis: uint,
  memoryBytes: uint,
  /** when it was agreed to */
  since: time,
  timeLimitMs: uint,
  /** at the longest, while it runs */
  leftMs: uint.optional()
})

/** A provider's side: whether it takes work, what it does, what is left. */
const provider = z.object({
  /** `open` takes work; `drained` does when its operator says so, `closed` when its hours begin, `stopping` no more */
  state: z.enum(['open', 'drained', 'closed', 'stopping']),
  /** the schedule, as it was given */
  schedule: line.optional(),
  /** when its hours begin or end next */
  changesAt: time.optional(),
  capacity: capacity.optional(),
  free: capacity.optional(),
  running: z.array(running),
  /** deals that wait for nothing but the chain or a review */
  settling: uint,
  /** proposals that have no answer yet */
  waiting: uint
})

/** What this node does now. */
export const nodeStatus = z.object({
  version: z.string().max(64),
  roles: z.array(z.string().max(16)),
  network: line,
  startedAt: time,
  upMs: uint,
  /** of a provider */
  provider: provider.optional(),
  /** of a mediator: jobs that it judges */
  judging: uint.optional(),
  /** jobs of this node's owner that have not ended, by state */
  jobs: z.record(z.string().max(32), uint),
  peers: uint,
  offers: uint,
  storage: z.object({ usedBytes: uint, quotaBytes: uint }),
  /** of a network with a chain; `error` where it does not answer */
  chain: z.object({ headAt: time.optional(), lagMs: uint.optional(), error: line.optional() }).optional(),
  rssBytes: uint,
  warnings: z.array(z.object({ message: line, remedy: line.optional() }))
})
/** What a node does now, and whether it takes work. */
export type NodeStatus = z.output<typeof nodeStatus>

export const readinessView = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string().max(32), ok: z.boolean(), reason: line.optional() }))
})
/** Whether a node can do its work, and if not, why. */
export type ReadinessView = z.output<typeof readinessView>

export const logLevelView = z.object({
  level: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
})
export type LogLevelView = z.output<typeof logLevelView>
