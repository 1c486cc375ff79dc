import { z } from 'zod'
import { text, uint } from '../../protocols/common/values.ts'
import { amountText, id, line, time, transaction } from './view-parts.ts'

export * from './court-views.ts'
export { amountText } from './view-parts.ts'

// What the API says and the client reads. Amounts are decimal strings of the token's smallest unit, times unix ms, sizes
// bytes, CIDs text. Objects are open: a client reads what it knows and drops what a newer node adds.

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

const count = z.object({ reason: line, count: uint })
const refusal = z.object({
  offer: id,
  account: id,
  reasons: z.array(line),
  /** what would make it fit, one for each reason */
  remedies: z.array(line).optional(),
  ask: amountText.optional()
})

/** Why a job is where it is: counts by reason over the offers in the book, and the nearest misses. */
export const whyView = z.object({
  id,
  state: jobState,
  summary: line,
  counts: z.array(count),
  nearest: z.array(refusal),
  /** what its owner can do now */
  remedies: z.array(line).optional(),
  /** what was tried, oldest first */
  attempts: z.array(z.object({ at: time, provider: id, outcome: line }))
})
export type WhyView = z.output<typeof whyView>

const gpu = z.object({ vendor: line, model: line, memoryBytes: uint })
const capacity = z.object({ cpuMillis: uint, memoryBytes: uint, diskBytes: uint, gpus: z.array(gpu) })
export const priceView = z.object({
  perJob: amountText,
  perCpuHour: amountText,
  perGiBHour: amountText,
  perDiskGiBHour: amountText,
  perGpuHour: amountText
})

export const offerView = z.object({
  id,
  account: id,
  peer: id.optional(),
  seq: uint,
  arch: z.string().max(16),
  engines: z.array(z.object({ kind: z.string().max(32), version: line })),
  networks: z.array(z.string().max(16)),
  capacity,
  free: capacity,
  price: priceView,
  collateralPercent: uint,
  labels: z.record(z.string(), line),
  addrs: z.array(line),
  /** this node's own */
  mine: z.boolean(),
  expiresAt: time
})
export type OfferView = z.output<typeof offerView>

export const rankView = z.object({
  /** CID of the normalised specification */
  spec: id,
  candidates: z.array(z.object({ rank: uint, offer: id, account: id, ask: amountText, priceClass: uint })),
  refused: z.array(refusal),
  counts: z.array(count)
})
export type RankView = z.output<typeof rankView>

const finding = z.object({
  /** stable: docs/matching.md */
  code: z.string().max(32),
  weight: z.enum(['fails', 'not-provable', 'note']),
  sentence: line,
  data: z.record(z.string(), line)
})
/** What can be said about the match of a deal by whoever has its papers. */
export const matchView = z.object({
  verdict: z.enum(['holds', 'fails', 'not-provable']),
  findings: z.array(finding),
  /** what no verdict says */
  caveat: line,
  /** CID of the certificate; `job` is the CID of the job offer's body */
  certificate: id,
  deal: id.optional(),
  job: id.optional(),
  creator: id.optional(),
  provider: id.optional(),
  candidates: z.array(z.object({ rank: uint, offer: id, account: id.optional(), ask: amountText })),
  /** everything that was checked, base64: whoever has it can check it without a node */
  bundle: z
    .string()
    .max(512 * 1024)
    .optional()
})
export type MatchView = z.output<typeof matchView>
export const verifyRequest = z.strictObject({
  /** a deal id, an id of a job of this node, or the CID of a certificate */
  subject: z.string().regex(/^[\w.:-]{1,128}$/, 'expected a deal id, a job id or a CID'),
  export: z.boolean().optional()
})
export type VerifyRequest = z.output<typeof verifyRequest>

export const dealView = z.object({
  id,
  role: z.enum(['creator', 'provider', 'mediator']),
  job: id.optional(),
  /** one word */
  phase: z.string().max(32),
  counterparty: id,
  price: amountText,
  collateral: amountText,
  /** next moment at which somebody may or must act */
  deadlineAt: time.optional(),
  reason: line.optional(),
  createdAt: time,
  updatedAt: time,
  transactions: z.array(transaction)
})
export type DealView = z.output<typeof dealView>

export const peerView = z.object({
  id,
  addrs: z.array(line),
  direction: z.enum(['inbound', 'outbound']),
  account: id.optional(),
  roles: z.array(z.string().max(16)),
  agent: line.optional(),
  rttMs: z.number().min(0).optional(),
  connectedAt: time
})
export type PeerView = z.output<typeof peerView>

export const walletView = z.object({
  account: id,
  settlement: z.enum(['evm', 'none']),
  token: z.object({ symbol: z.string().max(16), decimals: uint.max(36) }),
  /** in the token contract; in the escrow: free, locked in deals, staked for seats; gas in wei */
  wallet: amountText,
  free: amountText,
  locked: amountText,
  staked: amountText,
  gas: amountText
})
export type WalletView = z.output<typeof walletView>

/** Signed: negative when money was locked, staked or withdrawn. */
const changeText = z.string().regex(/^(0|-?[1-9]\d{0,38})$/, 'expected a whole number of smallest units as text')
const movementView = z.object({
  /** deposit, withdrawal, or what happened to a deal or a seat */
  kind: z.string().max(32),
  /** change of the free balance */
  amount: changeText,
  deal: id.optional(),
  role: z.enum(['creator', 'provider']).optional(),
  counterparty: id.optional(),
  transaction: id,
  at: time
})
export const historyView = z.object({
  account: id,
  settlement: z.enum(['evm', 'none']),
  token: z.object({ symbol: z.string().max(16), decimals: uint.max(36) }),
  /** oldest first */
  movements: z.array(movementView),
  /** false when older ones that were asked for could not be read in time */
  complete: z.boolean()
})
export type HistoryView = z.output<typeof historyView>

const engineView = z.object({
  kind: z.string().max(32),
  available: z.boolean(),
  version: line.optional(),
  reason: line.optional(),
  remedy: line.optional(),
  /** it runs, but something is not as it could be */
  warning: line.optional()
})
/** What the machine is, and why it gives less than it has. */
const hostView = z.object({
  cpuModel: line,
  cpus: uint,
  memoryBytes: uint,
  diskFreeBytes: uint,
  gpus: z.array(gpu.extend({ id })),
  gpuDriver: z.string().max(64).optional(),
  problems: z.array(z.object({ what: line, remedy: line }))
})
/** An image that the node shares by CID. `newBytes` are those that its store did not have before. */
export const sharedImageView = z.object({
  cid: id,
  name: line,
  imageId: id,
  layers: uint,
  sizeBytes: uint,
  newBytes: uint,
  pushedAt: uint
})
export type SharedImageView = z.output<typeof sharedImageView>
/** How far a push has come, and what came of it. */
export const pushEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    step: z.enum(['saving', 'importing']),
    doneBytes: uint,
    totalBytes: uint.optional()
  }),
  z.object({ type: z.literal('image'), image: sharedImageView })
])
export type PushEvent = z.output<typeof pushEvent>
/** A mediator in short; `stake` and `risk` are sums over its seats. */
const judgeView = z.object({
  seats: uint,
  stake: amountText,
  risk: amountText,
  open: uint,
  judged: uint,
  earned: amountText,
  lost: amountText
})
export const nodeInfo = z.object({
  version: z.string().max(64),
  peerId: id,
  account: id,
  addrs: z.array(line),
  roles: z.array(z.string().max(16)),
  network: z.object({ id, name: line, chainId: uint, settlement: z.enum(['evm', 'none']) }),
  token: z.object({ symbol: z.string().max(16), decimals: uint.max(36) }),
  engines: z.array(engineView),
  host: hostView.optional(),
  capacity: capacity.optional(),
  free: capacity.optional(),
  price: priceView.optional(),
  /** of a mediator on a network with a court */
  judge: judgeView.optional(),
  /** facts in this node's book */
  book: z.object({ offers: uint, jobs: uint }),
  peers: uint,
  storage: z.object({ usedBytes: uint, quotaBytes: uint }),
  rssBytes: uint,
  dataDir: z.string().max(4096),
  startedAt: time,
  /** what is wrong, with what to do about it */
  warnings: z.array(z.object({ message: line, remedy: line.optional() }))
})
export type NodeInfo = z.output<typeof nodeInfo>

export const resultFile = z.object({ path: z.string().min(1).max(4096), sizeBytes: uint })
export type ResultFile = z.output<typeof resultFile>

export const imported = z.object({ cid: id, sizeBytes: uint, files: uint })
export type ImportedView = z.output<typeof imported>

export const receiptView = z.object({ transaction: z.string().max(128) })
export type ReceiptView = z.output<typeof receiptView>

const stamp = { seq: uint, at: time }
/** Something that happened at this node. `seq` counts up by one; after a gap, read the lists again. */
export const nodeEvent = z.discriminatedUnion('type', [
  z.object({ ...stamp, type: z.literal('job'), job: jobView }),
  /** a result comes in: file bytes so far, once a second */
  z.object({ ...stamp, type: z.literal('transfer'), job: id, bytes: uint }),
  z.object({ ...stamp, type: z.literal('deal'), deal: dealView }),
  z.object({ ...stamp, type: z.literal('peer'), peer: id, connected: z.boolean() }),
  z.object({ ...stamp, type: z.literal('offers'), offers: uint, jobs: uint }),
  z.object({ ...stamp, type: z.literal('warning'), message: line, remedy: line.optional() })
])
export type NodeEvent = z.output<typeof nodeEvent>

/** A piece of a job's output on the wire: `text` where the bytes are UTF-8, else `base64`. */
export const logLine = z.object({
  seq: uint,
  at: time,
  stream: z.enum(['stdout', 'stderr']),
  text: z.string().optional(),
  base64: z.string().optional()
})
export type LogLine = z.output<typeof logLine>

const hexAddress = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits')
const labels = z.record(z.string().max(32), text(64)).refine(r => Object.keys(r).length <= 16, 'expected at most 16')
export const submitRequest = z.strictObject({
  /** a specification in the form of a file (docs/jobs.md) */
  spec: z.record(z.string(), z.unknown()),
  name: text(128).optional(),
  /** the most that is paid, tip included; without it the node's own limit holds */
  bid: amountText.optional(),
  tip: amountText.optional(),
  constraints: z
    .strictObject({
      labels: labels.optional(),
      allow: z.array(hexAddress).max(8).optional(),
      deny: z.array(hexAddress).max(8).optional(),
      target: hexAddress.optional()
    })
    .optional()
})
export type SubmitRequest = z.output<typeof submitRequest>
export const depositRequest = z.strictObject({ amount: amountText })
export const withdrawRequest = z.strictObject({ amount: amountText, to: hexAddress })
