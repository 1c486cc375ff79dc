import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { wasmEngine } from '../../../node/engines/wasm/index.ts'
import { assemble, op, u, WASI } from '../../support/wasm/assemble.ts'
import { fixture } from '../../support/wasm/fixtures.ts'
import { ANY_CID, engineBench, type JobInit, runJob } from './harness.ts'

const RUN_PROGRAMS = resolve(import.meta.dirname, '../../support/wasm/run-programs.ts')
const MIB = 1024 * 1024

interface Found {
  args: string[]
  exitCode?: number
  stdout: string
}

describe('wasm engine: deterministic', () => {
  const bench = engineBench(wasmEngine)

  const say = async (args: string[], more: Partial<JobInit> = {}): Promise<string> => {
    const job = { engine: { wasm: { module: ANY_CID, args } }, module: fixture('wasi'), ...more }
    return (await runJob(bench.engine, bench.place, job)).stdout.trim()
  }

  it('two processes get the same from the same specification', async () => {
    const programs = [
      ...[['compute'], ['random'], ['clocks'], ['sleep'], ['arguments'], ['descriptors'], ['empty'], ['recurse']],
      ...[['list', '/'], ['list', '/inputs/data'], ['sum', '/inputs/data/ü/c'], ['escape'], ['leaveThen', 'trap']]
    ]
    const run = async (): Promise<Found[]> => {
      const { stdout } = await promisify(execFile)(process.execPath, [RUN_PROGRAMS, JSON.stringify(programs)], {
        maxBuffer: 64 * MIB
      })
      return JSON.parse(stdout) as Found[]
    }
    const [first, second] = [await run(), await run()]
    assert.deepEqual(first, second)
    const [compute] = first
    // where the sum of the digits depends on the processor, a mediator on another one would disagree
    assert.deepEqual([compute?.args, compute?.exitCode], [['compute'], 0])
    assert.equal(first.find(f => f.args[0] === 'recurse')?.exitCode, 134)
  })
  it('randomness is the specification’s own', async () => {
    const first = await say(['random'])
    assert.match(first, /^[0-9a-f]{32}$/)
    assert.equal(await say(['random']), first)
    assert.notEqual(await say(['random'], { env: { OTHER: '1' } }), first)
  })
  it('the clock begins with the program and moves as it is read', async () => {
    assert.equal(await say(['clocks']), '946684800.000001000 0.000002000')
  })
  it('the depth of recursion does not depend on what has run before', async () => {
    const depth = async () => (await say(['recurse'])).split('\n').at(-1)
    const first = await depth()
    assert.ok(Number(first) > 1000)
    for (let i = 0; i < 3; i++) assert.equal(await depth(), first)
  })
  it('relaxed multiplication and addition rounds the same on every processor of an architecture', async () => {
    // (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24 when it is rounded once, 0 when it is rounded twice
    const f32x4 = (value: number) => {
      const lane = Buffer.alloc(4)
      lane.writeFloatLE(value)
      return [0xfd, 12, ...lane, ...lane, ...lane, ...lane]
    }
    const madd = [0xfd, ...u(0x105)]
    const factor = f32x4(1 + 2 ** -12)
    const module = assemble({
      imports: [[WASI, 'proc_exit', 'i:']],
      start: [
        ...[...factor, ...factor, ...f32x4(-(1 + 2 ** -11)), ...madd],
        // exit code: whether the first lane is zero
        ...[0xfd, 0x1f, 0, 0x43, 0, 0, 0, 0, 0x5b, op.call, 0]
      ]
    })
    const path = join(bench.place.root, 'madd.wasm')
    await writeFile(path, module)
    const { outcome, stderr } = await runJob(bench.engine, bench.place, {
      engine: { wasm: { module: ANY_CID } },
      module: path
    })
    assert.equal(outcome.exitCode, process.arch === 'x64' ? 1 : 0, stderr)
  })
})
