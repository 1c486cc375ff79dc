import assert from 'node:assert/strict'
import { jsEngine } from '../../../node/engines/js/index.ts'
import type { Outcome } from '../../../protocols/job/schema.ts'
import { HOSTILE, main } from '../../support/js/hostile.ts'
import { engineBench, type Ran, runJob } from './harness.ts'

const MIB = 1024 * 1024
const OVERHEAD = 192 * MIB

/** What ended a program says so: a limit, never a fault of ours. */
const REASONS: Partial<Record<Outcome, string>> = {
  timeout: 'the program ran longer than timeoutMs',
  'out-of-memory': 'the program used more memory than resources.memoryBytes'
}

describe('js engine: hostile programs', () => {
  const bench = engineBench(jsEngine)

  const run = (source: string, more: object = {}): Promise<Ran> =>
    runJob(bench.engine, bench.place, {
      engine: { js: { source, entry: 'default' } },
      memoryBytes: 32 * MIB,
      timeoutMs: 5000,
      ...more
    })
  const say = async (body: string, more: object = {}): Promise<string> => {
    const { outcome, stdout, stderr } = await run(main(body), more)
    assert.deepEqual([outcome.status, outcome.exitCode], ['exited', 0], stderr)
    return stdout.trim()
  }

  for (const { title, source, ends, exitCode } of HOSTILE) {
    it(title, async () => {
      // one that only a time limit ends gets little of it, so that the suite stays short
      const { outcome } = await run(source, { timeoutMs: ends.includes('timeout') ? 300 : 10_000 })
      assert.ok(ends.includes(outcome.status), JSON.stringify(outcome))
      if (exitCode !== undefined && outcome.status === 'exited') assert.equal(outcome.exitCode, exitCode)
      assert.equal(outcome.reason, REASONS[outcome.status])
      assert.ok(
        outcome.usage.maxRssBytes < 32 * MIB + OVERHEAD + 256 * MIB,
        `${outcome.usage.maxRssBytes} bytes resident`
      )
    })
  }

  it('after all of them the next job runs', async () => {
    assert.equal((await run('export default () => 7')).outcome.exitCode, 7)
  })

  it('escape: nothing of Node is in reach', async () => {
    const names = ['process', 'require', 'module', 'Buffer', 'global', 'fetch', 'setImmediate', 'Worker', 'performance']
    assert.equal(await say(`console.log(${JSON.stringify(names)}.filter(n => n in globalThis).join())`), '')
    const roots =
      '[globalThis, console, console.log, inputs, inputs.read, outputs.write, args, env, setTimeout, Date, new Error("x")]'
    const tried = `let out = 0; for (const r of ${roots}) try { r.constructor.constructor("return process")(); out++ } catch {} console.log(out)`
    assert.equal(await say(tried), '0')
  })
  it('escape: stack frames give no function of ours', async () => {
    const body =
      'Error.prepareStackTrace = (_, sites) => sites; const sites = []; const bad = { toString() { sites.push(...new Error().stack); return "x" } }; try { inputs.size(bad) } catch {} const ours = sites.filter(s => typeof s.getFunction === "function" && (s.getFunction() !== undefined || s.getThis() !== undefined) && !String(s.getFileName()).includes("job.mjs")); console.log(sites.length > 0, ours.length)'
    assert.equal(await say(body), 'true 0')
  })
  it('escape: a poisoned prototype turns no copy into a reference', async () => {
    for (const option of ['reference', 'externalCopy', 'promise', 'unsafeInherit', 'copy', 'release']) {
      const body = `Object.prototype.${option} = true; let got; try { got = inputs.text("/inputs/one") } catch (e) { got = "refused" } console.log(typeof got, Object.prototype.toString.call(got))`
      const said = await say(body, { inputs: { '/inputs/one': 'x' } })
      assert.equal(said, 'string [object String]', option)
    }
  })
  it('escape: errors tell no path of this host', async () => {
    const { stdout, stderr } = await run(
      main(
        'try { inputs.read("/inputs/none") } catch (e) { console.log(e.stack) } try { inputs.read("/inputs/data") } catch (e) { console.log(e.stack) } throw new Error("x")'
      ),
      { inputs: { '/inputs/data': { a: 'x' } } }
    )
    assert.doesNotMatch(stdout + stderr, /file:|\/tmp|node_modules|sandbox\.ts|host-calls/)
  })
  it('inputs: no way out through ..', async () => {
    const paths = [
      '/inputs/data/../../../../etc/passwd',
      '/etc/passwd',
      '/inputs/data/..',
      '/inputs/data//a',
      '/inputs/datax'
    ]
    const body = `let n = 0; for (const p of ${JSON.stringify(paths)}) try { inputs.read(p) } catch { n++ } console.log(n)`
    assert.equal(await say(body, { inputs: { '/inputs/data': { a: 'x' } } }), String(paths.length))
  })
  it('inputs: larger than the memory is refused before it is copied, and read in ranges', async () => {
    const big = 'x'.repeat(40 * MIB)
    const body =
      'const p = "/inputs/big"; let refused = 0; for (const f of ["read", "text"]) try { inputs[f](p) } catch { refused++ } let n = 0; for (let at = 0; at < inputs.size(p); at += 8388608) n += inputs.read(p, { offset: at, length: 8388608 }).length; console.log(refused, n, inputs.list().join())'
    assert.equal(await say(body, { inputs: { '/inputs/big': big } }), `2 ${40 * MIB} /inputs/big`)
  })
  it('deterministic: clock, randomness and order are the specification’s', async () => {
    const body =
      'console.log(Date.now(), new Date().toISOString(), Math.random(), typeof Intl.DateTimeFormat, typeof WeakRef, new Date().constructor === Date); const seen = []; setTimeout(() => seen.push("b"), 20); setTimeout(() => seen.push("a"), 10); const t = setTimeout(() => seen.push("x"), 5); clearTimeout(t); await new Promise(r => setTimeout(r, 86400000)); console.log(seen.join(""), Date.now())'
    const first = await say(body)
    assert.equal(await say(body), first)
    assert.notEqual((await say(`${body};`)).split(' ')[2], first.split(' ')[2])
    assert.match(first, /^946684800000 2000-01-01T00:00:00.000Z 0\.\d+ undefined undefined true\nab 946771200000$/)
  })
  it('deterministic: waiting by reading the clock ends, and takes the same number of readings in every run', async () => {
    const body =
      'let n = 0; const end = Date.now() + 50; while (Date.now() < end) n++; console.log(n, Date.now() - end)'
    assert.equal(await say(body), '49998 0')
    assert.equal(await say(body), '49998 0')
  })
  it('WebAssembly: runs inside the isolate', async () => {
    const bytes =
      '0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11'
    const body = `const { instance } = await WebAssembly.instantiate(new Uint8Array([${bytes}])); console.log(instance.exports.add(40, 2))`
    assert.equal(await say(body), '42')
  })
})
