// `node scripts/plot-bench.ts`: draws the curves of docs/performance.md from the figures kept beside it (`npm run bench -- NAME --json`).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from '../test/bench/measure.ts'
import { type Chart, drawChart } from './lib/chart.ts'

const docs = join(import.meta.dirname, '..', 'docs')
const figures = readFileSync(join(docs, 'performance.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Figure)

/** The curve of the figures of one name whose metric contains a text. */
const curve = (name: string, has: string): [number, number][] =>
  figures
    .filter(f => f.name === name && f.metric.includes(has))
    .flatMap(f => (f.at === undefined ? [] : [[f.at, f.value]]))

const matched = curve('match', 'jobs')
const [, second = [1, 1]] = matched
const growth = (n: number): number => n * Math.log(n)

const CHARTS: Record<string, Chart> = {
  'performance-match': {
    title: 'match(): as many jobs as offers',
    description: 'Milliseconds over the number of jobs, beside n log n through the second point: it grows faster.',
    x: { label: 'offers', isLog: true },
    y: { label: 'ms', isLog: true },
    series: [
      { name: 'measured', points: matched },
      { name: 'n log n', points: matched.map(([n]) => [n, (second[1] * growth(n)) / growth(second[0])]) }
    ]
  },
  'performance-flat': {
    title: 'One job after the other (median)',
    description: 'Milliseconds over the number of nodes in the network: about the same at all sizes.',
    x: { label: 'nodes', isLog: true },
    y: { label: 'ms', from: 0 },
    series: [
      { name: 'agreed', points: curve('flat', 'both signatures') },
      { name: 'settled', points: curve('flat', 'settled') },
      { name: 'at three providers', points: curve('flat', 'a job at') }
    ]
  }
}

for (const [name, chart] of Object.entries(CHARTS)) writeFileSync(join(docs, `${name}.svg`), drawChart(chart))
