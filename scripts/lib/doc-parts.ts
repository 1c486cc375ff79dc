// The parts of the documentation that are rendered from the sources they describe. A page names its part between two markers;
// what stands between them is replaced.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { optionTable } from '../../node/config/option-table.ts'

export interface DocPart {
  page: string
  /** stands in the markers */
  name: string
  render(): string
}

export const DOC_PARTS: readonly DocPart[] = [{ page: 'docs/cli.md', name: 'options', render: optionTable }]

/** Writes each part into its page; gives the pages that changed. */
export function writeDocParts(root: string, parts: readonly DocPart[] = DOC_PARTS): string[] {
  return parts.filter(part => writePart(root, part)).map(part => part.page)
}

function writePart(root: string, { page, name, render }: DocPart): boolean {
  const file = join(root, page)
  const before = readFileSync(file, 'utf8')
  const after = replaceBetweenMarkers(before, name, render(), page)
  if (after !== before) writeFileSync(file, after)
  return after !== before
}

export function replaceBetweenMarkers(text: string, name: string, rendered: string, page: string): string {
  const begin = `<!-- ${name}: by npm run docs -->`
  const end = `<!-- end of ${name} -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`${page} lacks the markers '${begin}' and '${end}'`)
  return `${text.slice(0, from)}${begin}\n\n${rendered}\n\n${text.slice(to)}`
}
