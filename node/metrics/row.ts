import type { MetricSources } from './sources.ts'

export interface Sample {
  labels?: Record<string, string>
  value: number
}

/** One metric: what it is called, what it means, and where it is read when somebody asks. */
export interface MetricRow {
  /** `dcn_<component>_<thing>_<unit|total>`; what ends in `_total` only grows */
  name: `dcn_${string}`
  help: string
  labels?: readonly string[]
  /** a number, samples with labels, or undefined where this node has no such thing */
  read(sources: MetricSources): Reading | Promise<Reading>
}
export type Reading = number | readonly Sample[] | undefined

/** Samples of a record: its keys become the values of one label. */
export const byLabel = (label: string, values: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }))
