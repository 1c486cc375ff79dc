/** Lines over a logarithmic horizontal axis, as one SVG file without scripts or fonts of its own. */
export interface Chart {
  title: string
  x: string
  y: string
  /** whether the vertical axis is logarithmic too; else it starts at 0 */
  logY: boolean
  lines: readonly { name: string; points: readonly (readonly [x: number, y: number])[] }[]
}

const WIDTH = 720
const HEIGHT = 400
const PLOT = { left: 72, right: 700, top: 48, bottom: 344 }
/** Told apart by people who see no red or green, and by their dashes in print. */
const STROKES = [
  { color: '#0b5fa5', dash: '' },
  { color: '#c4570a', dash: '8 4' },
  { color: '#5b5b5b', dash: '2 4' }
]

export function lineChart({ title, x, y, logY, lines }: Chart): string {
  const points = lines.flatMap(line => line.points)
  const xs = [...new Set(points.map(([at]) => at))].sort((a, b) => a - b)
  const ys = ticks(Math.min(...points.map(p => p[1])), Math.max(...points.map(p => p[1])), logY)
  const atX = scale(Math.log(xs[0] ?? 1), Math.log(xs.at(-1) ?? 1), PLOT.left, PLOT.right - 24)
  const height = (value: number): number => (logY ? Math.log(value) : value)
  const atY = scale(height(ys[0] ?? 0), height(ys.at(-1) ?? 1), PLOT.bottom, PLOT.top)
  const px = (value: number): string => atX(Math.log(value)).toFixed(1)
  const py = (value: number): string => atY(height(value)).toFixed(1)
  const parts = [
    text(PLOT.left, 24, title, 'start', 16),
    ...ys.map(
      v =>
        `<path d="M${PLOT.left} ${py(v)}H${PLOT.right}" stroke="#dddddd"/>${text(PLOT.left - 8, +py(v) + 4, short(v), 'end')}`
    ),
    ...xs.map(v => text(+px(v), PLOT.bottom + 20, short(v), 'middle')),
    text((PLOT.left + PLOT.right) / 2, HEIGHT - 12, x, 'middle'),
    text(PLOT.left - 8, PLOT.top - 10, y, 'end'),
    ...lines.flatMap(({ name, points: of }, i) => {
      const { color, dash } = STROKES[i % STROKES.length] ?? { color: '#000000', dash: '' }
      const line = of.map(([at, value]) => `${px(at)} ${py(value)}`).join('L')
      const key = PLOT.top + 14 + 20 * i
      const stroke = `fill="none" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"`
      return [
        `<path d="M${line}" ${stroke}/>`,
        ...of.map(([at, value]) => `<circle cx="${px(at)}" cy="${py(value)}" r="3.5" fill="${color}"/>`),
        `<path d="M${PLOT.left + 12} ${key}h32" ${stroke}/>${text(PLOT.left + 52, key + 4, name, 'start')}`
      ]
    })
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" fill="#222222">
<title>${plain(title)}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`
}

/** Powers of ten around the values, or round steps from 0 with a fifth of the height left for the legend. */
function ticks(least: number, most: number, log: boolean): number[] {
  if (!log) {
    const rough = (1.25 * most) / 5
    const power = 10 ** Math.floor(Math.log10(rough))
    const step = power * ([1, 2, 5, 10].find(n => n * power >= rough) ?? 10)
    return Array.from({ length: 6 }, (_, i) => i * step)
  }
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))]
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i))
}

const scale =
  (from: number, to: number, start: number, end: number) =>
  (value: number): number =>
    start + ((value - from) / (to - from || 1)) * (end - start)

const plain = (words: string): string => words.replace(/[&<>]/g, c => `&#${c.charCodeAt(0)};`)
const short = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 })

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end', size = 13): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}">${plain(words)}</text>`
}
