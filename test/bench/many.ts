import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { atMost, type Benchmark, figure } from './measure.ts'
import { timeSwarmJob, withSwarm } from './swarm.ts'

const JOBS = 10_000
const IN_FLIGHT = 10
const NODES = 5
const WARM_UP = 100
/** Memory and time are looked at so many times. */
const PARTS = 10
const QUICK_JOBS = 200
const MIB = 2 ** 20

interface Part {
  /** wall time a job */
  ms: number
  heapMiB: number
}

/** No-op jobs without an end: all are done, none takes longer than the first ones, and nothing of them stays in memory. */
export const many: Benchmark = {
  name: 'many',
  isLong: true,
  about: `${JOBS.toLocaleString('en')} no-op jobs, ${IN_FLIGHT} in flight, ${NODES} nodes`,
  run: ({ quick = false } = {}) =>
    withSwarm(NODES, async creator => {
      const jobs = quick ? QUICK_JOBS : JOBS
      const part = jobs / PARTS
      for (let i = 0; i < WARM_UP; i++) await timeSwarmJob(creator)
      const latencies: number[] = []
      const parts: Part[] = []
      let begun = 0
      let partBeganAt = performance.now()
      const lane = async (): Promise<void> => {
        while (begun < jobs) {
          begun++
          latencies.push((await timeSwarmJob(creator)).done ?? Number.NaN)
          if (latencies.length % part !== 0) continue
          parts.push({ ms: (performance.now() - partBeganAt) / part, heapMiB: heapMiB() })
          partBeganAt = performance.now()
        }
      }
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
      const each = parts.map(part => part.ms)
      const [first, last] = [parts[0], parts.at(-1)]
      const growth = (((last?.heapMiB ?? 0) - (first?.heapMiB ?? 0)) / (jobs - part)) * 1_000
      return [
        figure({
          metric: `time per job, ${IN_FLIGHT} in flight, all of ${jobs.toLocaleString('en')} done`,
          unit: 'ms',
          samples: each,
          target: atMost(100, 'ms')
        }),
        figure({
          metric: `submit → settled with ${IN_FLIGHT} in flight`,
          unit: 'ms',
          samples: latencies
        }),
        figure({
          metric: 'time per job, the last tenth',
          unit: 'ms',
          samples: [last?.ms ?? Number.NaN],
          baseline: { what: 'the first tenth', samples: [first?.ms ?? Number.NaN] }
        }),
        figure({ metric: 'heap growth per 1,000 jobs', unit: 'MiB', samples: [growth] })
      ]
    })
}

/** Live objects only: everything else is collected first. */
function heapMiB(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed / MIB
}
