import type { Outcome } from '../../../protocols/job/schema.ts'

/** A program, and how it may end. */
export interface Hostile {
  title: string
  source: string
  /** any of these */
  ends: Outcome[]
  exitCode?: number
}

/** Programs that try to live for ever or to take the host's memory. Each must end, soon, with the host untouched. */
export const HOSTILE: Hostile[] = [
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
    title: 'JSON of a huge string',
    source: main('JSON.stringify("\\u0000".repeat(2 ** 28))'),
    ends: ['out-of-memory', 'timeout', 'exited'],
    exitCode: 1
  },
  {
    title: 'WebAssembly.Table bomb',
    source: main('const t = new WebAssembly.Table({ initial: 1, element: "anyfunc" }); for (;;) t.grow(100000)'),
    ends: ['out-of-memory', 'exited', 'timeout'],
    exitCode: 1
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
  {
    title: 'every object a promise that never settles',
    source: main('Object.prototype.then = function () {}'),
    ends: ['exited'],
    exitCode: 0
  },
  {
    title: 'built-ins that loop',
    source: main(
      'const loop = () => { for (;;); }; Array.prototype.shift = Array.prototype.splice = String.prototype.slice = Function.prototype.call = loop; setTimeout(() => {}); await new Promise(r => setTimeout(r)); console.log("x".repeat(70000))'
    ),
    ends: ['timeout']
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

/** A module with this body of an entry function. */
export function main(body: string): string {
  return `export default async ({ args, env, inputs, outputs, console }) => { ${body} }`
}
