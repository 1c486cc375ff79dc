// `node scripts/plot-bench.ts`: draws the curves of docs/performance.md from the figures kept beside it (`npm run bench -- NAME --json`).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from '../test/bench/measure.ts'
import { lineChart } from './lib/line-chart.ts'

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

writeFileSync(
  join(docs, 'performance-match.svg'),
  lineChart({
    title: 'match(): as many jobs as offers, 16 classes, 64 rates',
    x: 'offers',
    y: 'ms',
    logY: true,
    lines: [
      { name: 'measured', points: matched },
      { name: 'n log n through 1,000', points: matched.map(([n]) => [n, (second[1] * growth(n)) / growth(second[0])]) }
    ]
  })
)
writeFileSync(
  join(docs, 'performance-flat.svg'),
  lineChart({
    title: 'one job after the other, on networks of growing size (median)',
    x: 'nodes',
    y: 'ms',
    logY: false,
    lines: [
      { name: 'submit → both signatures', points: curve('flat', 'both signatures') },
      { name: 'submit → settled', points: curve('flat', 'settled') },
      { name: 'the same at three providers', points: curve('flat', 'a job at') }
    ]
  })
)
