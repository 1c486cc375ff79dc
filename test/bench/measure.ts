import { cpus, totalmem } from 'node:os'

/** One figure of a benchmark, as it is printed: `ratio` = value / baseline, both measured in the same run. */
export interface Figure {
  name: string
  metric: string
  /** where on the horizontal axis of a chart: the size that grows */
  at?: number
  unit: 'ms' | 'MB/s' | 'KiB' | 'MiB' | 's' | 'gas' | 'messages' | '/s'
  value: number
  min: number
  max: number
  baseline?: { what: string; value: number }
  target?: string
  met?: boolean
  samples: number
}

export interface BenchmarkOptions {
  /** sizes of networks, where a benchmark has several. @default its own */
  nodes?: readonly number[]
}

export interface Benchmark {
  name: string
  about: string
  run(options?: BenchmarkOptions): Promise<Figure[]>
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The value below which the given share of the samples lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Milliseconds that `work` takes, `count` times one after another. */
export async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await work()
    taken.push(performance.now() - start)
  }
  return taken
}

export function figure(
  init: Pick<Figure, 'name' | 'metric' | 'unit' | 'at'> & {
    samples: readonly number[]
    baseline?: { what: string; samples: readonly number[] }
    target?: { text: string; holds(value: number, baseline: number): boolean }
  }
): Figure {
  const { name, metric, at, unit, samples, baseline, target } = init
  const value = median(samples)
  const base = baseline === undefined ? undefined : median(baseline.samples)
  return {
    name,
    metric,
    ...(at === undefined ? {} : { at }),
    unit,
    value: round(value),
    min: round(Math.min(...samples)),
    max: round(Math.max(...samples)),
    ...(baseline === undefined || base === undefined ? {} : { baseline: { what: baseline.what, value: round(base) } }),
    ...(target === undefined ? {} : { target: target.text, met: target.holds(value, base ?? 0) }),
    samples: samples.length
  }
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`

const round = (n: number): number => Math.round(n * 100) / 100
