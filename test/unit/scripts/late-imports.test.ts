import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { commonJsLoadedLate } from '../../../scripts/lib/late-imports.ts'

describe('scripts/late-imports', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-late-'))
    mkdirSync(join(dir, 'node_modules/old'), { recursive: true })
    writeFileSync(join(dir, 'node_modules/old/index.js'), 'exports.act = () => 1')
    writeFileSync(join(dir, 'library.mjs'), `export { act } from 'old'`)
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  async function lateIn(source: string): Promise<string[]> {
    writeFileSync(join(dir, 'main.mjs'), source)
    const { metafile } = await build({
      absWorkingDir: dir,
      entryPoints: ['main.mjs'],
      ...{ outdir: 'out', bundle: true, splitting: true, format: 'esm', write: false, metafile: true }
    })
    return commonJsLoadedLate(metafile)
  }

  it('default: a package of CommonJS by import()', async () => {
    assert.deepEqual(await lateIn(`export const { act } = await import('old')`), [
      'main.mjs → node_modules/old/index.js'
    ])
  })

  it('behavior: not at once, and not behind a module', async () => {
    assert.deepEqual(await lateIn(`export { act } from 'old'`), [])
    assert.deepEqual(await lateIn(`export const { act } = await import('./library.mjs')`), [])
  })
})
