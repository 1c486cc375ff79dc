import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type SlicePool, slicePool } from '../../node/engines/slices/index.ts'
import { atLeast, type Benchmark, figure, type Measured } from './measure.ts'

const WORKERS = 2
const SLICES = 50_000
const ROUNDS = 5
const WARM_UP = 1
/** A few microseconds of work, so that what is measured is the way there and back. */
const FUNCTION = 'x => { let n = x; for (let i = 0; i < 100; i++) n = (n * 31 + i) % 65521; return n }'

/** Trivial slices through sandboxes, beside the same function called in this process. */
export const slices: Benchmark = {
  name: 'slices',
  about: `${SLICES.toLocaleString('en')} trivial slices through ${WORKERS} sandboxes`,
  async run(): Promise<Measured[]> {
    const values = Array.from({ length: SLICES }, (_, i) => i)
    const plain = (await import(`data:text/javascript,export default ${encodeURIComponent(FUNCTION)}`)) as Module
    const bare = await rates(async () => {
      // with what JSON costs on both sides: a slice has to be data
      for (const value of values) JSON.parse(JSON.stringify(plain.default(JSON.parse(JSON.stringify(value)))))
    })
    const figures: Measured[] = []
    for (const [what, source] of [
      ['a function', `export default ${FUNCTION}`],
      ['an async function', `const f = ${FUNCTION}; export default async x => f(x)`]
    ] as const) {
      await using pool = await slicePool({ source, workers: WORKERS })
      const lag = monitorEventLoopDelay({ resolution: 5 })
      lag.enable()
      const samples = await rates(() => drain(pool, values))
      lag.disable()
      figures.push(
        figure({
          metric: `slices through ${WORKERS} sandboxes, ${what}`,
          unit: '/s',
          samples,
          baseline: { what: 'plain V8, one thread, JSON in and out', samples: bare },
          target: atLeast(5000, '/s')
        }),
        figure({
          metric: `longest stall of the event loop meanwhile, ${what}`,
          unit: 'ms',
          samples: [lag.max / 1e6]
        })
      )
    }
    return figures
  }
}

interface Module {
  default(value: number): number
}

async function drain(pool: SlicePool, values: readonly number[]): Promise<void> {
  for await (const result of pool.map(values)) if (!result.ok) throw result.error
}

/** Slices a second, of each round after the first. */
async function rates(round: () => Promise<void>): Promise<number[]> {
  const found: number[] = []
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    const start = performance.now()
    await round()
    found.push((SLICES * 1000) / (performance.now() - start))
  }
  return found.slice(WARM_UP)
}
