import { clean } from '../../protocols/common/clean.ts'
import { formatAmount } from '../../protocols/common/units.ts'

export { clean }

/** A column is not cut below this. */
const NARROWEST = 6
const GAP = '  '

/** A column of a table, ready to be shown. */
export interface Drawn {
  heading: string
  cells: readonly string[]
  /** of the widest cell, or the heading */
  width: number
}

/** Each cell is made, cleaned and measured once: a list may have ten thousand rows. */
export function drawn<T>(heading: string, items: readonly T[], cell: (item: T) => string): Drawn {
  const title = clean(heading)
  let width = title.length
  const cells = items.map(item => {
    const text = clean(cell(item))
    if (text.length > width) width = text.length
    return text
  })
  return { heading: title, cells, width }
}

/**
 * Columns as wide as their widest cell; nothing but a note when there are no rows.
 *
 * @param columns of the terminal: where the rows are longer, the widest columns are cut
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
  columns = Number.POSITIVE_INFINITY
): string {
  if (rows.length === 0) return `${empty}\n`
  return tableOf(
    headings.map((heading, i) => drawn(heading, rows, row => row[i] ?? '')),
    columns
  )
}

/** The same of columns, which have as many cells each. */
export function tableOf(shown: readonly Drawn[], columns = Number.POSITIVE_INFINITY): string {
  const widths = fitted(
    shown.map(({ width }) => width),
    columns
  )
  const line = (cellOf: (column: Drawn) => string): string =>
    shown
      .map((column, i) => cut(cellOf(column), widths[i] ?? 0).padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd()
  const lines = [line(({ heading }) => heading)]
  const rows = shown[0]?.cells.length ?? 0
  for (let row = 0; row < rows; row++) lines.push(line(({ cells }) => cells[row] ?? ''))
  return `${lines.join('\n')}\n`
}

/** Takes from the widest column until all fit, or none can give more. */
function fitted(natural: readonly number[], columns: number): number[] {
  const widths = [...natural]
  let over = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - columns
  for (; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths))
    const width = widths[widest] ?? 0
    if (width <= NARROWEST) break
    widths[widest] = width - 1
  }
  return widths
}

const cut = (cell: string, width: number): string => (cell.length > width ? `${cell.slice(0, width - 1)}…` : cell)

/** Name and value per line; what is undefined is left out. */
export function fields(rows: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(rows).filter(([, value]) => value !== undefined)
  const width = Math.max(0, ...given.map(([name]) => name.length))
  return given.map(([name, value]) => `${name.padEnd(width)}  ${clean(String(value))}\n`).join('')
}

/** Long ids keep their ends, which are what people compare. */
export function short(id: string | undefined): string {
  if (id === undefined) return '-'
  return id.length > 20 ? `${id.slice(0, 10)}…${id.slice(-6)}` : id
}

export interface TokenView {
  symbol: string
  decimals: number
}

/** Papers do not name their token: amounts are shown by the decimals that nearly all have, and that is said. */
export const USUAL_TOKEN: TokenView = { symbol: 'tokens', decimals: 18 }
export const USUAL_TOKEN_NOTE =
  'amounts as of a token with 18 decimals: the file does not name it; --json has the smallest units'

/** `1500` of a token with 6 decimals: `0.0015 DCN` */
export function money(units: string | undefined, token: TokenView): string {
  return units === undefined ? '-' : `${formatAmount(BigInt(units), token.decimals)} ${clean(token.symbol)}`
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** To be read, not parsed: `1.4 MiB` */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < SIZES.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${SIZES[unit]}`
}

export function cores(cpuMillis: number): string {
  return String(cpuMillis / 1000)
}

export function when(ms: number): string {
  const text = new Date(ms).toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 19)}`
}

/** Seconds with as many digits as are worth reading. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`
}
