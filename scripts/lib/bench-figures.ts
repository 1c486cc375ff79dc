// The figures of docs/performance.jsonl: one object a line, in the order of the benchmarks; a table and curves are made of them.
import { z } from 'zod'
import type { Measured } from '../../test/bench/measure.ts'
import type { Chart } from './chart.ts'

/** One line of the file. */
export const figureSchema = z.strictObject({
  /** of the benchmark */
  name: z.string(),
  metric: z.string(),
  at: z.number().optional(),
  unit: z.string(),
  value: z.number(),
  min: z.number(),
  max: z.number(),
  baseline: z.strictObject({ what: z.string(), value: z.number() }).optional(),
  /** value / baseline, of the same run */
  ratio: z.number().optional(),
  target: z.string().optional(),
  met: z.boolean().optional(),
  samples: z.number(),
  machine: z.string(),
  /** cores that other programs used in the second before */
  busy: z.number().optional(),
  /** YYYY-MM-DD */
  date: z.string().optional()
})

/** More than so many cores used by others, and times say little. */
export const QUIET_CORES = 0.5
/** What other programs do not change. */
const COUNTED = new Set(['gas', 'KiB', 'MiB', 'messages'])

export type Figure = z.infer<typeof figureSchema>

export interface Circumstances {
  machine: string
  busy: number
  date: string
}

/** What a benchmark found, as it is kept. @throws Error when two figures have one metric */
export function figuresOf(name: string, found: readonly Measured[], circumstances: Circumstances): Figure[] {
  const metrics = new Set(found.map(f => f.metric))
  if (metrics.size !== found.length) throw new Error(`two figures of ${name} have one name`)
  return found.map(f => {
    // a baseline of less than a hundredth is kept as 0; infinity could not be written
    const ratio = f.baseline?.value ? { ratio: hundredths(f.value / f.baseline.value) } : {}
    return { name, ...f, ...ratio, ...circumstances }
  })
}

/** @throws ZodError, SyntaxError */
export function readFigures(text: string): Figure[] {
  const lines = text.split('\n').filter(line => line !== '')
  return lines.map(line => figureSchema.parse(JSON.parse(line)))
}

export const writeFigures = (figures: readonly Figure[]): string => figures.map(f => `${JSON.stringify(f)}\n`).join('')

/** All figures of a benchmark are replaced by those of its last run; what is no benchmark any more goes. */
export function mergeFigures(
  kept: readonly Figure[],
  name: string,
  fresh: readonly Figure[],
  order: readonly string[]
): Figure[] {
  const all = [...kept.filter(f => f.name !== name), ...fresh]
  return order.flatMap(n => all.filter(f => f.name === n))
}

/** For people at a terminal. */
export function figureLines(figures: readonly Figure[]): string[] {
  const width = Math.max(...figures.map(f => f.metric.length))
  return figures.map(f => {
    const target = f.target === undefined ? '' : `  target ${f.target}: ${f.met === true ? 'met' : 'MISSED'}`
    const against = againstText(f)
    return `  ${f.metric.padEnd(width)}  ${valueText(f)}${against === '' ? '' : `  ${against}`}${target}`
  })
}

/** The rows of docs/performance.md, and under what circumstances they were measured. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(f => row([f.name, f.metric, valueText(f), againstText(f), f.target ?? '', resultText(f)]))
  const head = ['| name | what | value | against | target | |', '|---|---|---|---|---|---|']
  return [...head, ...rows, '', circumstancesText(figures)].join('\n')
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function valueText({ value, min, max, unit, samples }: Figure): string {
  const spread = samples === 1 ? '' : ` (${numberText(min)} to ${numberText(max)})`
  return `${numberText(value)} ${unit}${spread}`
}

function againstText({ baseline, ratio, unit }: Figure): string {
  if (baseline === undefined || ratio === undefined) return ''
  return `${numberText(ratio)} × ${baseline.what} (${numberText(baseline.value)} ${unit})`
}

const isBusy = ({ busy = 0, unit }: Figure): boolean => busy > QUIET_CORES && !COUNTED.has(unit)

/** Kept before the load beside them was: what they were measured under, nobody knows. */
const isEarlier = ({ busy, unit }: Figure): boolean => busy === undefined && !COUNTED.has(unit)

function resultText(figure: Figure): string {
  const result = figure.met === undefined ? '' : figure.met ? 'met' : '**missed**'
  return `${result}${isBusy(figure) ? ' †' : ''}${isEarlier(figure) ? ' ‡' : ''}`
}

function circumstancesText(figures: readonly Figure[]): string {
  const distinct = (values: readonly (string | undefined)[]) => [...new Set(values.filter(v => v !== undefined))].sort()
  const machines = distinct(figures.map(f => f.machine)).join('; ')
  const dates = distinct(figures.map(f => f.date)).join(', ')
  const measured = `Measured on ${machines}${dates === '' ? '' : `; ${dates}`}.`
  const most = Math.max(...figures.map(f => f.busy ?? 0))
  const busy = `† while other programs used more than ${QUIET_CORES} cores, up to ${numberText(most)}: to be measured again.`
  const earlier =
    '‡ on an earlier version, without a date and with what other programs used unknown: to be measured again.'
  return [measured, ...(figures.some(isBusy) ? [busy] : []), ...(figures.some(isEarlier) ? [earlier] : [])].join(' ')
}

/** Digits that say something, with commas between thousands. */
function numberText(n: number): string {
  const digits = Math.abs(n) >= 1000 ? 0 : Math.abs(n) >= 100 ? 1 : 2
  return n.toLocaleString('en', { maximumFractionDigits: digits })
}

const hundredths = (n: number): number => Math.round(n * 100) / 100

/** The curve of the figures of some benchmarks whose metric contains a text; the first of each size. */
function curve(figures: readonly Figure[], names: string, has: string): [number, number][] {
  const points = new Map<number, number>()
  for (const { name, metric, at, value } of figures) {
    if (at === undefined || points.has(at) || !name.startsWith(names) || !metric.includes(has)) continue
    points.set(at, value)
  }
  return [...points].sort(([a], [b]) => a - b)
}

/** Beside n log n through the second point. */
export function matchChart(figures: readonly Figure[]): Chart {
  const matched = curve(figures, 'match', 'jobs')
  const [, second = [Math.E, 1]] = matched
  const growth = (n: number): number => n * Math.log(n)
  return {
    title: 'match(): as many jobs as offers',
    description: 'Milliseconds over the number of jobs, beside n log n through the second point: it grows faster.',
    x: { label: 'offers', isLog: true },
    y: { label: 'ms', isLog: true },
    series: [
      { name: 'measured', points: matched },
      { name: 'n log n', points: matched.map(([n]) => [n, (second[1] * growth(n)) / growth(second[0])]) }
    ]
  }
}

export function flatChart(figures: readonly Figure[]): Chart {
  return {
    title: 'One job after the other (median)',
    description: 'Milliseconds over the number of nodes in the network: about the same at all sizes.',
    x: { label: 'nodes', isLog: true },
    y: { label: 'ms', from: 0 },
    series: [
      { name: 'agreed', points: curve(figures, 'flat', 'both signatures') },
      { name: 'settled', points: curve(figures, 'flat', 'settled') },
      { name: 'at three providers', points: curve(figures, 'flat', 'a job at') }
    ]
  }
}
