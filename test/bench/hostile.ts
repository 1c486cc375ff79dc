import { monitorEventLoopDelay } from 'node:perf_hooks'
import { jsEngine } from '../../node/engines/js/index.ts'
import { runJob, Workplace } from '../compliance/engine/harness.ts'
import { HOSTILE } from '../support/js/hostile.ts'
import { atMost, atMostTimes, type Benchmark, figure, type Measured, times } from './measure.ts'

const MEMORY_BYTES = 32 * 1024 * 1024
/** Long against what the node gives a sandbox to end itself. */
const LIMIT_MS = 1_000

/** Whether hostile programs hold up the node: how long they live beyond their limit, and what its event loop feels of them. */
export const hostile: Benchmark = {
  name: 'hostile',
  about: `${HOSTILE.length} hostile programs, one after another, limit ${LIMIT_MS} ms`,
  async run(): Promise<Measured[]> {
    const engine = jsEngine()
    const place = await Workplace.make()
    await engine.start()
    const job = (source: string) => ({
      engine: { js: { source, entry: 'default' } },
      memoryBytes: MEMORY_BYTES,
      timeoutMs: LIMIT_MS
    })
    const lag = monitorEventLoopDelay({ resolution: 5 })
    try {
      const lives: number[] = []
      lag.enable()
      for (const { source } of HOSTILE) lives.push((await runJob(engine, place, job(source))).outcome.usage.wallMs)
      lag.disable()
      const next = await times(10, () => runJob(engine, place, job('export default () => 0')))
      return [
        figure({
          metric: `the longest life of ${HOSTILE.length} hostile js programs`,
          unit: 'ms',
          samples: [Math.max(...lives)],
          baseline: { what: 'its limit', samples: [LIMIT_MS] },
          target: atMostTimes(2)
        }),
        figure({
          metric: "the longest stall of the node's event loop meanwhile",
          unit: 'ms',
          samples: [lag.max / 1e6],
          target: atMost(100, 'ms')
        }),
        figure({ metric: 'a trivial job afterwards, p50', unit: 'ms', samples: next })
      ]
    } finally {
      await engine.stop()
      await place.remove()
    }
  }
}
