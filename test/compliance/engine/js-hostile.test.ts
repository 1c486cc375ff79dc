import assert from 'node:assert/strict'
import { jsEngine } from '../../../node/engines/js/index.ts'
import type { Outcome } from '../../../protocols/job/schema.ts'
import { engineBench, type Ran, runJob } from './harness.ts'

const MIB = 1024 * 1024
const OVERHEAD = 192 * MIB

interface Hostile {
  title: string
  source: string
  /** any of these */
  ends: Outcome[]
  exitCode?: number
}

/** Programs that try to live for ever or to take the host's memory. Each must end, soon, with the host untouched. */
const HOSTILE: Hostile[] = [
  { title: 'endless loop at top level', source: 'for (;;); export default 1', ends: ['timeout'] },
  { title: 'endless loop after an await', source: main('await null; for (;;);'), ends: ['timeout'] },
  { title: 'microtask spin', source: main('for (;;) await null'), ends: ['timeout'] },
  {
    title: 'promise chain without end',
    source: main('const f = () => Promise.resolve().then(f); await f()'),
    ends: ['timeout', 'out-of-memory']
  },
  {
    title: 'loop in a timer callback',
    source: main('setTimeout(() => { for (;;); }); await new Promise(() => {})'),
    ends: ['timeout']
  },
  {
    title: 'timers without end',
    source: main('const f = () => setTimeout(f, 1); f(); await new Promise(() => {})'),
    ends: ['timeout']
  },
  { title: 'endless regular expression', source: main('/^(a+)+$/.test("a".repeat(40) + "b")'), ends: ['timeout'] },
  {
    title: 'loop in an error’s stack getter',
    source: main('const e = new Error(); Object.defineProperty(e, "stack", { get() { for (;;); } }); throw e'),
    ends: ['timeout']
  },
  { title: 'endless recursion', source: main('const f = () => f() + 1; f()'), ends: ['exited'], exitCode: 1 },
  { title: 'promise that never settles', source: main('await new Promise(() => {})'), ends: ['exited'], exitCode: 1 },
  {
    title: 'top-level await that never settles',
    source: 'await new Promise(() => {}); export default () => {}',
    ends: ['exited'],
    exitCode: 1
  },
  { title: 'thenable that never settles', source: main('return { then() {} }'), ends: ['exited'], exitCode: 1 },
  {
    title: 'string bomb',
    source: main('"x".repeat(2 ** 29 - 24).replace(/x/g, "yy")'),
    ends: ['out-of-memory', 'timeout']
  },
  {
    title: 'string doubling',
    source: main('let s = "x"; for (;;) s = (s + s).replace("x", "y")'),
    ends: ['out-of-memory', 'exited', 'timeout']
  },
  {
    title: 'array bomb',
    source: main('const a = []; for (;;) a.push(new Array(1000).fill(1.5))'),
    ends: ['out-of-memory']
  },
  {
    title: 'ArrayBuffer bomb',
    source: main('const a = []; for (;;) a.push(new Uint8Array(1048576).fill(1))'),
    ends: ['exited', 'out-of-memory'],
    exitCode: 1
  },
  {
    title: 'ArrayBuffer bomb that goes on',
    source: main('const a = []; for (;;) try { a.push(new Uint8Array(65536).fill(1)) } catch {}'),
    ends: ['out-of-memory', 'timeout']
  },
  {
    title: 'WebAssembly.Memory bomb',
    source: main(
      'const m = new WebAssembly.Memory({ initial: 1 }); for (;;) { m.grow(256); new Uint8Array(m.buffer).fill(1) }'
    ),
    ends: ['out-of-memory']
  },
  {
    title: 'SharedArrayBuffer bomb',
    source: main('const a = []; for (;;) a.push(new Uint8Array(new SharedArrayBuffer(1048576)).fill(1))'),
    ends: ['out-of-memory', 'exited']
  },
  {
    title: 'BigInt bomb',
    source: main('return (2n ** 200000000n).toString()'),
    ends: ['out-of-memory', 'timeout', 'exited']
  },
  {
    title: 'one log line of 200 MB',
    source: main('console.log("x".repeat(200000000))'),
    ends: ['exited', 'out-of-memory']
  },
  {
    title: 'a rejection that nobody takes',
    source: main('Promise.reject(new Error("left")); await null'),
    ends: ['exited'],
    exitCode: 1
  },
  ...[
    'memory limit',
    'Script execution timed out.',
    'Isolate was disposed during execution due to memory limit'
  ].flatMap((text): Hostile[] => [
    {
      title: `an outcome that costs nothing, claimed by a rejection: ${text}`,
      source: main(`Promise.reject(new Error(${JSON.stringify(text)}))`),
      ends: ['exited'],
      exitCode: 1
    },
    {
      title: `an outcome that costs nothing, claimed at top level: ${text}`,
      source: `throw new Error(${JSON.stringify(text)})`,
      ends: ['exited'],
      exitCode: 1
    }
  ]),
  {
    title: 'a promise’s methods replaced',
    source: main('Promise.prototype.then = null; Promise.resolve = null'),
    ends: ['exited'],
    exitCode: 0
  },
  { title: 'no function exported', source: 'export default 5', ends: ['exited'], exitCode: 1 },
  { title: 'a syntax error', source: 'export default (', ends: ['exited'], exitCode: 1 },
  {
    title: 'an unknown export name is never evaluated',
    source: 'export default async () => 1; export const $dcnEvaluated = 2',
    ends: ['exited'],
    exitCode: 1
  },
  { title: 'an exit code out of range', source: main('return 256'), ends: ['exited'], exitCode: 1 },
  {
    title: 'an exit code that is no number',
    source: main('return { valueOf: () => 0 }'),
    ends: ['exited'],
    exitCode: 1
  },
  {
    title: 'static import',
    source: 'import fs from "node:fs"; export default () => {}',
    ends: ['exited'],
    exitCode: 1
  },
  { title: 'dynamic import', source: main('await import("node:fs")'), ends: ['exited'], exitCode: 1 },
  {
    title: 'import of a data: address',
    source: main('await import("data:text/javascript,1")'),
    ends: ['exited'],
    exitCode: 1
  }
]

function main(body: string): string {
  return `export default async ({ args, env, inputs, outputs, console }) => { ${body} }`
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
      assert.ok(outcome.usage.wallMs < 10_500)
      assert.ok(
        outcome.usage.maxRssBytes < 32 * MIB + OVERHEAD + 256 * MIB,
        `${outcome.usage.maxRssBytes} bytes resident`
      )
    })
  }

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
