import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { runJob, Workplace } from './harness.ts'

const SOURCES = resolve(import.meta.dirname, '../../../node/engines/js')

describe('js engine: as one bundle per file', () => {
  let place: Workplace
  before(async () => {
    place = await Workplace.make()
  })
  after(() => place.remove())

  it('finds its sandbox beside the bundle and runs a job', async () => {
    const bin = join(place.root, 'bin')
    const shared: BuildOptions = {
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      external: ['isolated-vm'],
      outExtension: { '.js': '.mjs' }
    }
    await build({ ...shared, entryPoints: { 'js-sandbox': join(SOURCES, 'sandbox.ts') }, outdir: bin })
    await build({ ...shared, entryPoints: { node: join(SOURCES, 'index.ts') }, outdir: bin })
    await symlink(resolve(import.meta.dirname, '../../../node_modules'), join(place.root, 'node_modules'))
    const { jsEngine, sandboxPath } = (await import(
      pathToFileURL(join(bin, 'node.mjs')).href
    )) as typeof import('../../../node/engines/js/index.ts')
    assert.equal(sandboxPath(), join(bin, 'js-sandbox.mjs'))
    const engine = jsEngine()
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
