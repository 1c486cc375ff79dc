import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_MODULE_BYTES, wasmEngine } from '../../../node/engines/wasm/index.ts'
import type { Outcome } from '../../../protocols/job/schema.ts'
import { assemble, op, s, u, WASI } from '../../support/wasm/assemble.ts'
import { fixture } from '../../support/wasm/fixtures.ts'
import { ANY_CID, contextOf, engineBench, type JobInit, type Ran, runJob, specOf } from './harness.ts'

const MIB = 1024 * 1024
const OVERHEAD = 192 * MIB
const PAGE = 65_536

/** Grows the memory by `pages` and writes to what it got, for ever; it never looks whether it got it. */
const growing = (pages: number) => [
  ...[op.loop, op.empty],
  ...[op.i32Const, ...s(pages), op.memoryGrow, 0, op.drop],
  ...[op.br, 0, op.end]
]
/** Ends with an exit code, whatever follows. */
const exits = (code: number) => [op.i32Const, ...s(code), op.call, 0]
const PROC_EXIT: [string, string, string] = [WASI, 'proc_exit', 'i:']

interface Hostile {
  title: string
  module: () => Uint8Array
  /** any of these */
  ends: Outcome[]
  exitCode?: number
  stderr?: RegExp
  /** one that only a time limit ends gets little of it, so that the suite stays short */
  timeoutMs?: number
}

/** Modules that no compiler makes. Each must end, soon, with the host untouched. */
const HOSTILE: Hostile[] = [
  {
    title: 'endless loop',
    module: () => assemble({ start: [op.loop, op.empty, op.br, 0, op.end] }),
    ends: ['timeout']
  },
  { title: 'growing its memory for ever', module: () => assemble({ start: growing(16) }), ends: ['timeout'] },
  {
    title: 'a memory that may have 4 GiB, grown for ever',
    module: () => assemble({ memory: [1, 1, ...u(65_536)], start: growing(4096) }),
    ends: ['timeout']
  },
  {
    title: 'growing a table for ever',
    module: () =>
      assemble({
        extra: { 4: [1, 0x70, 0, 1] },
        start: [
          ...[op.loop, op.empty, 0xd0, 0x70, op.i32Const, ...s(1_000_000), 0xfc, 15, 0, op.drop],
          ...[op.br, 0, op.end]
        ]
      }),
    ends: ['timeout', 'out-of-memory']
  },
  {
    title: 'a table of ten million entries',
    module: () => assemble({ extra: { 4: [1, 0x70, 0, ...u(10_000_000)] }, start: [] }),
    ends: ['exited', 'out-of-memory'],
    exitCode: 0
  },
  {
    title: 'a table that V8 does not take',
    module: () => assemble({ extra: { 4: [1, 0x70, 0, ...u(4_000_000_000)] } }),
    ends: ['exited'],
    exitCode: 126,
    stderr: /cannot run: CompileError/
  },
  {
    title: 'endless recursion',
    module: () => assemble({ start: [op.call, 0] }),
    ends: ['exited'],
    exitCode: 134,
    stderr: /trap: RangeError: Maximum call stack/
  },
  {
    title: 'an instruction that must not be reached',
    module: () => assemble({ start: [op.unreachable] }),
    ends: ['exited'],
    exitCode: 134,
    stderr: /trap: RuntimeError: unreachable\n.*wasm-function\[0\]/
  },
  {
    title: 'code that is not valid',
    module: () => assemble({ start: [op.i32Add] }),
    ends: ['exited'],
    exitCode: 126,
    stderr: /cannot run: CompileError/
  },
  {
    title: 'data that does not fit its memory',
    module: () => assemble({ extra: { 11: [1, 0, op.i32Const, ...s(PAGE), op.end, 1, 7] } }),
    ends: ['exited'],
    exitCode: 126
  },
  {
    title: 'a start section that never ends',
    module: () => assemble({ extra: { 8: [0] }, start: [op.loop, op.empty, op.br, 0, op.end] }),
    ends: ['timeout']
  },
  {
    title: 'a start section that exits',
    module: () => assemble({ imports: [PROC_EXIT], extra: { 8: [1] }, start: exits(5) }),
    ends: ['exited'],
    exitCode: 5
  },
  {
    title: 'an exit that it catches, and goes on',
    timeoutMs: 300,
    module: () =>
      assemble({
        imports: [PROC_EXIT],
        start: [...[op.try, op.empty, ...exits(7), op.catchAll, op.end], ...[op.loop, op.empty, op.br, 0, op.end]]
      }),
    ends: ['exited'],
    exitCode: 7
  },
  {
    title: 'an exit that it catches, and exits with another code',
    module: () =>
      assemble({
        imports: [PROC_EXIT],
        start: [op.try, op.empty, ...exits(7), op.catchAll, op.end, ...exits(8)]
      }),
    ends: ['exited'],
    exitCode: 7
  },
  {
    title: 'an exit code of 32 bits: the low eight count',
    module: () => assemble({ imports: [PROC_EXIT], start: exits(0x1ff) }),
    ends: ['exited'],
    exitCode: 255
  },
  {
    title: 'half a million functions, all of them called',
    module: () => {
      const functions = Array.from({ length: 500_000 }, () => [op.i32Const, 1, op.drop])
      const start = [...functions.keys()].slice(0, 100_000).flatMap(i => [op.call, ...u(i + 1)])
      return assemble({ functions, start })
    },
    ends: ['exited', 'timeout', 'out-of-memory'],
    exitCode: 0
  },
  {
    title: 'one function of five million instructions',
    module: () => {
      const body = Buffer.alloc(5_000_000, Uint8Array.from([op.i32Const, 1, op.i32Add, 0x45, 0x45]))
      return assemble({ start: [op.i32Const, 0, ...body, op.drop] })
    },
    ends: ['exited', 'timeout', 'out-of-memory'],
    exitCode: 0
  }
]

describe('wasm engine: hostile modules', () => {
  const bench = engineBench(wasmEngine)

  const fileOf = async (module: Uint8Array): Promise<string> => {
    const path = join(bench.place.root, 'module.wasm')
    await writeFile(path, module)
    return path
  }
  const run = (module: string, args: string[] = [], more: Partial<JobInit> = {}): Promise<Ran> =>
    runJob(bench.engine, bench.place, {
      engine: { wasm: { module: ANY_CID, args } },
      module,
      memoryBytes: 32 * MIB,
      timeoutMs: 10_000,
      ...more
    })
  /** what a program in C says; it must succeed */
  const say = async (args: string[], more: Partial<JobInit> = {}): Promise<string> => {
    const { outcome, stdout, stderr } = await run(fixture('wasi'), args, more)
    assert.deepEqual([outcome.status, outcome.exitCode], ['exited', 0], `${outcome.reason} ${stdout}${stderr}`)
    return stdout.trim()
  }

  for (const { title, module, ends, exitCode, stderr, timeoutMs } of HOSTILE) {
    it(title, async () => {
      const file = await fileOf(module())
      const ran = await run(file, [], { timeoutMs: timeoutMs ?? (ends[0] === 'timeout' ? 300 : 10_000) })
      const { outcome } = ran
      assert.ok(ends.includes(outcome.status), JSON.stringify(outcome))
      if (outcome.status === 'exited') assert.equal(outcome.exitCode, exitCode, ran.stderr)
      if (stderr !== undefined) assert.match(ran.stderr, stderr)
      assert.ok(outcome.usage.wallMs < 11_000)
      const { maxRssBytes } = outcome.usage
      assert.ok(maxRssBytes < 32 * MIB + OVERHEAD + 256 * MIB, `${maxRssBytes} bytes resident`)
    })
  }

  describe('refused before it runs', () => {
    const refusal = (module: string, more: Partial<JobInit> = {}) => {
      const job = { engine: { wasm: { module: ANY_CID } }, module, ...more }
      return bench.engine.prepare(specOf(job), contextOf(job))
    }
    it('what is no module', async () => {
      for (const text of ['', '#!/bin/sh\n', '\0asm']) {
        const bad = refusal(await fileOf(Buffer.from(text)))
        await assert.rejects(bad, { name: 'UnsupportedJobError', field: 'engine.wasm.module' })
      }
    })
    it('an import that does not exist', async () => {
      const file = await fileOf(assemble({ imports: [['env', 'system', 'i:i']] }))
      await assert.rejects(refusal(file), { name: 'UnsupportedJobError', field: 'engine.wasm.module' })
    })
    it('a directory', async () => {
      await assert.rejects(refusal(bench.place.root), { name: 'UnsupportedJobError', field: 'engine.wasm.module' })
    })
    it('more bytes than a module may have', async () => {
      const file = await fileOf(Buffer.alloc(MAX_MODULE_BYTES + 1))
      await assert.rejects(refusal(file), { name: 'TooLargeError' })
    })
    it('a memory that begins with 4 GiB, saying what it needs', async () => {
      const file = await fileOf(assemble({ memory: [0, ...u(65_536)] }))
      await assert.rejects(refusal(file), {
        name: 'UnsupportedJobError',
        field: 'resources.memoryBytes',
        remedy: /4294967296/
      })
    })
  })

  describe('programs in C', () => {
    it('memory: growing beyond the limit is refused, and the program is told', async () => {
      const { outcome, stdout } = await run(fixture('wasi'), ['grow'], { memoryBytes: 64 * MIB })
      assert.equal(outcome.exitCode, 0)
      const got = Number.parseInt(stdout, 10)
      assert.ok(got >= 48 && got < 64, stdout)
      assert.ok(outcome.usage.maxRssBytes < 64 * MIB + OVERHEAD)
    })
    it('files: growing one takes time in proportion', async () => {
      const took = async (mib: number) => {
        const limits = { memoryBytes: 256 * MIB, diskBytes: 200 * MIB, timeoutMs: 20_000 }
        const { outcome, stdout, files } = await run(fixture('wasi'), ['growFile', String(mib), '4096'], limits)
        assert.deepEqual([outcome.status, stdout.trim()], ['exited', String(mib * MIB)])
        assert.equal(files['result/big']?.length, mib * MIB)
        return outcome.usage.cpuMs
      }
      const small = await took(10)
      const large = await took(100)
      // ten times the bytes; a copy of the whole file at each write would be a hundred times the work
      assert.ok(large < 30 * Math.max(small, 100), `10 MiB ${small} ms, 100 MiB ${large} ms`)
    })
    it('files: opened anew for each line', async () => {
      const { outcome, files } = await run(fixture('wasi'), ['reopen', '5000'])
      assert.equal(outcome.exitCode, 0)
      assert.equal(files['result/log']?.split('\n').length, 5001)
    })
    it('files: more than a job may have end it', async () => {
      const { outcome, files } = await run(fixture('wasi'), ['files', '20001'])
      assert.equal(outcome.status, 'disk-full')
      assert.equal(Object.keys(files).length, 19_999)
    })
    it('files: one of a terabyte that has no bytes yet', async () => {
      const { outcome } = await run(fixture('wasi'), ['sparse', '1048576'])
      assert.equal(outcome.status, 'disk-full')
    })
    it('directories: deeper than a result may be, the rest is left out', async () => {
      const { outcome, stderr } = await run(fixture('wasi'), ['deep', '3000'], { timeoutMs: 20_000 })
      assert.equal(outcome.exitCode, 0)
      assert.match(stderr, /output left out: .*deep/)
    })
    it('descriptors: as many as a process has elsewhere', async () => {
      assert.equal(
        await say(['descriptors']),
        '1020 open, then No file descriptors available\nthe lowest is free again'
      )
    })
    it('sleep: a year is over at once', async () => {
      const { outcome, stdout } = await run(fixture('wasi'), ['sleep'])
      assert.equal(stdout, '31536000 s\n')
      assert.ok(outcome.usage.wallMs < 5000)
    })
    it('arguments and environment: as large as a specification allows', async () => {
      const args = Array.from({ length: 255 }, (_, i) => `${i} ä `.padEnd(180, 'x'))
      const env = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`V${i}`, '😀'.repeat(20)]))
      const bytes = [...args, ...Object.entries(env).map(pair => pair.join('='))].join('')
      const said = await say(['arguments', ...args], { env })
      assert.equal(said, `255 arguments, 128 variables, ${Buffer.byteLength(bytes)} bytes`)
    })
    it('inputs: one larger than the memory is read as it goes', async () => {
      const text = 'some words of text\n'.repeat(2 * MIB)
      let hash = 14695981039346656037n
      for (const byte of Buffer.from(text.slice(0, 1000)))
        hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n)
      const inputs = { '/inputs/big': text, '/inputs/small': text.slice(0, 1000) }
      assert.match(await say(['sum', '/inputs/big'], { inputs, memoryBytes: 8 * MIB }), new RegExp(`^${text.length} `))
      assert.equal(await say(['sum', '/inputs/small'], { inputs }), `1000 ${hash.toString(16).padStart(16, '0')}`)
    })
    it('inputs: a directory of many, in byte order', async () => {
      const names = Array.from({ length: 2000 }, (_, i) => `f${i}`)
      const inputs = { '/inputs/many': Object.fromEntries([...names, 'd/x'].map(name => [name, 'xyz'])) }
      const listed = (await say(['list', '/inputs/many'], { inputs })).split('\n').slice(2)
      assert.deepEqual(listed, ['d/ 0', ...names.sort().map(name => `${name} 3`)])
    })
    it('paths: none leads out', async () => {
      const expected = [
        'absolute link: Capabilities insufficient',
        '..: Capabilities insufficient',
        '/..: Capabilities insufficient',
        '/../etc/passwd: Capabilities insufficient',
        '/tmp/../../etc/passwd: Capabilities insufficient',
        '/tmp/link/passwd: Capabilities insufficient',
        '/etc/passwd: No such file or directory',
        '/tmp/loop: Symbolic link loop'
      ]
      assert.deepEqual((await say(['escape'])).split('\n'), expected)
    })
    for (const [how, status, exitCode] of [
      ['trap', 'exited', 134],
      ['abort', 'exited', 134],
      ['fault', 'exited', 134],
      ['spin', 'timeout', undefined]
    ] as const) {
      it(`what was written before: ${how}`, async () => {
        const { outcome, stdout, files } = await run(fixture('wasi'), ['leaveThen', how], { timeoutMs: 1000 })
        assert.deepEqual([outcome.status, outcome.exitCode], [status, exitCode])
        assert.deepEqual([stdout, files], ['said\n', { 'result/partial': 'so far' }])
      })
    }
    it('log: one line of 48 MiB', async () => {
      const { outcome, stdout } = await run(fixture('wasi'), ['longLine', '48'], { memoryBytes: 64 * MIB })
      assert.deepEqual([outcome.exitCode, stdout.length], [0, 48 * MIB])
    })
  })
})
