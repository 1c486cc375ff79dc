/** One figure of a benchmark: the median of its samples, beside a baseline that was measured in the same run. */
export interface Measured {
  /** one of its kind in its benchmark */
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
  /** a few samples and small sizes: whether it runs, not how fast */
  quick?: boolean
}

export interface Benchmark {
  name: string
  about: string
  /** takes many minutes: only by its name or with `--all` */
  isLong?: boolean
  /** gives nothing where the machine lacks what it needs, and says so */
  run(options?: BenchmarkOptions): Promise<Measured[]>
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

/** @throws Error without samples, or with one that is no number */
export function figure(
  init: Pick<Measured, 'metric' | 'unit' | 'at'> & {
    samples: readonly number[]
    baseline?: { what: string; samples: readonly number[] }
    target?: { text: string; holds(value: number, baseline: number): boolean }
  }
): Measured {
  const { metric, at, unit, samples, baseline, target } = init
  for (const list of [samples, baseline?.samples ?? [0]]) {
    if (list.length === 0 || list.some(Number.isNaN)) throw new Error(`no samples of "${metric}"`)
  }
  const value = median(samples)
  const base = baseline === undefined ? undefined : median(baseline.samples)
  return {
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

/** Of numbers that are at most, or at least, so large. */
export const atMost = (limit: number, unit: string) => ({
  text: `≤ ${limit.toLocaleString('en')} ${unit}`,
  holds: (value: number) => value <= limit
})
export const atLeast = (limit: number, unit: string) => ({
  text: `≥ ${limit.toLocaleString('en')} ${unit}`,
  holds: (value: number) => value >= limit
})
/** Of ratios to the baseline. */
export const atMostTimes = (factor: number) => ({
  text: `≤ ${factor} × it`,
  holds: (value: number, base: number) => value <= factor * base
})
export const atLeastTimes = (factor: number) => ({
  text: `≥ ${factor} × it`,
  holds: (value: number, base: number) => value >= factor * base
})

const round = (n: number): number => Math.round(n * 100) / 100
