import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { checkJobFile } from '../../../node/cli/job-file.ts'
import { effectiveConfig } from '../../../node/config/load.ts'
import { OPTIONS } from '../../../node/config/options.ts'
import { problem } from '../../../node/http/problems.ts'
import { isMapping } from '../../../protocols/job/file-fields.ts'

/** What a YAML or JSON text is, and how it is checked with the schema that the program has. */
const KINDS: {
  name: string
  is(value: Record<string, unknown>): boolean
  check(value: Record<string, unknown>, text: string): unknown
}[] = [
  { name: 'job specification', is: value => 'engine' in value, check: value => checkJobFile(withPaths(value)) },
  { name: 'problem', is: value => 'detail' in value && 'status' in value, check: value => problem.parse(value) },
  {
    name: 'configuration',
    is: value => Object.keys(value).every(key => SETTINGS.has(key)),
    check: (_value, text) => asFile(text, file => effectiveConfig({ file }))
  }
]
const SETTINGS = new Set(OPTIONS.map(option => option.key.split('.')[0]))

/** Parses a text and checks each value in it; gives what it was taken for. @throws Error */
export async function checkData(text: string, lang: string): Promise<string> {
  const values = lang === 'json' ? [JSON.parse(text)] : parseAllDocuments(text, { uniqueKeys: true }).map(plain)
  const kinds = await Promise.all(
    values.map(async value => {
      if (!isMapping(value)) return 'data'
      const kind = KINDS.find(one => one.is(value))
      await kind?.check(value, text)
      return kind?.name ?? 'data'
    })
  )
  return kinds.join(', ')
}

function plain(document: { errors: unknown[]; toJS(): unknown }): unknown {
  const [error] = document.errors
  if (error !== undefined) throw error
  return document.toJS()
}

/** A file beside the page, such as `local: data.txt`, is not there; everything else is checked as `dcn run` does. */
function withPaths(value: Record<string, unknown>): Record<string, unknown> {
  const { js } = value['engine'] as { js?: { local?: string } }
  if (js?.local === undefined) return value
  const { local: _local, ...rest } = js
  return { ...value, engine: { js: { ...rest, source: 'export default () => undefined' } } }
}

function asFile<T>(text: string, work: (file: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'dcn-doc-'))
  try {
    writeFileSync(join(dir, 'node.yaml'), text)
    return work(join(dir, 'node.yaml'))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
