import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { amountText, id, line, time, transaction } from './parts.ts'

/** A job's way; the last four are ends. `done`: it ran and is settled, whatever its exit code. */
export const JOB_STATES = [
  'matching',
  'agreed',
  'running',
  'results',
  'checking',
  'review',
  'settling',
  'disputed',
  'done',
  'failed',
  'cancelled',
  'unmatched'
] as const
export const jobState = z.enum(JOB_STATES)
export type JobState = z.output<typeof jobState>
const ENDS: ReadonlySet<JobState> = new Set<JobState>(['done', 'failed', 'cancelled', 'unmatched'])
export const isEnd = (state: JobState): boolean => ENDS.has(state)

/** One of the deals of a job that runs at several providers. */
export const replicaView = z.object({
  replica: uint,
  state: jobState,
  provider: z.string().max(128).optional(),
  deal: id.optional(),
  price: amountText.optional(),
  /** of its result, once that is here */
  digest: z.string().max(128).optional(),
  /** whether it came to what the job took; absent until that is decided */
  agrees: z.boolean().optional(),
  outcome: z.string().max(32).optional(),
  exitCode: uint.optional(),
  reason: line.optional(),
  dispute: line.optional()
})
export type ReplicaView = z.output<typeof replicaView>

export const jobView = z.object({
  id,
  /** creation order, for paging: `before` takes it */
  seq: uint,
  name: line.optional(),
  engine: z.string().max(32),
  state: jobState,
  /** every state it was in, oldest first */
  phases: z.array(z.object({ state: jobState, at: time, detail: line.optional() })),
  /** account of the provider */
  provider: z.string().max(128).optional(),
  deal: id.optional(),
  price: amountText.optional(),
  outcome: z.string().max(32).optional(),
  exitCode: uint.optional(),
  resultCid: z.string().max(128).optional(),
  /** where the result files are on the node's disk */
  dir: z.string().max(4096).optional(),
  /** one plain sentence when it did not end well */
  reason: line.optional(),
  /** stable name of what went wrong, such as InsufficientBalanceError */
  error: z.string().max(64).optional(),
  /** what a spot check came to */
  checked: line.optional(),
  /** whether the output that was shown live is what the provider signed */
  log: z.enum(['same', 'partial', 'differs']).optional(),
  /** until when the owner may accept or dispute the result; then silence accepts it */
  reviewBy: time.optional(),
  /** why its result was taken to the court */
  dispute: line.optional(),
  /** how many replicas must come to the same result */
  quorum: uint.optional(),
  /** by number; `price`, `provider` and `deal` of the job are then the sum of theirs, and those of the one it took */
  replicas: z.array(replicaView).optional(),
  createdAt: time,
  updatedAt: time,
  transactions: z.array(transaction)
})
export type JobView = z.output<typeof jobView>

export const resultFile = z.object({ path: z.string().min(1).max(4096), sizeBytes: uint })
export type ResultFile = z.output<typeof resultFile>

/** A piece of a job's output on the wire: `text` where the bytes are UTF-8, else `base64`. */
export const logLine = z.object({
  seq: uint,
  at: time,
  stream: z.enum(['stdout', 'stderr']),
  text: z.string().optional(),
  base64: z.string().optional()
})
export type LogLine = z.output<typeof logLine>
