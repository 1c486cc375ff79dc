import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Clock } from '../components.ts'
import type { MetricRow, Sample } from './row.ts'
import { METRICS } from './rows.ts'
import type { MetricSources } from './sources.ts'

/** The text format of Prometheus. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE
/** A balance is asked from the chain: no more often than it changes, whoever scrapes. */
const WALLET_KEPT_MS = 15_000
/** Two scrapers at once are one look. */
const STATUS_KEPT_MS = 1_000

/** What is the same for every node of a process. Nothing is measured before somebody asks: the lag of the event loop takes a timer. */
let ofProcess: Registry | undefined
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

/** The metrics of a node, read when they are asked for. */
export class Metrics {
  readonly #registry = new Registry()

  constructor(sources: MetricSources, clock: Clock) {
    const cached: MetricSources = {
      ...sources,
      status: kept(sources.status, STATUS_KEPT_MS, clock),
      wallet: kept(sources.wallet, WALLET_KEPT_MS, clock)
    }
    for (const row of METRICS) register(this.#registry, row, cached)
  }

  async text(): Promise<string> {
    return await Registry.merge([this.#registry, processRegistry()]).metrics()
  }
}

function register(registry: Registry, row: MetricRow, sources: MetricSources): void {
  const init = { name: row.name, help: row.help, labelNames: row.labels ?? [], registers: [registry] }
  const samples = async (): Promise<readonly Sample[]> => {
    const reading = await row.read(sources)
    if (reading === undefined) return []
    return typeof reading === 'number' ? [{ value: reading }] : reading
  }
  if (row.name.endsWith('_total')) {
    new Counter({
      ...init,
      async collect() {
        const found = await samples()
        this.reset()
        for (const { labels = {}, value } of found) this.inc(labels, value)
      }
    })
    return
  }
  new Gauge({
    ...init,
    async collect() {
      const found = await samples()
      this.reset()
      // what a node does not have is not there, rather than zero
      if (row.labels === undefined) this.remove()
      for (const { labels = {}, value } of found) this.set(labels, value)
    }
  })
}

function kept<T>(read: () => Promise<T>, keptMs: number, clock: Clock): () => Promise<T> {
  let last: { atMs: number; value: Promise<T> } | undefined
  return () => {
    const nowMs = clock.nowMs()
    if (last === undefined || nowMs - last.atMs >= keptMs) last = { atMs: nowMs, value: read() }
    return last.value
  }
}
