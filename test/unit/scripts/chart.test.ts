import assert from 'node:assert/strict'
import { type Chart, drawChart } from '../../../scripts/lib/chart.ts'

const CHART: Chart = {
  title: 'Bytes & <more>',
  description: 'what grows',
  x: { label: 'nodes', isLog: true },
  y: { label: 'bytes', from: 0 },
  series: [
    {
      name: 'flat',
      points: [
        [10, 0],
        [100, 50],
        [1_000, 100]
      ]
    },
    {
      name: 'lanes',
      points: [
        [10, 0],
        [1_000, 10]
      ]
    }
  ]
}

/** x and y of every corner of the line of a series. */
function corners(svg: string, series: number): number[][] {
  const path = new RegExp(`<path class="l c${series}" d="(M[^"]*L[^"]*)"`).exec(svg)?.[1] ?? ''
  return path
    .split(/[ML]/)
    .slice(1)
    .map(place => place.split(' ').map(Number))
}

describe('scripts/chart', () => {
  const svg = drawChart(CHART)

  it('default: names what it shows, escaped, for light and dark pages', () => {
    assert.match(svg, /<title id="title">Bytes &amp; &lt;more&gt;<\/title>/)
    assert.match(svg, /<desc id="desc">what grows<\/desc>/)
    assert.match(svg, /prefers-color-scheme: dark/)
    assert.ok(svg.length < 8_000)
  })

  it('default: equal factors are equal steps on a logarithmic axis, zero is at the bottom of the other', () => {
    const [low, middle, high] = corners(svg, 0) as [number[], number[], number[]]
    assert.equal(2 * (middle[0] ?? 0), (low[0] ?? 0) + (high[0] ?? 0))
    assert.ok(Math.abs(2 * (middle[1] ?? 0) - (low[1] ?? 0) - (high[1] ?? 0)) < 0.2)
    assert.ok((low[1] ?? 0) > (high[1] ?? 0))
    assert.deepEqual(corners(svg, 1)[0], low)
  })

  it('behavior: every point lies inside the picture', () => {
    for (const y of [{ label: 'y', isLog: true }, { label: 'y' }]) {
      const points = [
        [3, 7],
        [40, 7_000],
        [20_000, 250_000]
      ] as const
      const drawn = drawChart({ ...CHART, y, series: [{ name: 'one', points }] })
      for (const [x = 0, top = 0] of corners(drawn, 0)) assert.ok(x >= 62 && x <= 462 && top >= 90 && top <= 286)
    }
  })

  it('behavior: steps far below one are told apart', () => {
    const fine = drawChart({
      ...CHART,
      x: { label: 'x' },
      y: { label: 'y', from: 3.135, to: 3.15 },
      series: [
        {
          name: 'π',
          points: [
            [0, 3.14],
            [1, 3.145]
          ]
        }
      ]
    })
    const labels = [...fine.matchAll(/class="e"[^>]*>([^<]+)</g)].map(([, label]) => label)
    assert.deepEqual(labels.slice(0, 3), ['3.135', '3.14', '3.145'])
  })
})
