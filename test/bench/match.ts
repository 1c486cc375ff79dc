import type { JobInput, OfferInput } from '../../protocols/matching/input.ts'
import { match } from '../../protocols/matching/match.ts'
import { rank, rankFirst } from '../../protocols/matching/rank.ts'
import { MerkleTree } from '../../protocols/offers/merkle.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../support/market/make.ts'
import { atMost, atMostTimes, type Benchmark, figure, type Measured, times } from './measure.ts'

const AT = { round: ROUND }
const OFFERS = 10_000
const SAMPLES = 25
const WARM_UP = 5
/** places of a certificate: what a creator reads of a ranking */
const CANDIDATES = 16
const CLASSES = 16
/** Distinct rates: a network has a price tick. */
const RATES = 64
const SIZES = [100, 1000, 10_000]
const TARGET_SIZE = 10_000
const LARGE_SIZE = 100_000
/** what n log n makes of ten times the size: 10 × log(100,000) / log(10,000) */
const LINEARITHMIC = 12.5
const MATCHES = 5
const GIB = 2 ** 30

/** The ranking of one job, and the matching of whole books, in memory: what they cost beside a sort of the same arrays. */
export const matching: Benchmark = {
  name: 'match',
  about: `rank() over ${OFFERS.toLocaleString('en')} offers, and match() over whole books of ${CLASSES} classes`,
  async run({ quick = false } = {}) {
    const figures = [...(await rankFigures(`${RATES} rates`, RATES)), ...(await rankFigures('one rate', 1))]
    figures.push(...(await rootFigures()))
    for (const size of SIZES.filter(n => !quick || n < TARGET_SIZE)) figures.push(await matchFigure(size))
    return figures
  }
}

/** With a fixed number of rates a price class grows with the book, and each member costs a block of AES. */
export const matchingLarge: Benchmark = {
  name: 'match-large',
  about: `match() over ${LARGE_SIZE.toLocaleString('en')} jobs and as many offers, beside a tenth of both`,
  isLong: true,
  async run({ quick = false } = {}) {
    const [size, tenth] = quick ? [TARGET_SIZE / 10, TARGET_SIZE / 100] : [LARGE_SIZE, TARGET_SIZE]
    return [
      figure({
        metric: sizeOf(size),
        at: size,
        unit: 'ms',
        samples: await matchTimes(size, 1),
        baseline: { what: 'a tenth of both', samples: await matchTimes(tenth, MATCHES) },
        target: { ...atMostTimes(LINEARITHMIC), text: `≤ ${LINEARITHMIC} × it (n log n)` }
      })
    ]
  }
}

async function rankFigures(market: string, rates: number): Promise<Measured[]> {
  const offers = Array.from({ length: OFFERS }, (_, i) => offerOf(i, rates, 0))
  const baseline = { what: 'a sort of the ids', samples: await timed(() => sortIds(offers)) }
  let n = 0
  const first = await timed(() => rankFirst(jobOf(n++, 0), offers, AT, CANDIDATES))
  const whole = await timed(() => rank(jobOf(n++, 0), offers, AT))
  const base = { unit: 'ms', baseline, target: atMost(10, 'ms') } as const
  const of = `of ${OFFERS.toLocaleString('en')} offers`
  return [
    figure({ ...base, metric: `rank: first ${CANDIDATES} ${of}, ${market}`, samples: first }),
    figure({ ...base, metric: `rank: all ${of} in order, ${market}`, samples: whole })
  ]
}

/** Each ranking is signed over the Merkle root of the book. */
async function rootFigures(): Promise<Measured[]> {
  const ids = Array.from({ length: OFFERS }, (_, i) => digestOf(`offer ${i}`))
  const baseline = { what: 'a sort of the ids', samples: await timed(() => [...ids].sort(Buffer.compare)) }
  const anew = await timed(() => new MerkleTree(ids))
  let tree = new MerkleTree(ids)
  let n = 0
  const next = await timed(() => {
    ids[(n * 7919) % OFFERS] = digestOf(`renewal ${n++}`)
    tree = new MerkleTree(ids, tree)
  })
  const of = `of ${OFFERS.toLocaleString('en')} offers`
  return [
    figure({ metric: `root: ${of}`, unit: 'ms', samples: anew, baseline }),
    figure({ metric: `root: ${of}, one replaced since the last`, unit: 'ms', samples: next, baseline })
  ]
}

async function matchFigure(size: number): Promise<Measured> {
  const { offers, jobs } = books(size)
  return figure({
    metric: sizeOf(size),
    at: size,
    unit: 'ms',
    samples: await matchTimes(size, MATCHES),
    baseline: { what: 'a sort of both ids', samples: await times(MATCHES, async () => sortIds([...offers, ...jobs])) },
    ...(size === TARGET_SIZE ? { target: atMost(500, 'ms') } : {})
  })
}

async function matchTimes(size: number, samples: number): Promise<number[]> {
  const { offers, jobs } = books(size)
  return await times(samples, async () => match(jobs, offers, AT))
}

const sizeOf = (n: number): string => `match: ${n.toLocaleString('en')} jobs × ${n.toLocaleString('en')} offers`

const books = (size: number): { offers: OfferInput[]; jobs: JobInput[] } => ({
  offers: Array.from({ length: size }, (_, i) => offerOf(i, RATES, i % CLASSES)),
  jobs: Array.from({ length: size }, (_, i) => jobOf(i, i % CLASSES))
})

async function timed(work: () => unknown): Promise<number[]> {
  return (await times(WARM_UP + SAMPLES, async () => work())).slice(WARM_UP)
}

const sortIds = (list: readonly { id: Uint8Array }[]): unknown =>
  list.map(({ id }) => id).sort((a, b) => Buffer.compare(a, b))

/** Offers of a class hold one job of theirs at a time. */
function offerOf(i: number, rates: number, size: number): OfferInput {
  const capacity = { cpuMillis: 1000 * (size + 1), memoryBytes: (size + 1) * GIB, diskBytes: 100 * GIB, gpus: [] }
  const price = { ...resourceOffer().price, perCpuHour: 3_600_000n + 36_000n * BigInt(i % rates) }
  const account = accountOf(i)
  return { id: digestOf(`offer ${i}`), offer: resourceOffer({ account, capacity, free: { ...capacity }, price }) }
}

function jobOf(i: number, size: number): JobInput {
  const resources = { cpuMillis: 1000 * (size + 1), memoryBytes: GIB, diskBytes: GIB }
  const needs = { engine: 'js' as const, resources, network: 'none' as const }
  return {
    id: digestOf(`job ${i}`),
    offer: jobOffer({ account: accountOf(1_000_000 + (i % 1000)), needs, tip: BigInt(i % 7) })
  }
}
