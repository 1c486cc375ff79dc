// `npm run check`: everything that can be said about the code without running it, as CI does.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { DOC_FILES, DOC_PARTS } from './lib/doc-parts.ts'
import { foundryBinary } from './lib/foundry.ts'
import { RULE_PAGES } from './lib/rule-tables.ts'

const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules', '.bin', name)

const LINT = join('cache', 'lint')

const GENERATED = [
  'docs/reference',
  'node/settlement/evm/generated',
  'test/fixtures/generated',
  'contracts/bytecode-hashes.json',
  ...RULE_PAGES.map(({ page }) => page),
  ...[...DOC_PARTS, ...DOC_FILES].map(({ page }) => page)
]

const CHECKS: [what: string, command: string, args: string[]][] = [
  ['types', bin('tsc'), ['-p', '.']],
  ['format, lint and layers', bin('biome'), ['check']],
  ['contract format', foundryBinary('forge'), ['fmt', '--check']],
  // it compiles without bytecode, so its output stays away from the build's
  ['contract lint', foundryBinary('forge'), ['lint', '--deny', 'notes', '--out', LINT, '--cache-path', LINT]],
  ['generated bindings and tables', process.execPath, ['scripts/generate.ts']],
  ['generated documentation', process.execPath, ['scripts/docs.ts']],
  ['what is generated is committed', 'git', ['diff', '--exit-code', '--', ...GENERATED]]
]

let failed = 0
for (const [what, command, args] of CHECKS) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${what}`)
  if (status === 0) continue
  console.log(`${stdout}${stderr}`)
  failed++
}
process.exitCode = failed === 0 ? 0 : 1
