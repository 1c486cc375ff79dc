// Puts the shares together: a table on the terminal, and the running estimate with its 95 % interval as a picture.
// node summary.ts FOLDER-OF-RESULTS PICTURE.svg
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawChart } from '../../../scripts/lib/chart.ts'

interface Share {
  share: number
  points: number
  inside: number
}

interface Running {
  points: number
  estimate: number
  /** half the width of the interval that holds π in 95 of 100 runs */
  margin: number
}

const [, , results = 'results', picture = 'pi.svg'] = process.argv
const shares = readdirSync(results)
  .map(name => JSON.parse(readFileSync(join(results, name, 'outputs', 'outputs', 'share.json'), 'utf8')) as Share)
  .sort((a, b) => a.share - b.share)

/** After each further share. The margin is that of a share of points: p(1 - p)/n, times four, 1.96 times its root. */
function running(): Running[] {
  let [points, inside] = [0, 0]
  return shares.map(share => {
    points += share.points
    inside += share.inside
    const p = inside / points
    return { points, estimate: 4 * p, margin: 1.96 * 4 * Math.sqrt((p * (1 - p)) / points) }
  })
}

const steps = running()
console.log('share     points     inside   running estimate')
for (const [i, { share, points, inside }] of shares.entries()) {
  const { estimate = 0, margin = 0 } = steps[i] ?? {}
  const numbers = [String(share).padStart(5), String(points).padStart(10), String(inside).padStart(10)]
  console.log(`${numbers.join(' ')}   ${estimate.toFixed(6)} ± ${margin.toFixed(6)}`)
}
const last = steps.at(-1) as Running
const off = Math.abs(last.estimate - Math.PI)
console.log(`π is ${last.estimate.toFixed(6)} ± ${last.margin.toFixed(6)}; off by ${off.toExponential(1)}`)

const millions = (points: number) => points / 1e6
writeFileSync(
  picture,
  drawChart({
    title: `π from ${shares.length} jobs`,
    description: `The estimate after each of ${shares.length} shares, with its 95 % interval; at the end ${last.estimate.toFixed(6)} ± ${last.margin.toFixed(6)}.`,
    x: { label: 'million points' },
    y: { label: '', ...around(steps) },
    series: [
      { name: 'estimate', points: steps.map(s => [millions(s.points), s.estimate]) },
      { name: 'high', points: steps.map(s => [millions(s.points), s.estimate + s.margin]) },
      { name: 'low', points: steps.map(s => [millions(s.points), s.estimate - s.margin]) },
      {
        name: 'π',
        points: [
          [0, Math.PI],
          [millions(last.points), Math.PI]
        ]
      }
    ]
  })
)
console.log(`picture: ${picture}`)
// a picture or a table of something else would be worse than none
if (off > 2 * last.margin) process.exitCode = 1

/** An axis that shows all of the intervals and ends at round numbers. */
function around(all: readonly Running[]): { from: number; to: number } {
  const widest = Math.max(...all.map(s => Math.abs(s.estimate - Math.PI) + s.margin))
  const step = 10 ** Math.floor(Math.log10(widest)) / 2
  return { from: Math.floor((Math.PI - widest) / step) * step, to: Math.ceil((Math.PI + widest) / step) * step }
}
