import assert from 'node:assert/strict'
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Engine } from '../../../node/engines/engine.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import { collect, contextOf, type JobInit, type Ran, type RunInit, runJob, specOf, Workplace } from './harness.ts'
import { type ProgramName, programOf } from './programs.ts'

const MIB = 1024 * 1024
const FLOOD_CAP = 2 * MIB

export interface Subject {
  kind: 'docker' | 'js' | 'wasm'
  title: string
  /** leaves out what another subject of the same engine has shown already */
  limitsOnly?: boolean
  /** undefined skips with the reason */
  make(): Promise<{ engine: Engine } | { missing: string }>
  /** the engine part of a spec that runs this program */
  engineOf(program: string, args: string[]): JobSpec['engine']
  /** the file of the module that all of them are in */
  module?: string
  /** asserts that nothing is left of any run below `root` */
  noTrace(engine: Engine, root: string): Promise<void>
}

type Extra = Omit<JobInit, 'engine'>

/** What every engine does alike. */
export function engineSuite(subject: Subject): void {
  describe(`engine compliance: ${subject.title}`, () => {
    let engine: Engine
    let place: Workplace

    before(async function () {
      const made = await subject.make()
      if ('missing' in made) {
        process.stderr.write(`    skipped: ${made.missing}\n`)
        return this.skip()
      }
      engine = made.engine
      place = await Workplace.make()
      await engine.start()
    })
    after(async () => {
      if (place === undefined) return
      try {
        await subject.noTrace(engine, place.root)
      } finally {
        await engine.stop()
        await place.remove()
      }
    })

    const jobOf = (name: ProgramName, extra: Extra = {}, args: string[] = []): JobInit => ({
      engine: subject.engineOf(programOf(name, subject.kind), args),
      ...(subject.module === undefined ? {} : { module: subject.module }),
      ...extra
    })
    const run = (name: ProgramName, extra: Extra = {}, init: RunInit = {}, args: string[] = []): Promise<Ran> =>
      runJob(engine, place, jobOf(name, extra, args), init)

    limitCases(run)
    if (subject.limitsOnly === true) return
    programCases(run, subject.kind)
    fileCases(run, () => place)
    lifeCases(run, jobOf, () => ({ engine, place }))
  })
}

type Run = (name: ProgramName, extra?: Extra, init?: RunInit, args?: string[]) => Promise<Ran>

function programCases(run: Run, kind: Subject['kind']): void {
  for (const code of [0, 7, 255]) {
    it(`exit code ${code}`, async () => {
      const { outcome } = await run('exit', {}, {}, [String(code)])
      assert.equal(outcome.status, 'exited')
      assert.equal(outcome.exitCode, code)
      assert.equal(outcome.reason, undefined)
      assert.ok(outcome.usage.wallMs >= 0 && outcome.usage.cpuMs >= 0)
    })
  }
  it('stdout and stderr: every line, in order', async () => {
    const { stdout, stderr } = await run('lines')
    const lines = (word: string) => Array.from({ length: 200 }, (_, i) => `${word} ${i + 1}\n`).join('')
    assert.equal(stdout, lines('out'))
    assert.equal(stderr, lines('err'))
  })
  it('stdout and stderr: in the order in which they were written, where one process writes both', async function () {
    // a container's two pipes are read apart
    if (kind === 'docker') return this.skip()
    const said: string[] = []
    await run('lines', {}, { onLog: (_stream, bytes) => said.push(Buffer.from(bytes).toString()) })
    assert.equal(said.join(''), Array.from({ length: 200 }, (_, i) => `out ${i + 1}\nerr ${i + 1}\n`).join(''))
  })
  it('stdout: bytes beyond ASCII', async () => {
    assert.equal((await run('noNewline')).stdout.trim(), 'grün 😀')
  })
  it('args and env: as given, unquoted and unexpanded', async () => {
    const { stdout } = await run('argsAndEnv', { env: { GREETING: 'hällo $HOME' } }, {}, ['a b', '"q" ü $X'])
    assert.equal(stdout, 'a b|"q" ü $X|hällo $HOME\n')
  })
  it('a program that fails has run: its exit code and its words', async () => {
    const { outcome, stderr } = await run('fail')
    assert.equal(outcome.status, 'exited')
    assert.notEqual(outcome.exitCode, 0)
    assert.match(stderr, /oops/)
  })
}

function fileCases(run: Run, place: () => Workplace): void {
  it('inputs: files, directories and single files at their paths', async () => {
    const inputs = { '/inputs/data': { 'a b.txt': 'one ', 'sub/ü.txt': 'two ' }, '/inputs/one': 'three' }
    assert.equal((await run('readInputs', { inputs })).stdout.trim(), 'one two three')
  })
  it('inputs: read-only', async () => {
    const inputs = { '/inputs/data': { a: 'kept' }, '/inputs/one': 'kept' }
    const { outcome, files } = await run('changeInputs', { inputs })
    assert.equal(outcome.exitCode, 0)
    assert.deepEqual(files, {})
    const base = `${place().last}/inputs`
    assert.equal(await readFile(`${base}/0/a`, 'utf8'), 'kept')
    assert.equal(await readFile(`${base}/1`, 'utf8'), 'kept')
  })
  it('outputs: names with spaces and unicode, directories, several outputs', async () => {
    const outputs = ['result', 'second'].map(name => ({ name, path: `/outputs/${name}` }))
    const { files } = await run('writeOutputs', { outputs })
    const expected = { 'result/a b': '1', 'result/ü/deep er/日本': '2', 'result/-dash': '3', 'second/x': '4' }
    assert.deepEqual(files, expected)
  })
  it('outputs: 10,000 files', async () => {
    const { outcome, files } = await run('manyOutputs', { diskBytes: 64 * MIB })
    assert.equal(outcome.exitCode, 0)
    assert.equal(Object.keys(files).length, 10_000)
  })
  it('outputs: links, devices and paths that lead outside are left out', async () => {
    const { outcome, files } = await run('escapeOutputs')
    assert.equal(outcome.exitCode, 0)
    assert.deepEqual(files, { 'result/fine': 'ok\n' })
  })
}

function limitCases(run: Run): void {
  it('time: ended at timeoutMs', async () => {
    const { outcome } = await run('spin', { timeoutMs: 300 })
    assert.equal(outcome.status, 'timeout')
    assert.equal(outcome.exitCode, undefined)
    assert.ok(outcome.usage.wallMs >= 290)
  })
  it('time: what was there by then comes out', async () => {
    const { outcome, stdout, files } = await run('writeThenSpin', { timeoutMs: 500 })
    assert.deepEqual([outcome.status, stdout, files], ['timeout', 'ready\n', { 'result/partial': 'kept' }])
  })
  it('memory: out-of-memory', async () => {
    const { outcome } = await run('useMemory', { memoryBytes: 32 * MIB, diskBytes: 256 * MIB })
    assert.equal(outcome.status, 'out-of-memory')
  })
  it('disk: disk-full, and never more than the limit comes out', async () => {
    const { outcome, files } = await run('fillDisk', { diskBytes: 8 * MIB })
    assert.equal(outcome.status, 'disk-full')
    assert.ok(Object.values(files).reduce((sum, text) => sum + text.length, 0) <= 8 * MIB)
  })
  it('disk: all of the limit can be used', async () => {
    const { outcome, files } = await run('fitDisk', { diskBytes: 7 * MIB })
    assert.deepEqual([outcome.status, outcome.exitCode], ['exited', 0])
    assert.equal(files['result/f']?.length, 7 * MIB)
  })
  it('log flood: ends when the caller has had enough', async () => {
    const enough = new AbortController()
    let bytes = 0
    const onLog = (_: string, chunk: Uint8Array) => {
      bytes += chunk.byteLength
      if (bytes >= FLOOD_CAP) enough.abort()
    }
    const { outcome } = await run('flood', {}, { signal: enough.signal, onLog })
    assert.equal(outcome.status, 'cancelled')
    // what was on its way: a few MiB, not what a flood makes in a second
    assert.ok(bytes < FLOOD_CAP + 64 * MIB, `${bytes} bytes`)
  })
  it('network: nothing but loopback, and that is its own', async () => {
    const { server, port, asked } = await listen()
    try {
      const { stdout } = await run('network', { env: { PORT: String(port), GATEWAY: ownAddress() } })
      assert.ok(['lo\n', '0\n'].includes(stdout), stdout)
      assert.equal(asked(), 0)
    } finally {
      server.close()
    }
  })
}

async function listen(): Promise<{ server: Server; port: number; asked: () => number }> {
  let count = 0
  const server = createServer((_, response) => {
    count += 1
    response.end('hello')
  })
  await new Promise<void>(resolve => server.listen(0, '0.0.0.0', resolve))
  return { server, port: (server.address() as AddressInfo).port, asked: () => count }
}

/** An address of this host that is not loopback. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return all.find(a => a.family === 'IPv4' && !a.internal)?.address ?? '127.0.0.1'
}

type Parts = () => { engine: Engine; place: Workplace }
type JobOf = (name: ProgramName, extra?: Extra, args?: string[]) => JobInit

function lifeCases(run: Run, jobOf: JobOf, parts: Parts): void {
  it('cancel: before the start', async () => {
    const { outcome } = await run('spin', {}, { signal: AbortSignal.abort() })
    assert.equal(outcome.status, 'cancelled')
  })
  it('cancel: at any moment of the start', async () => {
    for (const turns of [1, 20]) {
      const controller = new AbortController()
      const ran = run('spin', {}, { signal: controller.signal })
      for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
      controller.abort()
      assert.equal((await ran).outcome.status, 'cancelled')
    }
  })
  it('cancel: while it runs, keeping what it said', async () => {
    const controller = new AbortController()
    const ran = await run('readyThenSpin', {}, { signal: controller.signal, onLog: () => controller.abort() })
    assert.equal(ran.outcome.status, 'cancelled')
    assert.match(ran.stdout, /ready/)
  })
  it('cancel: while outputs come out', async () => {
    const { engine, place } = parts()
    const job = jobOf('manyOutputs', { diskBytes: 64 * MIB })
    const dirs = await place.dirs(job)
    const prepared = await engine.prepare(specOf(job), contextOf(job))
    const controller = new AbortController()
    const watcher = watch(dirs.outputs, () => controller.abort())
    const init = { signal: controller.signal }
    const ran = await collect(dirs, init, options => engine.run(prepared, dirs, options)).finally(() => watcher.close())
    // one that was over when its first file was seen has ended by itself
    assert.ok(['cancelled', 'exited'].includes(ran.outcome.status), JSON.stringify(ran.outcome))
  })
  it('cancel: while it is prepared', async () => {
    const { engine } = parts()
    const job = jobOf('exit')
    const signal = AbortSignal.abort()
    // what needs nothing fetched may be ready all the same; nothing runs by that
    await engine.prepare(specOf(job), contextOf(job), { signal }).catch(error => {
      assert.equal(error.name, 'AbortError')
    })
  })
  it('several at a time', async () => {
    const all = await Promise.all([1, 2, 3].map(n => run('exit', {}, {}, [String(n)])))
    assert.deepEqual(
      all.map(r => r.outcome.exitCode),
      [1, 2, 3]
    )
  })
  it('error: refuses a job of another kind and resources it does not have', async () => {
    const { engine } = parts()
    const wrong = specOf({ engine: { noop: { ms: 0, exitCode: 0 } } })
    const little = specOf({ ...jobOf('exit'), memoryBytes: 1 })
    const online = specOf({ ...jobOf('exit'), network: 'full' })
    for (const spec of [wrong, little, online]) {
      await assert.rejects(() => engine.prepare(spec, contextOf(jobOf('exit'))), { name: 'UnsupportedJobError' })
    }
  })
  it('adopt: nothing to take over', async () => {
    const { engine, place } = parts()
    const dirs = await place.dirs(jobOf('exit'))
    assert.equal(await engine.adopt('deal-unknown', dirs, { id: 'deal-unknown', onLog: () => undefined }), undefined)
  })
  it('behavior: works again after stop and start', async () => {
    const { engine } = parts()
    await engine.stop()
    await engine.stop()
    await engine.start()
    await engine.start()
    assert.equal((await run('exit', {}, {}, ['4'])).outcome.exitCode, 4)
  })
  it('probe: says what it is', async () => {
    const { engine } = parts()
    const found = await engine.probe()
    assert.ok(found.available)
    assert.equal(found.kind, engine.kind)
  })
  it('stop: a run under way rejects by name', async () => {
    const { engine, place } = parts()
    const job = jobOf('readyThenSpin')
    const dirs = await place.dirs(job)
    const prepared = await engine.prepare(specOf(job), contextOf(job))
    const onLog = () => void engine.stop()
    await assert.rejects(
      collect(dirs, { id: 'deal-stopped', onLog }, options => engine.run(prepared, dirs, options)),
      {
        name: 'EngineStoppedError'
      }
    )
    await engine.start()
    const after = new AbortController()
    after.abort()
    const adopted = await engine.adopt('deal-stopped', dirs, {
      id: 'deal-stopped',
      signal: after.signal,
      onLog: () => undefined
    })
    assert.ok(adopted === undefined || adopted.status === 'cancelled')
  })
}
