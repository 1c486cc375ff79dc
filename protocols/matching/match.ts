import { sha256 } from '../common/hash.ts'
import { type Address, compareBytes, fromHex } from '../common/values.ts'
import type { JobOffer } from '../offers/schema.ts'
import { shapeOf } from './feasible.ts'
import type { JobInput, OfferInput, RankContext } from './input.ts'
import { firstAccounts, type Ranked, ranking } from './rank.ts'
import { freeOf, hasRoom, type Room, without } from './room.ts'
import { compareBigint, isPaid, type Shelf, shelve } from './shelf.ts'

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

/** An offer with what it says is free, and what is left of its account once that took a job, whichever offer it took it by. */
interface Held extends OfferInput {
  readonly free: Room
  readonly account: { rest?: Room }
}

/**
 * Gives each job its best-ranked offer that has room, the higher tip per unit first (`inOrder`). A job with replicas gets all of its
 * providers or none. Room is what the offers say is free. Depends on the sets alone, not on their order.
 *
 * Jobs of one shape share a shelf, and as room only ever shrinks, an offer that is full for one job of a shape is full for all that
 * come after: it leaves the shelf for good.
 */
export function match(jobs: readonly JobInput[], offers: readonly OfferInput[], context: RankContext): MatchResult {
  const result: MatchResult = { matches: [], unmatched: [] }
  const accounts = new Map<Address, Held['account']>()
  const accountOf = (address: Address): Held['account'] => {
    const account = accounts.get(address) ?? {}
    accounts.set(address, account)
    return account
  }
  const held = offers.map(
    ({ id, offer }): Held => ({
      id,
      offer,
      free: freeOf(offer),
      account: accountOf(offer.account)
    })
  )
  const shelves = new Map<string, Shelf<Held>>()
  for (const job of inOrder(unique(jobs))) {
    const shape = shapeOf(job.offer)
    const shelf = shelves.get(shape) ?? shelve(job.offer, held, context)
    shelves.set(shape, shelf)
    const wanted = job.offer.policy === 'replicas' ? job.offer.replicas : 1
    const isOpen = ({ free, account: { rest } }: Held): boolean =>
      hasRoom(free, job.offer) && (rest === undefined || hasRoom(rest, job.offer))
    const providers = firstAccounts(ranking(job, shelf, isOpen), wanted)
    if (providers.length < wanted) {
      result.unmatched.push({ job, reason: accountsUpTo(wanted, job.offer, shelf) ? 'no-room' : 'infeasible' })
      continue
    }
    for (const { offer } of providers) {
      const account = accountOf(offer.account)
      account.rest = without(account.rest ?? freeOf(offer), job.offer)
    }
    result.matches.push({ job, providers })
  }
  return result
}

/** Whether that many accounts could take the job if all of their capacity were free. */
function accountsUpTo(wanted: number, job: JobOffer, shelf: Shelf): boolean {
  const accounts = new Set<Address>()
  for (const level of shelf.levels) {
    if (!isPaid(job, level.ask)) return false
    for (const { offer } of level.offers) {
      if (offer.account !== job.account) accounts.add(offer.account)
      if (accounts.size >= wanted) return true
    }
  }
  return false
}

/**
 * Who is served first: the higher tip per normalised unit, then the earlier round, then sha256(account ‖ fromRound as
 * eight big-endian bytes), which a creator cannot improve by writing many offers, then the id.
 */
export function inOrder<T extends JobInput>(jobs: readonly T[]): T[] {
  const lots = new Map<string, Uint8Array>()
  const lotOf = ({ account, fromRound }: JobOffer): Uint8Array => {
    const key = `${account} ${fromRound}`
    const drawn = lots.get(key) ?? lot(account, fromRound)
    lots.set(key, drawn)
    return drawn
  }
  const keyed = jobs.map(job => ({ job, units: units(job.offer), lot: lotOf(job.offer) }))
  type Keyed = (typeof keyed)[number]
  const compare = (a: Keyed, b: Keyed): number =>
    compareBigint(b.job.offer.tip * a.units, a.job.offer.tip * b.units) ||
    a.job.offer.fromRound - b.job.offer.fromRound ||
    compareBytes(a.lot, b.lot) ||
    compareBytes(a.job.id, b.job.id)
  return keyed.sort(compare).map(({ job }) => job)
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

function lot(account: Address, fromRound: number): Uint8Array {
  const round = Buffer.alloc(8)
  round.writeBigUInt64BE(BigInt(fromRound))
  return sha256(fromHex(account), round)
}

function unique(jobs: readonly JobInput[]): JobInput[] {
  return [...new Map(jobs.map(job => [Buffer.from(job.id).toString('latin1'), job])).values()]
}
