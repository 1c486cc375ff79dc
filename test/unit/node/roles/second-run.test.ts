import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Engine, RunOutcome } from '../../../../node/engines/engine.ts'
import { SecondRuns } from '../../../../node/roles/second-run.ts'
import { cidFromDigest } from '../../../../protocols/common/cbor.ts'
import { UserError } from '../../../../protocols/common/errors.ts'
import { resultDigest } from '../../../../protocols/job/digest.ts'
import { parseSpec } from '../../../../protocols/job/parse-spec.ts'
import type { JobSpec } from '../../../../protocols/job/schema.ts'
import { TIMEOUT_DIGEST } from '../../../../protocols/mediation/verdict.ts'
import { Cleanup, type TestNode } from '../../../support/hosts.ts'

const usage = { wallMs: 7, cpuMs: 1, maxRssBytes: 1 }

/** Copies its first input to its first output and says so, or ends as told. */
function copier(end: Partial<RunOutcome> = {}): Engine & { factors: (number | undefined)[] } {
  const factors: (number | undefined)[] = []
  return {
    kind: 'js',
    factors,
    probe: async () => ({ available: true, kind: 'js', version: '1', features: {} }),
    start: async () => {},
    stop: async () => {},
    adopt: async () => undefined,
    prepare: async (spec, context) => {
      factors.push(context.timeFactor)
      return { spec }
    },
    async run(_prepared, dirs, { onLog }) {
      await mkdir(join(dirs.outputs, 'outputs'), { recursive: true })
      await writeFile(join(dirs.outputs, 'outputs', 'copy'), await readFile(dirs.inputs[0] ?? ''))
      onLog('stdout', Buffer.from('copied\n'))
      onLog('stderr', Buffer.from(`${Math.random()}`))
      return { status: 'exited', exitCode: 0, usage, ...end }
    }
  }
}

describe('roles/second-run', () => {
  const cleanup = new Cleanup()
  let holder: TestNode
  let judge: TestNode
  let input: CID
  let spec: JobSpec

  before(async () => {
    holder = await cleanup.node()
    judge = await cleanup.node({ stallMs: 300 })
    input = (await holder.store.importBytes(Buffer.from('some input'))).cid
    spec = parseSpec({
      engine: { js: { source: 'export default () => 0' } },
      inputs: [{ cid: input.toString(), path: '/inputs/data' }],
      verify: { policy: { committee: 3 } }
    })
  })
  after(() => cleanup.run())

  const runs = (engine: Engine, maxInputBytes = 1_000) =>
    new SecondRuns(
      { workDir: join(judge.dir, 'second-runs'), maxInputBytes },
      { storage: judge.store, engine: async () => engine }
    )

  it('default: inputs from the peer that has them, four times the time, the digest of the first run, nothing left', async () => {
    const engine = copier()
    const from = [{ peer: judge.source.peer, addrs: [] }, holder.source]
    const { digest, block, outcome, wallMs } = await runs(engine).again({ spec, id: 'judgement', from })
    // what a provider would have imported and committed to
    const dir = join(holder.dir, 'first')
    await mkdir(join(dir, 'outputs'), { recursive: true })
    await writeFile(join(dir, 'outputs', 'copy'), 'some input')
    const [stdout, outputs] = [
      await holder.store.importBytes(Buffer.from('copied\n')),
      await holder.store.importPath(dir)
    ]
    const parts = { outcome: 'exited' as const, exitCode: 0, stdout: stdout.cid, outputs: outputs.cid }
    assert.deepEqual(digest, resultDigest(parts, spec.verify.include))
    assert.deepEqual([outcome, wallMs, engine.factors], ['exited', 7, [4]])
    assert.equal(existsSync(join(judge.dir, 'second-runs', Buffer.from('judgement').toString('hex'))), false)
    // whoever knows the digest fetches the result by it
    const cid = cidFromDigest(digest)
    assert.equal(Buffer.compare(await holder.store.getBlock(cid, { from: judge.source, maxBytes: 1_000 }), block), 0)
    await judge.store.collectGarbage()
    const { files } = await holder.store.fetch(outputs.cid, { from: judge.source, maxBytes: 1_000 })
    assert.equal(files, 1)
  })

  it('behavior: a run that its time ended has the digest of every such run', async () => {
    const { digest } = await runs(copier({ status: 'timeout' })).again({ spec, id: 'long', from: [holder.source] })
    assert.equal(`0x${Buffer.from(digest).toString('hex')}`, TIMEOUT_DIGEST)
  })

  it('behavior: what was prepared runs as often as needed, from empty outputs', async () => {
    const made = runs(copier())
    const ready = await made.prepare({ spec, id: 'twice', from: [holder.source] })
    const [first, second] = [await made.run(ready), await made.run(ready)]
    assert.deepEqual(first.digest, second.digest)
    await made.cleanUp('twice')
  })

  it('error: inputs that nobody has', async () => {
    const lost = parseSpec({
      engine: { js: { source: 'x' } },
      inputs: [{ cid: cidFromDigest(new Uint8Array(32).fill(9)).toString(), path: '/inputs/data' }]
    })
    await assert.rejects(runs(copier()).again({ spec: lost, id: 'lost', from: [holder.source] }), {
      name: 'ContentUnavailableError'
    })
  })

  it('error: inputs beyond the limit', async () => {
    await assert.rejects(runs(copier(), 5).again({ spec, id: 'large', from: [holder.source] }), {
      name: 'TooLargeError'
    })
  })

  it('error: an engine that fails says nothing about the job', async () => {
    const engine = copier({ status: 'engine-error', reason: 'no memory for the sandbox' })
    await assert.rejects(runs(engine).again({ spec, id: 'engine', from: [holder.source] }), { name: 'EngineError' })
  })

  it('error: without an engine nothing is fetched', async () => {
    const made = new SecondRuns(
      { workDir: judge.dir, maxInputBytes: 1_000 },
      {
        storage: judge.store,
        engine: () => Promise.reject(new UserError('EngineMissingError', 'no js'))
      }
    )
    await assert.rejects(made.again({ spec, id: 'none' }), { name: 'EngineMissingError' })
  })
})
