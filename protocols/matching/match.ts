import { sha256 } from '../common/hash.ts'
import { compareBytes, fromHex } from '../common/values.ts'
import type { JobOffer, ResourceOffer } from '../offers/schema.ts'
import { chooseGpus } from './gpus.ts'
import type { JobInput, OfferInput, RankContext } from './input.ts'
import { compareBigint, distinctAccounts, type Ranked, rank } from './rank.ts'

export interface Match {
  job: JobInput
  /** one provider, or as many as the job has replicas, with distinct accounts */
  providers: Ranked[]
}

export interface MatchResult {
  /** in the order in which the jobs were served */
  matches: Match[]
  /** `infeasible`: no offer fits; `no-room`: the fitting ones are taken by jobs that come first */
  unmatched: { job: JobInput; reason: 'infeasible' | 'no-room' }[]
}

/**
 * Gives each job its best-ranked offer that has room, jobs in the order of `compareJobs`. A job with replicas gets all of its
 * providers or none. Room is what the offers say is free. Depends on the sets alone, not on their order.
 */
export function match(jobs: readonly JobInput[], offers: readonly OfferInput[], context: RankContext): MatchResult {
  const result: MatchResult = { matches: [], unmatched: [] }
  const rooms = new Map<string, Room>()
  const roomOf = (offer: ResourceOffer): Room => rooms.get(offer.account) ?? freeOf(offer)
  for (const job of unique(jobs).sort(compareJobs)) {
    const ranked = rank(job, offers, context)
    const wanted = job.offer.policy === 'replicas' ? job.offer.replicas : 1
    const fitting = ranked.filter(({ offer }) => left(roomOf(offer), job.offer) !== undefined)
    const providers = distinctAccounts(fitting).slice(0, wanted)
    if (providers.length < wanted) {
      const enough = distinctAccounts(ranked).length >= wanted
      result.unmatched.push({ job, reason: enough ? 'no-room' : 'infeasible' })
      continue
    }
    for (const { offer } of providers) {
      const rest = left(roomOf(offer), job.offer)
      if (rest !== undefined) rooms.set(offer.account, rest)
    }
    result.matches.push({ job, providers })
  }
  return result
}

/**
 * Who is served first: the higher tip per normalised unit, then the earlier round, then sha256(account ‖ fromRound as
 * eight big-endian bytes), which a creator cannot improve by writing many offers, then the id.
 */
export function compareJobs(a: JobInput, b: JobInput): number {
  return (
    compareBigint(b.offer.tip * units(a.offer), a.offer.tip * units(b.offer)) ||
    a.offer.fromRound - b.offer.fromRound ||
    compareBytes(lot(a.offer), lot(b.offer)) ||
    compareBytes(a.id, b.id)
  )
}

/**
 * How much of a machine a job holds for how long, as an integer: one unit of room is a core, 4 GiB of memory, 64 GiB of disk or
 * a sixteenth of a GPU, over the common denominator 1000 × 2^36; times the timeout in ms, replicas included.
 */
export function units({ needs: { resources }, timeoutMs, replicas }: JobOffer): bigint {
  const room =
    BigInt(resources.cpuMillis) * 2n ** 36n +
    BigInt(resources.memoryBytes) * 1000n * 2n ** 4n +
    BigInt(resources.diskBytes) * 1000n +
    BigInt(resources.gpus?.count ?? 0) * 16n * 1000n * 2n ** 36n
  // a timeout of 0 would make every tip infinitely good
  return room * BigInt(Math.max(timeoutMs, 1)) * BigInt(replicas)
}

function lot({ account, fromRound }: JobOffer): Uint8Array {
  const round = Buffer.alloc(8)
  round.writeBigUInt64BE(BigInt(fromRound))
  return sha256(fromHex(account), round)
}

type Room = ResourceOffer['free']

/** What is free, but never more than what there is. */
function freeOf({ free, capacity }: ResourceOffer): Room {
  return {
    cpuMillis: Math.min(free.cpuMillis, capacity.cpuMillis),
    memoryBytes: Math.min(free.memoryBytes, capacity.memoryBytes),
    diskBytes: Math.min(free.diskBytes, capacity.diskBytes),
    gpus: free.gpus
  }
}

/** The room that is left when the job is placed; undefined when it does not fit. */
function left(room: Room, { needs: { resources } }: JobOffer): Room | undefined {
  const cpuMillis = room.cpuMillis - resources.cpuMillis
  const memoryBytes = room.memoryBytes - resources.memoryBytes
  const diskBytes = room.diskBytes - resources.diskBytes
  if (cpuMillis < 0 || memoryBytes < 0 || diskBytes < 0) return undefined
  const taken = chooseGpus(resources.gpus, room.gpus)
  if (taken === undefined) return undefined
  return { cpuMillis, memoryBytes, diskBytes, gpus: room.gpus.filter((_, i) => !taken.includes(i)) }
}

function unique(jobs: readonly JobInput[]): JobInput[] {
  return [...new Map(jobs.map(job => [Buffer.from(job.id).toString('latin1'), job])).values()]
}
