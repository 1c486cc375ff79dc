import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { SandboxHost } from '../../../node/engines/sandbox/host.ts'
import {
  type MapOptions,
  type SlicePool,
  type SlicePoolInit,
  type SliceResult,
  slicePool
} from '../../../node/engines/slices/index.ts'
import { children } from './children.ts'

const MIB = 1024 * 1024
/** A slice that only its limit ends gets this long. */
const SHORT_MS = 100
const LONG_MS = 10_000

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
const valuesOf = (results: SliceResult[]) => results.map(r => (r.ok ? r.value : r.error.reason))

async function all(pool: SlicePool, values: Iterable<unknown> | AsyncIterable<unknown>, options: MapOptions = {}) {
  const results: SliceResult[] = []
  for await (const result of pool.map(values, options)) results.push(result)
  return results
}

async function withPool<T>(init: SlicePoolInit, work: (pool: SlicePool) => Promise<T>): Promise<T> {
  await using pool = await slicePool({ workers: 1, ...init })
  return await work(pool)
}

const mapped = (
  source: string,
  values: Iterable<unknown>,
  init: Partial<SlicePoolInit> = {},
  options: MapOptions = {}
) => withPool({ source, ...init }, pool => all(pool, values, options))

const HOSTILE: { title: string; bad: string; reason: string[] }[] = [
  { title: 'endless loop', bad: 'for (;;);', reason: ['timeout'] },
  { title: 'microtask spin', bad: 'for (;;) await null', reason: ['timeout'] },
  {
    title: 'timers without end',
    bad: 'const f = () => setTimeout(f, 1); f(); await new Promise(() => {})',
    reason: ['timeout']
  },
  {
    title: 'loop in a timer',
    bad: 'setTimeout(() => { for (;;); }); await new Promise(() => {})',
    reason: ['timeout']
  },
  { title: 'loop in toJSON', bad: 'return { toJSON() { for (;;); } }', reason: ['timeout'] },
  { title: 'promise that never settles', bad: 'await new Promise(() => {})', reason: ['unsettled'] },
  { title: 'string bomb', bad: '"x".repeat(2 ** 29 - 24).replace(/x/g, "yy")', reason: ['timeout', 'out-of-memory'] },
  { title: 'BigInt bomb', bad: '(2n ** 200000000n).toString()', reason: ['timeout', 'out-of-memory', 'threw'] },
  { title: 'heap', bad: 'const a = []; for (;;) a.push(new Array(1000).fill(1.5))', reason: ['out-of-memory'] },
  {
    title: 'WebAssembly.Memory',
    bad: 'const m = new WebAssembly.Memory({ initial: 1 }); for (;;) { m.grow(64); new Uint8Array(m.buffer).fill(1) }',
    reason: ['out-of-memory', 'timeout', 'threw']
  },
  { title: 'log flood', bad: 'for (;;) console.log("0123456789")', reason: ['timeout'] },
  { title: 'a result that is too large', bad: 'return "x".repeat(2 ** 20)', reason: ['too-large'] },
  { title: 'a result that is no JSON', bad: 'return 1n', reason: ['threw'] },
  { title: 'an exception', bad: 'throw new Error("no")', reason: ['threw'] },
  { title: 'an exception that cannot be shown', bad: 'throw { toString() { throw 1 } }', reason: ['threw'] },
  {
    title: 'an exception in a timer',
    bad: 'setTimeout(() => { throw new Error("no") }); await new Promise(() => {})',
    reason: ['threw']
  },
  {
    title: 'prototype games',
    bad: 'Object.prototype.reference = true; Array.prototype[Symbol.iterator] = null; String.prototype.slice = () => ({}); JSON.stringify = () => "!"; throw "x"',
    reason: ['threw']
  }
]

describe('slices: a function over values in sandboxes', () => {
  let started: number[]
  before(async function (this: Mocha.Context) {
    started = children()
    if ('reason' in (await new SandboxHost().probe())) this.skip()
  })
  after(() => {
    assert.deepEqual(
      children().filter(pid => !started.includes(pid)),
      []
    )
    assert.deepEqual(
      readdirSync(tmpdir()).filter(name => name.startsWith(`dcn-sandbox-${process.pid}-`)),
      []
    )
  })

  it('default: one result for each value, in order, whoever computed it', async () => {
    const results = await mapped('export default (x, { index }) => ({ twice: x * 2, index })', upTo(3000), {
      workers: 2
    })
    assert.deepEqual(
      valuesOf(results),
      upTo(3000).map(i => ({ twice: i * 2, index: i }))
    )
  })
  it('default: promises, timers that nobody waits for, another entry, values of every kind', async () => {
    const source = 'export const slow = async x => { await new Promise(r => setTimeout(r, 86400000)); return x }'
    const values = [0, -1.5, '', 'ü😀\n\u2028', null, true, [], [1, [2]], {}, { a: { b: null } }, '\ud800']
    assert.deepEqual(valuesOf(await mapped(source, values, { entry: 'slow' })), values)
    assert.deepEqual(valuesOf(await mapped('export default () => undefined', [1])), [null])
  })
  it('behavior: as they come, when asked', async () => {
    const source = 'export default x => { if (x === 0) for (;;); return x }'
    await withPool({ source, sliceMs: 500, workers: 2 }, async pool => {
      // both workers are there before it counts
      await all(pool, [1, 2, 3])
      const results = await all(pool, upTo(50), { order: 'done' })
      const indexes = results.map(r => r.index)
      assert.ok(indexes.indexOf(0) > 40, indexes.join())
      assert.equal(new Set(indexes).size, 50)
    })
  })
  it('behavior: a slice gives the same on any worker: randomness, clock, timer ids', async () => {
    const source =
      'const first = Math.random(); export default async (x, { index }) => [first, Math.random(), Math.random(), setTimeout(() => {}, 5), Date.now(), await new Promise(r => setTimeout(() => r(Date.now()), x))]'
    const one = await mapped(source, upTo(400), { workers: 1 })
    const three = await mapped(source, upTo(400), { workers: 3 }, { order: 'done' })
    assert.deepEqual(valuesOf(three.sort((a, b) => a.index - b.index)), valuesOf(one))
    const drawn = new Set(valuesOf(one).map(v => (v as number[])[1]))
    assert.equal(drawn.size, 400)
    const other = await mapped(`${source};`, upTo(1))
    assert.notDeepEqual(valuesOf(other)[0], valuesOf(one)[0])
  })
  it('behavior: several calls of one pool, each with its own numbering', async () => {
    await withPool({ source: 'export default (x, { index }) => index', workers: 2 }, async pool => {
      for (let i = 0; i < 3; i++) assert.deepEqual(valuesOf(await all(pool, upTo(50))), upTo(50))
    })
  })
  it('behavior: a stream of values that comes slowly is not held back', async () => {
    await withPool({ source: 'export default x => x' }, async pool => {
      // the next value is only given when the result of the one before has been seen
      let seen: () => void = () => undefined
      const values = async function* () {
        for (let i = 0; i < 20; i++) {
          const answered = new Promise<void>(resolve => {
            seen = resolve
          })
          yield i
          await answered
        }
      }
      let count = 0
      for await (const result of pool.map(values())) {
        assert.deepEqual(result, { index: count, ok: true, value: count })
        count += 1
        seen()
      }
      assert.equal(count, 20)
    })
  })
  it('behavior: large values and results, many of them, with little held', async () => {
    const big = 'x'.repeat(900_000)
    let taken = 0
    const values = function* () {
      for (let i = 0; i < 60; i++) {
        taken += 1
        yield big
      }
    }
    await withPool({ source: 'export default x => x' }, async pool => {
      let seen = 0
      for await (const result of pool.map(values())) {
        assert.ok(result.ok && result.value === big)
        seen += 1
        assert.ok(taken - seen < 30, `${taken} taken, ${seen} seen`)
        await new Promise(resolve => setImmediate(resolve))
      }
      assert.equal(seen, 60)
    })
  })
  it('behavior: what the function prints is heard', async () => {
    let heard = ''
    const onLog = (stream: string, bytes: Uint8Array) => (heard += `${stream}: ${Buffer.from(bytes).toString()}`)
    await mapped('export default x => { console.log("saw", x); console.error("hm") }', ['a'], { onLog })
    assert.equal(heard, 'stdout: saw a\nstderr: hm\n')
  })

  describe('hostile: the slice fails, the others go on', () => {
    // the value that has the number of a program does what that says; one pool takes all of it, which also shows that it lives on
    const cases = HOSTILE.map(({ bad }, i) => `case ${i}: { ${bad} }; break`).join('\n')
    const source = `export default async x => { switch (x) { ${cases} } return x }`
    const pools = new Map<number, SlicePool>()
    const poolOf = async (sliceMs: number) => {
      const pool = pools.get(sliceMs) ?? (await slicePool({ source, workers: 2, sliceMs, memoryBytes: 32 * MIB }))
      pools.set(sliceMs, pool)
      return pool
    }
    after(() => Promise.all([...pools.values()].map(pool => pool.close())))

    for (const [i, { title, reason }] of HOSTILE.entries()) {
      it(title, async () => {
        const values: number[] = upTo(40).map(n => n + 1000)
        values[3] = i
        const found = valuesOf(await all(await poolOf(reason.includes('timeout') ? SHORT_MS : LONG_MS), values))
        assert.ok(reason.includes(String(found[3])), String(found[3]))
        found[3] = i
        assert.deepEqual(found, values)
      })
    }
  })
  it('hostile: every slice of a batch at once', async () => {
    const source = 'export default x => { if (x % 4 === 0) for (;;); if (x % 4 === 1) throw new Error("no"); return x }'
    const found = valuesOf(await mapped(source, upTo(8), { sliceMs: 50 }))
    assert.deepEqual(
      found,
      upTo(8).map(x => (x % 4 === 0 ? 'timeout' : x % 4 === 1 ? 'threw' : x))
    )
  })
  it('hostile: a death that nobody explains costs no slice that was not alone', async () => {
    const source =
      'export default x => { if (x === 20) { console.log("here"); for (let i = 0; i < 1e9; i++); } return x }'
    let kills = 0
    const onLog = () => {
      if (kills++ > 0) return
      for (const pid of children()) if (!started.includes(pid) && !others.includes(pid)) process.kill(pid, 'SIGKILL')
    }
    const others = children()
    assert.deepEqual(valuesOf(await mapped(source, upTo(40), { workers: 1, onLog })), upTo(40))
    assert.equal(kills, 2)
  })
  it('hostile: a promise of an earlier slice settles no other', async () => {
    const source =
      'let free; export default x => { if (x === 0) return new Promise(r => { free = r }); free?.("stolen"); return new Promise(r => setTimeout(() => r(x), 1)) }'
    assert.deepEqual(valuesOf(await mapped(source, upTo(3), { workers: 1 })), ['unsettled', 1, 2])
  })
  it('hostile: nothing of Node is in reach', async () => {
    const source =
      'export default name => [name in globalThis, (() => { try { return typeof console.log.constructor.constructor("return process")() } catch { return "refused" } })()]'
    const names = ['process', 'require', 'Buffer', 'fetch', 'Worker', 'performance']
    for (const found of valuesOf(await mapped(source, names))) assert.deepEqual(found, [false, 'refused'])
  })

  it('error: what threw is told with its stack, without paths of this host', async () => {
    const [result] = await mapped('export default () => { throw new RangeError("no") }', [1])
    assert.ok(result !== undefined && !result.ok)
    assert.equal(result.error.name, 'SliceError')
    assert.match(result.error.message, /RangeError: no\n.*job\.mjs/)
    assert.doesNotMatch(result.error.message, /file:|node_modules|\/node\//)
  })
  it('error: values that are no JSON or too large fail alone', async () => {
    const round: unknown[] = []
    round.push(round)
    const values = [1, undefined, 2n, round, 'x'.repeat(MIB), 'ü'.repeat(MIB / 2), 2]
    const expected = [1, 'not-json', 'not-json', 'not-json', 'too-large', 'too-large', 2]
    assert.deepEqual(valuesOf(await mapped('export default x => x', values)), expected)
  })
  it('error: tried again when asked, and only then', async () => {
    // gives up its variables with its sandbox: a second try in the same one goes through
    const source =
      'const seen = new Set(); export default x => { if (x % 5 === 0 && !seen.has(x)) { seen.add(x); throw new Error("once") } return x }'
    const init = { workers: 1 }
    const once = valuesOf(await mapped(source, upTo(20), init))
    assert.deepEqual(once.filter(v => v === 'threw').length, 4)
    assert.deepEqual(valuesOf(await mapped(source, upTo(20), init, { attempts: 2 })), upTo(20))
    const spins = await mapped(
      'export default x => { if (x === 3) for (;;); return x }',
      upTo(6),
      { sliceMs: 50 },
      { attempts: 3 }
    )
    assert.deepEqual(valuesOf(spins), [0, 1, 2, 'timeout', 4, 5])
  })
  it('error: tried again while the room for results is full', async () => {
    const source =
      'const seen = new Set(); export default x => { if (x % 5 === 0 && !seen.has(x)) { seen.add(x); throw new Error("once") } return [x, "x".repeat(700000)] }'
    await withPool({ source }, async pool => {
      const found: unknown[] = []
      for await (const result of pool.map(upTo(60), { attempts: 2 })) {
        found.push(result.ok ? (result.value as unknown[])[0] : result.error.reason)
        await new Promise(resolve => setImmediate(resolve))
      }
      assert.deepEqual(found, upTo(60))
    })
  })
  it('error: a module that cannot be used is refused at once', async () => {
    const sources = [
      'export default 5',
      'export default (',
      'throw 1; export default x => x',
      'import "x"; export default x => x',
      'for (;;); export default x => x',
      'await new Promise(() => {}); export default x => x'
    ]
    for (const source of sources) {
      await assert.rejects(slicePool({ source, workers: 1, loadMs: 100 }), { name: 'SliceModuleError' }, source)
    }
  })
  it('error: limits out of range', async () => {
    const source = 'export default x => x'
    const bad: Partial<SlicePoolInit>[] = [
      { workers: 0 },
      { workers: 1.5 },
      { sliceMs: 0 },
      { memoryBytes: 1 },
      { loadMs: NaN }
    ]
    for (const init of bad) await assert.rejects(slicePool({ source, ...init }), { name: 'InvalidInputError' })
    await assert.rejects(slicePool({ source: ' '.repeat(5 * MIB) }), { name: 'TooLargeError' })
  })
  it('error: values that throw end the call with what they threw', async () => {
    await withPool({ source: 'export default x => x' }, async pool => {
      const values = function* () {
        yield 1
        throw new Error('mine')
      }
      await assert.rejects(all(pool, values()), { message: 'mine' })
      assert.deepEqual(valuesOf(await all(pool, [7])), [7])
      const later = async function* () {
        yield* upTo(300)
        await new Promise(resolve => setImmediate(resolve))
        throw new Error('mine')
      }
      await assert.rejects(all(pool, later()), { message: 'mine' })
      assert.deepEqual(valuesOf(await all(pool, [7, 8])), [7, 8])
    })
  })
  it('abort: ends a call under way, and the pool goes on', async () => {
    await withPool(
      { source: 'export default x => { if (x === 1) for (;;); return x }', sliceMs: 60_000, workers: 2 },
      async pool => {
        const controller = new AbortController()
        const results = pool.map([0, 1, 2], { signal: controller.signal })
        assert.equal((await results.next()).done, false)
        const waiting = results.next()
        controller.abort(new Error('enough'))
        await assert.rejects(waiting, { message: 'enough' })
        assert.deepEqual(valuesOf(await all(pool, [5, 6])), [5, 6])
        await assert.rejects(all(pool, [1], { signal: AbortSignal.abort(new Error('before')) }), { message: 'before' })
      }
    )
  })
  it('abort: while the values are waited for', async () => {
    await withPool({ source: 'export default x => x' }, async pool => {
      const controller = new AbortController()
      const never = async function* () {
        yield 1
        await new Promise(() => undefined)
      }
      const results = pool.map(never(), { signal: controller.signal })
      assert.equal((await results.next()).done, false)
      const waiting = results.next()
      controller.abort(new Error('enough'))
      await assert.rejects(waiting, { message: 'enough' })
    })
  })
  it('abort: leaving the loop ends what is under way and closes the values', async () => {
    let closed = false
    const endless = function* () {
      try {
        for (let i = 0; ; i++) yield i
      } finally {
        closed = true
      }
    }
    await withPool(
      { source: 'export default x => { if (x === 9) for (;;); return x }', sliceMs: 60_000 },
      async pool => {
        for await (const { index } of pool.map(endless())) if (index === 5) break
        assert.equal(closed, true)
        await assert.rejects(Promise.all([all(pool, upTo(5)), all(pool, upTo(5))]), { name: 'PoolBusyError' })
      }
    )
  })
  it('close: ends what is under way; a closed pool says so', async () => {
    const pool = await slicePool({ source: 'export default x => { for (;;); }', workers: 2, sliceMs: 60_000 })
    const results = pool.map(upTo(4))
    const waiting = results.next()
    await new Promise(resolve => setImmediate(resolve))
    await Promise.all([assert.rejects(waiting, { name: 'PoolClosedError' }), pool.close()])
    await assert.rejects(all(pool, [1]), { name: 'PoolClosedError' })
    await pool.close()
  })
})
