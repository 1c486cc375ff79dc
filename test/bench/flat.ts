import type { NodeApi } from '../../node/http/api.ts'
import type { OfferView } from '../../node/http/views.ts'
import { type Benchmark, type Figure, figure } from './measure.ts'
import { NOOP, timeSwarmJob, withSwarm } from './swarm.ts'

const SIZES = [3, 10, 50, 100, 200]
const JOBS = 60
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
export const flat: Benchmark = {
  name: 'flat',
  about: `${JOBS} sequential no-op jobs, and ${JOBS} at ${REPLICAS} providers each, on networks of ${SIZES.join(', ')} nodes`,
  async run({ nodes = SIZES } = {}) {
    const figures: Figure[] = []
    let first: (Times & { size: number }) | undefined
    let firstReplicas: Times | undefined
    for (const size of nodes) {
      const times = await withSwarm(size, creator => measure(creator, size))
      first ??= { ...times, size }
      if (times.replicas.length > 0) firstReplicas ??= times
      figures.push(...figuresOf(size, times, first, firstReplicas))
    }
    return figures
  }
}

async function measure(creator: NodeApi, size: number): Promise<Times> {
  const times: Times = { agreed: [], done: [], replicas: [] }
  for (let i = 0; i < WARM_UP; i++) await timeSwarmJob(creator)
  for (let i = 0; i < JOBS; i++) {
    const job = await timeSwarmJob(creator)
    times.agreed.push(job.agreed ?? Number.NaN)
    times.done.push(job.done ?? Number.NaN)
  }
  if (size < MIN_NODES_FOR_REPLICAS) return times
  const offers = await creator.offers()
  for (let i = 0; i < JOBS; i++) {
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
  firstReplicas: Times | undefined
): Figure[] {
  const ratio = (what: string, samples: number[]) => ({
    baseline: { what, samples },
    target: { text: '≤ 1.2 × it', holds: (value: number, base: number) => value <= 1.2 * base }
  })
  const base = `${first.size} nodes`
  const figures = [
    figure({
      name: 'flat',
      metric: `${size} nodes: submit → both signatures, p50`,
      at: size,
      unit: 'ms',
      samples: times.agreed,
      ...ratio(base, first.agreed)
    }),
    figure({
      name: 'flat',
      metric: `${size} nodes: submit → settled, p50`,
      at: size,
      unit: 'ms',
      samples: times.done,
      ...ratio(base, first.done)
    })
  ]
  if (firstReplicas === undefined) return figures
  figures.push(
    figure({
      name: 'flat',
      metric: `${size} nodes: a job at ${REPLICAS} providers, p50`,
      at: size,
      unit: 'ms',
      samples: times.replicas,
      ...ratio('the smallest', firstReplicas.replicas)
    })
  )
  if (size !== PREDECESSOR_NODES) return figures
  const total = times.replicas.reduce((sum, ms) => sum + ms, 0) / MS_PER_SEC
  figures.push(
    figure({
      name: 'flat',
      metric: `${size} nodes: ${JOBS} jobs at ${REPLICAS} providers, one after the other`,
      unit: 's',
      samples: [total],
      target: { text: '≤ 20 s', holds: value => value <= 20 }
    })
  )
  return figures
}
