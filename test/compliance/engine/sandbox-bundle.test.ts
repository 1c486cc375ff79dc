import assert from 'node:assert/strict'
import { symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import type { jsEngine } from '../../../node/engines/js/index.ts'
import type { sandboxPath } from '../../../node/engines/sandbox/locate.ts'
import type { wasmEngine } from '../../../node/engines/wasm/index.ts'
import { fixture } from '../../support/wasm/fixtures.ts'
import { ANY_CID, type JobInit, type Ran, runJob, Workplace } from './harness.ts'

const SOURCES = resolve(import.meta.dirname, '../../../node/engines')
const ENTRY = `export { jsEngine } from '${SOURCES}/js/index.ts'
export { wasmEngine } from '${SOURCES}/wasm/index.ts'
export { sandboxPath } from '${SOURCES}/sandbox/locate.ts'`

interface Bundle {
  jsEngine: typeof jsEngine
  wasmEngine: typeof wasmEngine
  sandboxPath: typeof sandboxPath
}

describe('engines in a sandbox: as one minified bundle per file', () => {
  let place: Workplace
  let bundle: Bundle
  before(async () => {
    place = await Workplace.make()
    const bin = join(place.root, 'bin')
    const entry = join(place.root, 'entry.ts')
    await writeFile(entry, ENTRY)
    const shared: BuildOptions = {
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      external: ['isolated-vm'],
      outExtension: { '.js': '.mjs' },
      outdir: bin
    }
    await build({ ...shared, entryPoints: { sandbox: join(SOURCES, 'sandbox', 'main.ts') } })
    await build({ ...shared, entryPoints: { node: entry } })
    await symlink(resolve(import.meta.dirname, '../../../node_modules'), join(place.root, 'node_modules'))
    bundle = (await import(pathToFileURL(join(bin, 'node.mjs')).href)) as Bundle
    assert.equal(bundle.sandboxPath(), join(bin, 'sandbox.mjs'))
  })
  after(() => place.remove())

  const run = async (kind: 'jsEngine' | 'wasmEngine', job: JobInit): Promise<Ran> => {
    const engine = bundle[kind]()
    await engine.start()
    try {
      return await runJob(engine, place, job)
    } finally {
      await engine.stop()
    }
  }

  it('js: runs a job', async () => {
    const source =
      'export default ({ outputs, console }) => { console.log(Math.random() < 1, new TextDecoder().decode(new TextEncoder().encode("ü"))); outputs.write("f", "x"); return 5 }'
    const ran = await run('jsEngine', { engine: { js: { source, entry: 'default' } } })
    assert.deepEqual([ran.outcome.exitCode, ran.stdout, ran.files], [5, 'true ü\n', { 'result/f': 'x' }])
  })
  it('wasm: runs a job', async () => {
    const outputs = [{ name: 'out', path: '/outputs' }]
    const inputs = { '/inputs/a': 'one two\n' }
    const engine = { wasm: { module: ANY_CID, args: ['/inputs/a'] } }
    const ran = await run('wasmEngine', { engine, module: fixture('word-count'), inputs, outputs })
    assert.deepEqual(
      [ran.outcome.exitCode, ran.stdout, ran.files],
      [
        0,
        '/inputs/a: 2 words\n1 lines, 2 words, 8 bytes\n',
        { 'out/counts.tsv': '/inputs/a\t1\t2\t8\ntotal\t1\t2\t8\n' }
      ]
    )
  })
})
