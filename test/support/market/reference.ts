/**
 * The rules of docs/matching.md once more, slow and plain: fractions instead of a common denominator, all pairs instead of
 * sorts with shortcuts. What `rank` and `match` compute must be this.
 */
import { createCipheriv, createHash } from 'node:crypto'
import type { JobInput, OfferInput } from '../../../protocols/matching/input.ts'

type Fraction = { n: bigint; d: bigint }
const plus = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d })

export function referenceAsk({ offer: job }: JobInput, { offer }: OfferInput): bigint {
  const { cpuMillis, memoryBytes, diskBytes, gpus } = job.needs.resources
  const perHour: Fraction[] = [
    { n: offer.price.perCpuHour * BigInt(cpuMillis), d: 1000n },
    { n: offer.price.perGiBHour * BigInt(memoryBytes), d: 1_073_741_824n },
    { n: offer.price.perDiskGiBHour * BigInt(diskBytes), d: 1_073_741_824n },
    { n: offer.price.perGpuHour * BigInt(gpus?.count ?? 0), d: 1n }
  ]
  const rate = perHour.reduce(plus)
  const cost = { n: rate.n * BigInt(job.timeoutMs), d: rate.d * 3_600_000n }
  const whole = cost.n / cost.d
  return offer.price.perJob + (whole * cost.d === cost.n ? whole : whole + 1n)
}

function referenceFits(job: JobInput, input: OfferInput, round: number): boolean {
  const { offer: j } = job
  const { offer: o } = input
  if (j.network !== o.network || j.account === o.account) return false
  if (round < o.fromRound || round > o.untilRound) return false
  if (!referenceWanted(job, input)) return false
  if (!o.engines.map(e => e.kind).includes(j.needs.engine)) return false
  if (j.needs.arch !== undefined && j.needs.arch !== o.arch) return false
  if (j.needs.network !== 'none' && !o.networks.includes(j.needs.network)) return false
  if (j.policy === 'committee' && !o.terms.committee) return false
  if (j.policy === 'committee' && j.needs.engine === 'docker' && !o.terms.dockerCommittee) return false
  if (!referenceRoom(j, o.capacity)) return false
  return referenceAsk(job, input) + j.tip <= j.bid
}

function referenceWanted({ offer: j }: JobInput, { offer: o }: OfferInput): boolean {
  const { target, allow, deny, labels } = j.constraints
  if (target !== undefined && target !== o.account) return false
  if (allow.length > 0 && !allow.includes(o.account)) return false
  if (deny.includes(o.account)) return false
  for (const key of Object.keys(labels)) if (o.labels[key] !== labels[key]) return false
  return true
}

type Capacity = OfferInput['offer']['capacity']

function referenceRoom(job: JobInput['offer'], room: Capacity): boolean {
  const need = job.needs.resources
  if (need.cpuMillis > room.cpuMillis || need.memoryBytes > room.memoryBytes || need.diskBytes > room.diskBytes)
    return false
  return need.gpus === undefined || referenceGpus(job, room).length >= need.gpus.count
}

function referenceGpus(job: JobInput['offer'], room: Capacity): Capacity['gpus'] {
  const need = job.needs.resources.gpus
  if (need === undefined) return []
  return room.gpus.filter(gpu => {
    const names = gpu.model.toLowerCase().split(/[\s/_-]+/)
    const wanted = (need.model ?? '')
      .toLowerCase()
      .split(/[\s/_-]+/)
      .filter(w => w !== '')
    return wanted.every(w => names.includes(w)) && gpu.memoryBytes >= (need.memoryBytes ?? 0)
  })
}

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex')
const sha = (h: string): string => createHash('sha256').update(Buffer.from(h, 'hex')).digest('hex')

const aes = createCipheriv('aes-128-ecb', Buffer.from('00'.repeat(16), 'hex'), null)

/** Hex. */
export function referenceScore(jobId: Uint8Array, account: string, tickets: number): string {
  const all = Array.from({ length: tickets }, (_, i) => {
    const block = BigInt(`0x${account.slice(2, 26)}${i.toString(16).padStart(8, '0')}`)
    const mixed = block ^ BigInt(`0x${hex(jobId).slice(0, 32)}`)
    return aes.update(mixed.toString(16).padStart(32, '0'), 'hex', 'hex').slice(0, 12)
  })
  return all.sort()[0] ?? ''
}

export interface ReferenceRow {
  /** hex */
  id: string
  ask: bigint
  class: bigint
  score: string
}

/** Ids as hex, best first. */
export function referenceRank(job: JobInput, offers: readonly OfferInput[], round: number): string[] {
  return referenceRows(job, offers, round).map(row => row.id)
}

export function referenceRows(job: JobInput, offers: readonly OfferInput[], round: number): ReferenceRow[] {
  const fit = offers.filter(o => referenceFits(job, o, round))
  const asks = fit.map(o => referenceAsk(job, o))
  const classOf = (ask: bigint): bigint => {
    const lowest = selectionSort(asks, (a, b) => a < b)[0] ?? 0n
    return (100n * (ask - lowest)) / (lowest === 0n ? 1n : lowest)
  }
  const rows: ReferenceRow[] = fit.map(o => ({
    id: hex(o.id),
    ask: referenceAsk(job, o),
    class: classOf(referenceAsk(job, o)),
    score: referenceScore(job.id, o.offer.account, o.offer.tickets)
  }))
  type Row = ReferenceRow
  const byPrice = (a: Row, b: Row): boolean => (a.ask === b.ask ? a.id < b.id : a.ask < b.ask)
  const byScore = (a: Row, b: Row): boolean => (a.score === b.score ? byPrice(a, b) : a.score < b.score)
  const byRank = (a: Row, b: Row): boolean => (a.class === b.class ? byScore(a, b) : a.class < b.class)
  const ranked = selectionSort(rows, byRank)
  if (job.offer.policy !== 'replicas') return ranked
  const drawn = selectionSort(selectionSort(rows, byPrice).slice(0, 4 * job.offer.replicas), byScore)
  return [...drawn, ...ranked.filter(r => !drawn.includes(r))]
}

function selectionSort<T>(items: readonly T[], before: (a: T, b: T) => boolean): T[] {
  const rest = [...items]
  const sorted: T[] = []
  while (rest.length > 0) {
    const best = rest.reduce((a, b) => (before(b, a) ? b : a))
    sorted.push(best)
    rest.splice(rest.indexOf(best), 1)
  }
  return sorted
}

/** Job id → provider ids, as hex; jobs that got nothing are absent. Offers have distinct accounts. */
export function referenceMatch(
  jobs: readonly JobInput[],
  offers: readonly OfferInput[],
  round: number
): Record<string, string[]> {
  const free = new Map(offers.map(o => [hex(o.id), structuredClone(o.offer.free)]))
  const served: Record<string, string[]> = {}
  for (const job of selectionSort(jobs, referenceBefore)) {
    const wanted = job.offer.policy === 'replicas' ? job.offer.replicas : 1
    const fitting = referenceRank(job, offers, round).filter(id => referenceRoom(job.offer, room(free, id)))
    if (fitting.length < wanted) continue
    const taken = fitting.slice(0, wanted)
    for (const id of taken) occupy(job, room(free, id))
    served[hex(job.id)] = taken
  }
  return served
}

function room(free: Map<string, Capacity>, id: string): Capacity {
  const found = free.get(id)
  if (found === undefined) throw new Error(`no offer ${id}`)
  return found
}

function occupy(job: JobInput, room: Capacity): void {
  const need = job.offer.needs.resources
  room.cpuMillis -= need.cpuMillis
  room.memoryBytes -= need.memoryBytes
  room.diskBytes -= need.diskBytes
  for (let i = 0; i < (need.gpus?.count ?? 0); i++) {
    const smallest = referenceGpus(job.offer, room).reduce((a, b) => (b.memoryBytes < a.memoryBytes ? b : a))
    room.gpus.splice(room.gpus.indexOf(smallest), 1)
  }
}

/** Whether a job still fits into an offer after others were placed there, in that order. */
export function referenceStillFits(job: JobInput, { offer }: OfferInput, placed: readonly JobInput[]): boolean {
  const rest = structuredClone(offer.free)
  for (const other of placed) occupy(other, rest)
  return referenceRoom(job.offer, rest)
}

/** Whether the first job is served before the second. */
export function referenceBefore(a: JobInput, b: JobInput): boolean {
  const tipPerUnit = ({ offer }: JobInput): Fraction => {
    const { cpuMillis, memoryBytes, diskBytes, gpus } = offer.needs.resources
    const units = [
      { n: BigInt(cpuMillis), d: 1000n },
      { n: BigInt(memoryBytes), d: 4n * 1_073_741_824n },
      { n: BigInt(diskBytes), d: 64n * 1_073_741_824n },
      { n: 16n * BigInt(gpus?.count ?? 0), d: 1n }
    ].reduce(plus)
    const time = BigInt(offer.timeoutMs === 0 ? 1 : offer.timeoutMs) * BigInt(offer.replicas)
    return { n: offer.tip * units.d, d: units.n * time }
  }
  const [x, y] = [tipPerUnit(a), tipPerUnit(b)]
  if (x.n * y.d !== y.n * x.d) return x.n * y.d > y.n * x.d
  if (a.offer.fromRound !== b.offer.fromRound) return a.offer.fromRound < b.offer.fromRound
  const lot = ({ offer }: JobInput): string =>
    sha(offer.account.slice(2) + offer.fromRound.toString(16).padStart(16, '0'))
  if (lot(a) !== lot(b)) return lot(a) < lot(b)
  return hex(a.id) < hex(b.id)
}
