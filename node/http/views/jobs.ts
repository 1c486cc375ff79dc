import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { JOB_STATES } from '../job-states.ts'
import { amountText, id, line, time, transaction } from './parts.ts'

export { isEnd, JOB_STATES, type JobState } from '../job-states.ts'

export const jobState = z.enum(JOB_STATES)
export const jobType = z.enum(['batch', 'ops'])

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
  /** where its files lie on the host of the node, while the job has none of its own */
  dir: z.string().max(4096).optional(),
  reason: line.optional(),
  dispute: line.optional()
})
/** One of the providers of a job that runs at several. */
export type ReplicaView = z.output<typeof replicaView>

/** Which one of several jobs that were submitted together this is; `plan` is a digest of what was asked for. */
export const sweepMember = z
  .strictObject({
    name: z.string().regex(/^[\w-][\w.-]{0,63}$/, 'expected up to 64 letters, digits, ".", "_" and "-"'),
    index: uint.max(9_999),
    count: uint.min(1).max(10_000),
    plan: z.string().regex(/^[0-9a-f]{64}$/)
  })
  .refine(({ index, count }) => index < count, 'expected an index below the count')
export type SweepMember = z.output<typeof sweepMember>

export const jobView = z.object({
  id,
  /** creation order, for paging: `before` takes it */
  seq: uint,
  name: line.optional(),
  /** as Bacalhau calls it: one of several that run at every provider that could, or not; absent in lists of jobs from before there was a type */
  type: jobType.optional(),
  sweep: sweepMember.optional(),
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
  /** the second run that a spot check asked for: a deal of its own, paid on top of `price` */
  check: z
    .object({
      state: jobState,
      provider: z.string().max(128).optional(),
      deal: id.optional(),
      price: amountText.optional()
    })
    .optional(),
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
/** A job of this node and what came of it. Amounts in smallest units, times unix ms; `state` ends as done, failed, cancelled or unmatched. */
export type JobView = z.output<typeof jobView>

/** What a list of many jobs needs of each. */
export const jobSummary = jobView.pick({
  id: true,
  seq: true,
  name: true,
  type: true,
  sweep: true,
  engine: true,
  state: true,
  provider: true,
  deal: true,
  price: true,
  outcome: true,
  exitCode: true,
  reason: true,
  error: true,
  createdAt: true,
  updatedAt: true
})
/** A job in short, for lists. */
export type JobSummary = z.output<typeof jobSummary>
/** `total` counts every job that fits the question, whatever the limit. */
export const jobList = z.object({ total: uint, jobs: z.array(jobSummary) })
/** Jobs in short, newest first. */
export type JobList = z.output<typeof jobList>

export const resultFile = z.object({ path: z.string().min(1).max(4096), sizeBytes: uint })
/** A file of a result: its path below the result, with `/`, and its size in bytes. */
export type ResultFile = z.output<typeof resultFile>

/** A piece of a job's output on the wire: `text` where the bytes are UTF-8, else `base64`. */
export const logLine = z.object({
  seq: uint,
  at: time,
  stream: z.enum(['stdout', 'stderr']),
  text: z.string().optional(),
  base64: z.string().optional()
})
/** A piece of output as the API sends it. */
export type LogLine = z.output<typeof logLine>
