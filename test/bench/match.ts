import type { JobInput, OfferInput } from '../../protocols/matching/input.ts'
import { match } from '../../protocols/matching/match.ts'
import { rank, rankFirst } from '../../protocols/matching/rank.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../support/market/make.ts'
import { type Benchmark, type Figure, figure, times } from './measure.ts'

const AT = { round: ROUND }
const OFFERS = 10_000
const SAMPLES = 25
const WARM_UP = 5
/** places of a certificate: what a creator reads of a ranking */
const CANDIDATES = 16
const CLASSES = 16
/** Distinct rates: a network has a price tick. */
const RATES = 64
const SIZES = [100, 1000, 10_000, 100_000]
const TARGET_SIZE = 10_000
/** what n log n makes of ten times the size: 10 × log(100,000) / log(10,000) */
const LINEARITHMIC = 12.5
/** The largest takes a minute: with a fixed number of rates a price class grows with the book, and each member costs a hash. */
const SAMPLES_OF = (size: number): number => (size > TARGET_SIZE ? 1 : 5)
const GIB = 2 ** 30

/** The ranking of one job, and the matching of whole books, in memory: what they cost beside a sort of the same arrays. */
export const matching: Benchmark = {
  name: 'match',
  about: `rank() over ${OFFERS.toLocaleString('en')} offers, and match() over whole books of ${CLASSES} classes`,
  async run() {
    return [...(await rankFigures('64 rates', RATES)), ...(await rankFigures('one rate', 1)), ...(await matchFigures())]
  }
}

async function rankFigures(market: string, rates: number): Promise<Figure[]> {
  const offers = Array.from({ length: OFFERS }, (_, i) => offerOf(i, rates, 0))
  const baseline = { what: 'a sort of the ids', samples: await timed(() => sortIds(offers)) }
  const target = { text: '≤ 10 ms', holds: (value: number) => value <= 10 }
  let n = 0
  const first = await timed(() => rankFirst(jobOf(n++, 0), offers, AT, CANDIDATES))
  const whole = await timed(() => rank(jobOf(n++, 0), offers, AT))
  const base = { name: 'rank', unit: 'ms', baseline, target } as const
  return [
    figure({ ...base, metric: `first ${CANDIDATES} of ${OFFERS} offers, ${market}`, samples: first }),
    figure({ ...base, metric: `all of ${OFFERS} offers in order, ${market}`, samples: whole })
  ]
}

async function matchFigures(): Promise<Figure[]> {
  const figures: Figure[] = []
  let reference: number[] = []
  for (const size of SIZES) {
    const offers = Array.from({ length: size }, (_, i) => offerOf(i, RATES, i % CLASSES))
    const jobs = Array.from({ length: size }, (_, i) => jobOf(i, i % CLASSES))
    const samples = await times(SAMPLES_OF(size), async () => match(jobs, offers, AT))
    const base = { name: 'match', metric: `${size} jobs × ${size} offers`, at: size, unit: 'ms', samples } as const
    if (size === TARGET_SIZE) reference = samples
    figures.push(
      size > TARGET_SIZE
        ? figure({
            ...base,
            baseline: { what: `${TARGET_SIZE} × ${TARGET_SIZE}`, samples: reference },
            target: {
              text: `≤ ${LINEARITHMIC} × it (n log n)`,
              holds: (value, tenth) => value <= LINEARITHMIC * tenth
            }
          })
        : figure({
            ...base,
            baseline: {
              what: 'a sort of both ids',
              samples: await times(5, async () => sortIds([...offers, ...jobs]))
            },
            ...(size === TARGET_SIZE ? { target: { text: '≤ 500 ms', holds: (value: number) => value <= 500 } } : {})
          })
    )
  }
  return figures
}

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
