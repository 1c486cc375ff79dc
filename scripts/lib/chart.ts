/** A line of a chart; points in the order of x. */
export interface Series {
  name: string
  points: readonly (readonly [x: number, y: number])[]
}

export interface Axis {
  label: string
  /** equal steps are equal factors; values must be positive */
  isLog?: boolean
  /** where the axis ends, when the data should not say it */
  from?: number
  to?: number
}

export interface Chart {
  title: string
  /** what somebody who cannot see it should know */
  description: string
  x: Axis
  y: Axis
  series: readonly Series[]
}

/** Small enough that text of 15 units is read at 400 px. */
const WIDTH = 480
const HEIGHT = 340
const PLOT = { left: 62, right: 462, top: 90, bottom: 286 }
/** room for a letter of the legend in the widest of the fonts */
const CHAR = 8.6

/** Colours of text, grid and lines on white and on black; lines differ by dash and marker too. */
const STYLE = `
    text { font: 15px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328 }
    .t { font-size: 17px; font-weight: 600 } .e { text-anchor: end } .m { text-anchor: middle }
    .g { stroke: #d1d9e0; stroke-width: 1 } .l { fill: none; stroke-width: 2.5 }
    .c0 { stroke: #0969da; color: #0969da } .c1 { stroke: #bc4c00; color: #bc4c00; stroke-dasharray: 7 4 }
    .c2 { stroke: #1a7f37; color: #1a7f37; stroke-dasharray: 2 3 } .c3 { stroke: #8250df; color: #8250df; stroke-dasharray: 10 3 2 3 }
    .p { fill: currentColor; stroke: none }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .g { stroke: #3d444d }
      .c0 { stroke: #58a6ff; color: #58a6ff } .c1 { stroke: #f0883e; color: #f0883e }
      .c2 { stroke: #3fb950; color: #3fb950 } .c3 { stroke: #bc8cff; color: #bc8cff }
    }`

type Scale = (value: number) => number

/** The chart as an SVG of about 5 KB, for light and dark pages. At most four lines. */
export function drawChart({ title, description, x, y, series }: Chart): string {
  const xs = series.flatMap(s => s.points.map(([value]) => value))
  const ys = series.flatMap(s => s.points.map(([, value]) => value))
  const xTicks = ticksOf(x, xs)
  const yTicks = ticksOf(y, ys)
  const toX = scaleOf(x, xTicks, PLOT.left, PLOT.right)
  const toY = scaleOf(y, yTicks, PLOT.bottom, PLOT.top)
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `  <title id="title">${escaped(title)}</title>`,
    `  <desc id="desc">${escaped(description)}</desc>`,
    `  <style>${STYLE}\n  </style>`,
    `  <text class="t" x="12" y="24">${escaped(title)}</text>`,
    ...legend(series),
    ...yTicks.map(tick => grid(toY(tick), short(tick, digitsOf(yTicks)))),
    ...xTicks.map(
      tick => `  <text class="m" x="${at(toX(tick))}" y="${PLOT.bottom + 20}">${short(tick, digitsOf(xTicks))}</text>`
    ),
    `  <text class="m" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 10}">${escaped(x.label)}</text>`,
    `  <text x="12" y="${PLOT.top - 12}">${escaped(y.label)}</text>`,
    ...series.map((one, i) => line(one, i, toX, toY)),
    '</svg>',
    ''
  ]
  return parts.join('\n')
}

function legend(series: readonly Series[]): string[] {
  let left = 12
  return series.map(({ name }, i) => {
    const from = left
    left += 40 + name.length * CHAR
    const sample = `<path class="l c${i}" d="M${at(from)} 42h24"/>${marker(i, from + 12, 42)}`
    return `  ${sample}<text x="${at(from + 29)}" y="47">${escaped(name)}</text>`
  })
}

const grid = (y: number, label: string): string =>
  `  <path class="g" d="M${PLOT.left} ${at(y)}H${PLOT.right}"/><text class="e" x="${PLOT.left - 6}" y="${at(y + 5)}">${label}</text>`

function line({ points }: Series, i: number, toX: Scale, toY: Scale): string {
  const places = points.map(([x, y]) => [toX(x), toY(y)] as const)
  const path = places.map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('')
  return `  <path class="l c${i}" d="${path}"/>${places.map(([x, y]) => marker(i, x, y)).join('')}`
}

function marker(i: number, x: number, y: number): string {
  if (i % 2 === 0) return `<circle class="p c${i}" cx="${at(x)}" cy="${at(y)}" r="4"/>`
  return `<rect class="p c${i}" x="${at(x - 3.5)}" y="${at(y - 3.5)}" width="7" height="7"/>`
}

/** Whole powers of ten around the data, or about five round steps from zero. */
function ticksOf({ isLog, from, to }: Axis, values: readonly number[]): number[] {
  const least = from ?? (isLog === true ? Math.min(...values) : 0)
  const most = to ?? Math.max(...values)
  if (isLog === true) {
    const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))]
    return Array.from({ length: Math.max(1, high - low) + 1 }, (_, i) => 10 ** (low + i))
  }
  const rough = Math.max(1e-9, (most - least) / 5)
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = unit * ([1, 2, 2.5, 5, 10].find(factor => factor * unit >= rough) ?? 10)
  return Array.from({ length: Math.ceil((most - least) / step - 1e-9) + 1 }, (_, i) => least + i * step)
}

function scaleOf({ isLog }: Axis, ticks: readonly number[], start: number, end: number): Scale {
  const flat = isLog === true ? Math.log10 : (value: number) => value
  const [low, high] = [flat(ticks[0] ?? 0), flat(ticks.at(-1) ?? 1)]
  return value => start + ((flat(value) - low) / (high - low || 1)) * (end - start)
}

/** As many as it takes to tell two ticks apart. */
function digitsOf([first = 0, second = 1]: readonly number[]): number {
  return Math.max(2, Math.ceil(-Math.log10(Math.abs(second - first))))
}

/** 1200 as 1.2k: fits beside an axis. */
function short(value: number, digits: number): string {
  if (value >= 1e6) return `${+(value / 1e6).toFixed(1)}M`
  return value >= 1e3 ? `${+(value / 1e3).toFixed(1)}k` : `${+value.toFixed(digits)}`
}

const at = (value: number): string => `${+value.toFixed(1)}`
const escaped = (text: string): string => text.replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;' })[c] ?? '&gt;')
