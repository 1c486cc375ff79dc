import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Axis, type Chart, drawChart, type Series } from '../../../scripts/lib/chart.ts'
import { playMarket } from './market-world.ts'
import { type MarketOptions, worldOf } from './options.ts'
import type { Report } from './report.ts'

/** Sizes, and how long each is watched: small worlds need longer until enough has happened. */
const SIZES: readonly (readonly [nodes: number, seconds: number])[] = [
  [10, 600],
  [30, 400],
  [100, 200],
  [300, 40],
  [1_000, 15],
  [3_000, 15],
  [10_000, 15]
]
const SHARD_BITS = 2
/** one size a line */
const DATA = 'curves.jsonl'

interface Point {
  nodes: number
  flat: Report
  lanes: Report
}

/** Plays worlds of growing size, flat and with lanes, and draws what came out. The figures are kept beside the pictures. */
export async function drawCurves(
  dir: string,
  world: Partial<MarketOptions>,
  say: (line: string) => void
): Promise<void> {
  const { nodes: most = 1_000, seconds: _each, lanes: shardBits = SHARD_BITS, ...rest } = world
  mkdirSync(dir, { recursive: true })
  const points: Point[] = []
  for (const [nodes, seconds] of SIZES) {
    if (nodes > most) break
    const play = async (lanes: { lanes?: number }) => {
      const startMs = performance.now()
      const report = await playMarket(worldOf({ ...rest, nodes, seconds, ...lanes }))
      say(`${report.command}: ${Math.round((performance.now() - startMs) / 1_000)} s`)
      return report
    }
    points.push({ nodes, flat: await play({}), lanes: await play({ lanes: shardBits }) })
    writeFileSync(join(dir, DATA), points.map(point => `${JSON.stringify(point)}\n`).join(''))
  }
  drawFrom(dir)
}

/** Draws from the figures of the last time. */
export function drawFrom(dir: string): void {
  const lines = readFileSync(join(dir, DATA), 'utf8').trim().split('\n')
  const points = lines.map(line => JSON.parse(line) as Point)
  for (const [name, chart] of Object.entries(CHARTS)) writeFileSync(join(dir, `${name}.svg`), drawChart(chart(points)))
}

const NODES: Axis = { label: 'nodes', isLog: true }

const series = (name: string, points: readonly Point[], y: (point: Point) => number): Series => ({
  name,
  points: points.map(point => [point.nodes, y(point)])
})

const CHARTS: Record<string, (points: readonly Point[]) => Chart> = {
  bytes: points => ({
    title: 'What a node receives',
    description:
      'Bytes a second, mean over all nodes: it grows with the market on one topic, far more slowly in lanes.',
    x: NODES,
    y: { label: 'bytes a second', isLog: true },
    series: [
      series('one topic', points, p => p.flat.bytesPerNodeSecond.total),
      series('lanes', points, p => p.lanes.bytesPerNodeSecond.total),
      series('lanes, a creator', points, p => p.lanes.bytesPerNodeSecond.creator)
    ]
  }),
  spread: points => ({
    title: 'Until the last node has an offer',
    description: 'Virtual milliseconds from publishing to the last book: median and 99th percentile of offers.',
    x: NODES,
    y: { label: 'ms', from: 0 },
    series: [
      series('p50', points, p => p.flat.spread.p50Ms),
      series('p99', points, p => p.flat.spread.p99Ms),
      series('lanes p50', points, p => p.lanes.spread.p50Ms),
      series('lanes p99', points, p => p.lanes.spread.p99Ms)
    ]
  }),
  'rank-zero': points => ({
    title: 'Jobs that their best offer took',
    description: 'Share of agreed jobs whose provider was first in the ranking of all offers there were at submission.',
    x: NODES,
    y: { label: '% of agreed jobs', from: 0, to: 100 },
    series: [
      series('one topic', points, p => p.flat.jobs.bestPercent),
      series('lanes', points, p => p.lanes.jobs.bestPercent)
    ]
  }),
  agreed: points => ({
    title: 'From submit to both signatures',
    description: 'Virtual milliseconds; one exchange of messages, whatever the size of the network.',
    x: NODES,
    y: { label: 'ms', from: 0 },
    series: [
      series('p50', points, p => p.flat.agreedMs.p50),
      series('p99', points, p => p.flat.agreedMs.p99),
      series('lanes p50', points, p => p.lanes.agreedMs.p50),
      series('lanes p99', points, p => p.lanes.agreedMs.p99)
    ]
  })
}
