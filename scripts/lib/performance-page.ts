// docs/performance.md is made of docs/performance.jsonl, which `npm run bench -- NAME --into docs` writes.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Figure,
  figureTable,
  flatChart,
  matchChart,
  mergeFigures,
  readFigures,
  writeFigures
} from './bench-figures.ts'
import { drawChart } from './chart.ts'

const FILE = 'performance.jsonl'

/** The kept figures of a folder; none where there is no file. */
export function keptFigures(dir: string): Figure[] {
  const file = join(dir, FILE)
  return existsSync(file) ? readFigures(readFileSync(file, 'utf8')) : []
}

/** Puts the figures of one benchmark in the place of those of its last run. */
export function keepFigures(dir: string, name: string, fresh: readonly Figure[], order: readonly string[]): void {
  writeFileSync(join(dir, FILE), writeFigures(mergeFigures(keptFigures(dir), name, fresh, order)))
}

export const performanceTable = (root: string): string => figureTable(keptFigures(join(root, 'docs')))
export const flatPicture = (root: string): string => drawChart(flatChart(keptFigures(join(root, 'docs'))))
export const matchPicture = (root: string): string => drawChart(matchChart(keptFigures(join(root, 'docs'))))
