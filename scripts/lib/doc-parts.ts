// The parts of the documentation that are rendered from the sources they describe. A page names its part between two markers;
// what stands between them is replaced.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { optionTable } from '../../node/config/option-table.ts'
import { metricTable } from '../../node/metrics/metric-table.ts'
import { errorsPage, openApiFile, routeTable } from './api-docs.ts'
import { commandDocs } from './command-docs.ts'
import { jsonSchemas, jsonTable } from './json-docs.ts'
import { replaceBetween } from './markers.ts'
import { flatPicture, matchPicture, performanceTable } from './performance-page.ts'

/** Commands are loaded one by one, rendering is not: their text is made before. */
const COMMANDS_TEXT = await commandDocs()

export interface DocPart {
  page: string
  /** stands in the markers */
  name: string
  render(root: string): string
}

export const DOC_PARTS: readonly DocPart[] = [
  { page: 'docs/cli.md', name: 'options', render: () => optionTable() },
  { page: 'docs/api.md', name: 'routes', render: routeTable },
  { page: 'docs/monitoring.md', name: 'metrics', render: metricTable },
  { page: 'docs/commands.md', name: 'commands', render: () => COMMANDS_TEXT },
  { page: 'docs/cli-json.md', name: 'json', render: jsonTable },
  { page: 'docs/performance.md', name: 'figures', render: performanceTable }
]

/** Files that are generated whole. */
export const DOC_FILES: readonly { page: string; render(root: string): string }[] = [
  { page: 'docs/errors.md', render: errorsPage },
  { page: 'docs/openapi.json', render: openApiFile },
  { page: 'docs/cli-json.schema.json', render: jsonSchemas },
  { page: 'docs/performance-flat.svg', render: flatPicture },
  { page: 'docs/performance-match.svg', render: matchPicture }
]

/** Writes each part into its page; gives the pages that changed. */
export function writeDocParts(root: string, parts: readonly DocPart[] = DOC_PARTS): string[] {
  return parts.filter(part => writePart(root, part)).map(part => part.page)
}

/** Writes the files that are generated whole; gives those that changed. */
export function writeDocFiles(root: string): string[] {
  return DOC_FILES.filter(({ page, render }) => writeChanged(join(root, page), render(root))).map(({ page }) => page)
}

function writeChanged(file: string, text: string): boolean {
  const changed = !existsSync(file) || readFileSync(file, 'utf8') !== text
  if (changed) writeFileSync(file, text)
  return changed
}

function writePart(root: string, { page, name, render }: DocPart): boolean {
  const file = join(root, page)
  const [begin, end] = [`<!-- ${name}: by npm run docs -->`, `<!-- end of ${name} -->`]
  return writeChanged(file, replaceBetween(page, readFileSync(file, 'utf8'), begin, end, `\n${render(root)}\n`))
}
