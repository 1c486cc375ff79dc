import { type Crowd, victimOf } from './crowd.ts'
import type { JobRecord } from './jobs.ts'
import { KINDS, type Kind, type Meter } from './meter.ts'
import { commandOf, type MarketOptions } from './options.ts'
import type { Peer } from './peer.ts'
import type { Stall } from './sides.ts'
import type { Spread } from './spread.ts'
import { isEqual } from './stock.ts'
import type { Watch } from './watch.ts'

export interface Report {
  command: string
  options: MarketOptions
  /** `books`: nodes that keep one and take part in sync; the others validate, forward, offer and work without */
  simulated: {
    nodes: number
    hostile: number
    books: number
    signatures: MarketOptions['signatures']
    production: readonly string[]
    modelled: readonly string[]
  }
  /** how often it was looked whether the promises hold; a report is only written when all of them did */
  looks: number
  /** received by a node in a second of the time in which jobs were submitted; `sync` by a node that keeps a book */
  bytesPerNodeSecond: Record<Kind, number> & { total: number; creator: number; most: number }
  /** offers published, ms until the last node that keeps a book had one, nodes that lack one */
  spread: { offers: number; p50Ms: number; p99Ms: number; missing: number }
  /** nodes that came back, or had been cut off: ms until they knew every offer */
  caughtUp: { nodes: number; p50Ms: number; p99Ms: number }
  jobs: {
    submitted: number
    agreed: number
    settled: number
    unmatched: number
    /** ended in another way */
    other: number
    /** ended without a provider while an honest one that fits had room */
    lost: number
    /** shares of the agreed ones, in percent: with the first of the creator's ranking; with the first of all offers there were */
    rankZeroPercent: number
    bestPercent: number
    /** went to a hostile provider at first */
    hostile: number
  }
  /** virtual ms from submit to both signatures, and to the end of the money */
  agreedMs: { p50: number; p99: number }
  settledMs: { p50: number; p99: number }
  /** among providers that ask the same for the same; `ofChance`: Jain's index of as many jobs thrown at random */
  fairness: { providers: number; jobs: number; min: number; max: number; jain: number; ofChance: number }
  /** jobs of the provider that a withholding adversary picks on */
  victimJobs: number
  virtualSeconds: number
}

export interface ReportParts {
  options: MarketOptions
  crowd: Crowd
  stalls: readonly Stall[]
  jobs: readonly JobRecord[]
  meter: Meter
  spread: Spread
  watch: Watch
  caughtUpMs: readonly number[]
  nowMs: number
}

const PRODUCTION = [
  'facts',
  'validator',
  'book',
  'sync',
  'renewal',
  'ranker',
  'certificate',
  'deal machines',
  'front desk'
]
const MODELLED = ['gossip mesh', 'network', 'escrow', 'account signatures', 'the work itself']
/** Offers that were published this long before the end must be everywhere: three sessions with neighbours. */
const SETTLED_MS = 20_000

export function reportOf(parts: ReportParts): Report {
  const { options, crowd, jobs, caughtUpMs, nowMs } = parts
  return {
    command: commandOf(options),
    options,
    simulated: {
      nodes: options.nodes,
      hostile: crowd.hostile.length,
      books: crowd.full.length,
      signatures: options.signatures,
      production: PRODUCTION,
      modelled: MODELLED
    },
    looks: parts.watch.looks,
    bytesPerNodeSecond: bytesOf(parts),
    spread: spreadOf(parts),
    caughtUp: { nodes: caughtUpMs.length, p50Ms: percentile(caughtUpMs, 50), p99Ms: percentile(caughtUpMs, 99) },
    jobs: jobsOf(parts),
    agreedMs: quantiles(jobs, job => job.agreedAtMs),
    settledMs: quantiles(jobs, job => (job.phase === 'settled' ? job.endedAtMs : undefined)),
    fairness: fairnessOf(parts),
    victimJobs: jobs.filter(job => job.provider === crowd.peers[victimOf(options)]?.person.account).length,
    virtualSeconds: Math.round((nowMs - Math.min(nowMs, ...jobs.map(job => job.submittedAtMs))) / 1_000)
  }
}

function bytesOf({ options, crowd, meter }: ReportParts): Report['bytesPerNodeSecond'] {
  const honest = crowd.peers.filter(peer => peer.number < options.nodes)
  const numbers = (peers: readonly Peer[]) => peers.map(peer => peer.number)
  const books = numbers(honest.filter(peer => peer.book !== undefined))
  const per = (kind: Kind, nodes: readonly number[]) => Math.round(meter.mean(kind, nodes) / options.seconds)
  const all = numbers(honest)
  const row = Object.fromEntries(KINDS.map(kind => [kind, per(kind, kind === 'sync' ? books : all)])) as Record<
    Kind,
    number
  >
  return {
    ...row,
    total: KINDS.reduce((sum, kind) => sum + row[kind], 0),
    creator: KINDS.reduce((sum, kind) => sum + per(kind, numbers(crowd.creators)), 0),
    most: Math.round(meter.most(all) / options.seconds)
  }
}

function spreadOf({ spread, crowd, nowMs }: ReportParts): Report['spread'] {
  const lanesOf = new Map(crowd.peers.map(peer => [peer.person.account as string, peer.reads]))
  const readsLaneOf = (peer: Peer, account: string) => {
    const published = [...(lanesOf.get(account) ?? [])]
    return published.some(lane => peer.reads.has(lane))
  }
  const { spreadMs, missing } = spread.result(
    nowMs - SETTLED_MS,
    (peer, account, sinceMs) => peer.up && peer.upSinceMs <= sinceMs && readsLaneOf(peer, account)
  )
  return { offers: spreadMs.length, p50Ms: percentile(spreadMs, 50), p99Ms: percentile(spreadMs, 99), missing }
}

function jobsOf({ jobs, crowd }: ReportParts): Report['jobs'] {
  const hostile = new Set<string>(crowd.hostile.map(peer => peer.person.account))
  const agreed = jobs.filter(job => job.agreedAtMs !== undefined)
  const ended = (phase: string) => jobs.filter(job => job.phase === phase).length
  const settled = ended('settled')
  const unmatched = ended('unmatched')
  return {
    submitted: jobs.length,
    agreed: agreed.length,
    settled,
    unmatched,
    other: jobs.length - settled - unmatched,
    lost: jobs.filter(job => job.isLost).length,
    rankZeroPercent: percent(agreed.filter(job => job.isRankZero).length, agreed.length),
    bestPercent: percent(agreed.filter(job => job.isRankZero && job.best === job.first).length, agreed.length),
    hostile: jobs.filter(job => job.first !== undefined && hostile.has(job.first)).length
  }
}

function fairnessOf({ jobs, crowd }: ReportParts): Report['fairness'] {
  const equal = new Map(crowd.providers.filter(peer => isEqual(peer.number)).map(peer => [peer.person.account, 0]))
  for (const { provider } of jobs) {
    const count = provider === undefined ? undefined : equal.get(provider)
    if (provider !== undefined && count !== undefined) equal.set(provider, count + 1)
  }
  const counts = [...equal.values()]
  const total = counts.reduce((sum, n) => sum + n, 0)
  const squares = counts.reduce((sum, n) => sum + n * n, 0)
  return {
    providers: counts.length,
    jobs: total,
    min: Math.min(...counts, Number.MAX_SAFE_INTEGER),
    max: Math.max(0, ...counts),
    jain: squares === 0 ? 1 : round(total ** 2 / (counts.length * squares)),
    ofChance: total === 0 ? 1 : round(total / (total + counts.length - 1))
  }
}

function quantiles(jobs: readonly JobRecord[], at: (job: JobRecord) => number | undefined) {
  const spans = jobs.flatMap(job => {
    const atMs = at(job)
    return atMs === undefined ? [] : [atMs - job.submittedAtMs]
  })
  return { p50: percentile(spans, 50), p99: percentile(spans, 99) }
}

/** Nearest rank; 0 of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)] ?? 0
}

const round = (n: number): number => Math.round(n * 1_000) / 1_000
const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((1_000 * part) / whole) / 10)
