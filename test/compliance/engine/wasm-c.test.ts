import assert from 'node:assert/strict'
import { join } from 'node:path'
import { wasmEngine } from '../../../node/engines/wasm/index.ts'
import { compile, compiler, type Fixture, fixture, sourceOf } from '../../support/wasm/fixtures.ts'
import { ANY_CID, engineBench, type JobInit, type Ran, runJob } from './harness.ts'

const tools = compiler()
/** The committed modules always; what the compiler of this host makes of the sources, where it has one. */
const BUILDS: [title: string, flags: string[] | undefined][] = [
  ['as committed', undefined],
  ...('missing' in tools
    ? []
    : ([
        ['compiled now', []],
        ['without optimisation', ['-O0']],
        ['with vector instructions', ['-O3', '-msimd128']],
        ['with all of its names', ['-g']]
      ] as [string, string[]][]))
]
const OUTPUTS = [{ name: 'result', path: '/outputs/result' }]

describe(`wasm engine: programs in C (${'missing' in tools ? tools.missing : tools.version})`, () => {
  const bench = engineBench(wasmEngine)

  for (const [title, flags] of BUILDS) {
    const run = (name: Fixture, args: string[], more: Partial<JobInit> = {}): Promise<Ran> => {
      const module = flags === undefined ? fixture(name) : join(bench.place.root, `${name}.wasm`)
      if (flags !== undefined) compile(sourceOf(name), module, flags)
      return runJob(bench.engine, bench.place, { engine: { wasm: { module: ANY_CID, args } }, module, ...more })
    }
    it(`${title}: counts words`, async () => {
      const inputs = { '/inputs/text': { a: 'one two\nthree', 'b ü': '\n\n four ' } }
      const args = ['/inputs/text/a', '/inputs/text/b ü']
      const { stdout, files } = await run('word-count', args, { inputs, outputs: [{ name: 'out', path: '/outputs' }] })
      assert.equal(stdout, '/inputs/text/a: 3 words\n/inputs/text/b ü: 1 words\n3 lines, 4 words, 21 bytes\n')
      const table = '/inputs/text/a\t1\t3\t13\n/inputs/text/b ü\t2\t1\t8\ntotal\t3\t4\t21\n'
      assert.deepEqual(files, { 'out/counts.tsv': table })
    })
    it(`${title}: computes`, async () => {
      const { stdout, files } = await run('wasi', ['compute'], { outputs: OUTPUTS })
      assert.equal(stdout, COMPUTED)
      assert.deepEqual(Object.keys(files), ['result/state'])
    })
    it(`${title}: lists and empties directories, writes and reads files`, async () => {
      assert.equal((await run('wasi', ['empty'])).stdout, '1000 removed, rmdir works\n')
      const listed = await run('wasi', ['list', '/'], { inputs: { '/inputs/one': 'x' } })
      assert.equal(listed.stdout, './ 0\n../ 0\noutputs/ 0\ninputs/ 0\ntmp/ 0\n')
      const written = await run('wasi', ['growFile', '3', '1000'], { outputs: OUTPUTS })
      assert.equal(written.stdout, '3146000\n')
    })
  }
})

/** What the same computation gives in a program for the processor itself. */
const COMPUTED = '00d4d881 0.99026784409111335 0x0p+0\n'
