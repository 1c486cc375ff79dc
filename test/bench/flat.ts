import type { NodeApi } from '../../node/http/api.ts'
import type { OfferView } from '../../node/http/views.ts'
import { atMost, atMostTimes, type Benchmark, figure, type Measured } from './measure.ts'
import { NOOP, timeSwarmJob, withSwarm } from './swarm.ts'

/** What the others are compared with; jobs at several providers, with the one that has enough of them. */
const BASE_SIZES = [3, 10]
const JOBS = 60
const QUICK_JOBS = 3
const WARM_UP = 10
const REPLICAS = 3
/** A job at so many providers needs as many, and one creator. */
const MIN_NODES_FOR_REPLICAS = REPLICAS + 1
/** the size at which a predecessor took 600 s by gossip and 80 s by streams */
const PREDECESSOR_NODES = 100
const MS_PER_SEC = 1_000

interface Times {
  agreed: number[]
  done: number[]
  replicas: number[]
}

/** One job after the other on networks of growing size: what a job costs must not depend on how many others are there. */
const flatAt = (name: string, sizes: readonly number[], isLong: boolean): Benchmark => ({
  name,
  about: `${JOBS} sequential no-op jobs, and ${JOBS} at ${REPLICAS} providers each, on networks of ${[...BASE_SIZES, ...sizes].join(', ')} nodes`,
  isLong,
  async run({ quick = false } = {}) {
    const figures: Measured[] = []
    let first: (Times & { size: number }) | undefined
    let firstReplicas: (Times & { size: number }) | undefined
    for (const size of quick ? BASE_SIZES : [...BASE_SIZES, ...sizes]) {
      const times = await withSwarm(size, creator => measure(creator, size, quick ? QUICK_JOBS : JOBS))
      first ??= { ...times, size }
      if (times.replicas.length > 0) firstReplicas ??= { ...times, size }
      figures.push(...figuresOf(size, times, first, firstReplicas))
    }
    return figures
  }
})

export const flat = flatAt('flat', [50], false)
/** A large network takes its minutes to come to rest. */
export const flatHundred = flatAt('flat-100', [100], true)
export const flatTwoHundred = flatAt('flat-200', [200], true)

async function measure(creator: NodeApi, size: number, jobs: number): Promise<Times> {
  const times: Times = { agreed: [], done: [], replicas: [] }
  for (let i = 0; i < WARM_UP; i++) await timeSwarmJob(creator)
  for (let i = 0; i < jobs; i++) {
    const job = await timeSwarmJob(creator)
    times.agreed.push(job.agreed ?? Number.NaN)
    times.done.push(job.done ?? Number.NaN)
  }
  if (size < MIN_NODES_FOR_REPLICAS) return times
  const offers = await creator.offers()
  for (let i = 0; i < jobs; i++) {
    const start = performance.now()
    await atProviders(creator, offers, i)
    times.replicas.push(performance.now() - start)
  }
  return times
}

/**
 * The same job at several providers at the same time, other ones for each `turn`: what a job with replicas does, without the
 * comparison. A no-op job cannot have replicas, and two hundred nodes with a sandbox each do not fit one machine.
 */
async function atProviders(creator: NodeApi, offers: OfferView[], turn: number): Promise<void> {
  const targets = Array.from(
    { length: REPLICAS },
    (_, i) => offers[(turn * REPLICAS + i) % offers.length]?.account ?? ''
  )
  const requests = targets.map(target => ({ spec: NOOP, constraints: { target } }))
  await Promise.all(requests.map(request => timeSwarmJob(creator, request)))
}

function figuresOf(
  size: number,
  times: Times,
  first: Times & { size: number },
  firstReplicas: (Times & { size: number }) | undefined
): Measured[] {
  const beside = (smallest: number, samples: number[]) =>
    size === smallest ? {} : { baseline: { what: `${smallest} nodes`, samples }, target: atMostTimes(1.2) }
  const figures = [
    figure({
      metric: `${size} nodes: submit → both signatures, p50`,
      at: size,
      unit: 'ms',
      samples: times.agreed,
      ...beside(first.size, first.agreed)
    }),
    figure({
      metric: `${size} nodes: submit → settled, p50`,
      at: size,
      unit: 'ms',
      samples: times.done,
      ...beside(first.size, first.done)
    })
  ]
  if (firstReplicas === undefined || times.replicas.length === 0) return figures
  figures.push(
    figure({
      metric: `${size} nodes: a job at ${REPLICAS} providers, p50`,
      at: size,
      unit: 'ms',
      samples: times.replicas,
      ...beside(firstReplicas.size, firstReplicas.replicas)
    })
  )
  if (size !== PREDECESSOR_NODES) return figures
  const total = times.replicas.reduce((sum, ms) => sum + ms, 0) / MS_PER_SEC
  figures.push(
    figure({
      metric: `${size} nodes: ${JOBS} jobs at ${REPLICAS} providers, one after the other`,
      unit: 's',
      samples: [total],
      target: atMost(20, 's')
    })
  )
  return figures
}
