import assert from 'node:assert/strict'
import { symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import type { jsEngine } from '../../../node/engines/js/index.ts'
import type { sandboxPath } from '../../../node/engines/sandbox/locate.ts'
import { runJob, Workplace } from './harness.ts'

const SOURCES = resolve(import.meta.dirname, '../../../node/engines')
const ENTRY = `export { jsEngine } from '${SOURCES}/js/index.ts'
export { sandboxPath } from '${SOURCES}/sandbox/locate.ts'`

interface Bundle {
  jsEngine: typeof jsEngine
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

  it('js: runs a job', async () => {
    const engine = bundle.jsEngine()
    await engine.start()
    try {
      const source =
        'export default ({ outputs, console }) => { console.log(Math.random() < 1, new TextDecoder().decode(new TextEncoder().encode("ü"))); outputs.write("f", "x"); return 5 }'
      const ran = await runJob(engine, place, { engine: { js: { source, entry: 'default' } } })
      assert.deepEqual([ran.outcome.exitCode, ran.stdout, ran.files], [5, 'true ü\n', { 'result/f': 'x' }])
    } finally {
      await engine.stop()
    }
  })
})
