import assert from 'node:assert/strict'
import { engines } from '../../../node/engines/index.ts'
import { noopEngine } from '../../../node/engines/noop.ts'
import { contextOf, type JobInit, runJob, specOf, Workplace } from './harness.ts'

describe('engine compliance: noop', () => {
  const engine = noopEngine()
  let place: Workplace
  before(async () => {
    place = await Workplace.make()
  })
  after(() => place.remove())

  const job = (ms: number, exitCode = 0, timeoutMs = 1000): JobInit => ({
    engine: { noop: { ms, exitCode } },
    timeoutMs
  })

  it('exit code', async () => {
    const { outcome } = await runJob(engine, place, job(0, 9))
    assert.deepEqual([outcome.status, outcome.exitCode], ['exited', 9])
  })
  it('time', async () => {
    assert.equal((await runJob(engine, place, job(60_000, 0, 5))).outcome.status, 'timeout')
  })
  it('cancel: before and while', async () => {
    const { outcome } = await runJob(engine, place, job(60_000), { signal: AbortSignal.abort() })
    assert.equal(outcome.status, 'cancelled')
    const controller = new AbortController()
    const ran = runJob(engine, place, job(60_000), { signal: controller.signal })
    setImmediate(() => controller.abort())
    assert.equal((await ran).outcome.status, 'cancelled')
  })
  it('error: another kind of job', async () => {
    await assert.rejects(() => runJob(engine, place, { engine: { js: { source: 'x', entry: 'default' } } }), {
      name: 'UnsupportedJobError'
    })
  })
  it('adopt: nothing; stop: a run under way rejects by name', async () => {
    const dirs = await place.dirs(job(0))
    assert.equal(await engine.adopt('deal-unknown', dirs, { id: 'deal-unknown', onLog: () => undefined }), undefined)
    const prepared = await engine.prepare(specOf(job(60_000)), contextOf())
    const ran = engine.run(prepared, dirs, { id: 'deal-stopped', onLog: () => undefined })
    await engine.stop()
    await assert.rejects(ran, { name: 'EngineStoppedError' })
  })
  it('several at a time', async () => {
    const all = await Promise.all([1, 2, 3].map(code => runJob(engine, place, job(5, code))))
    assert.deepEqual(
      all.map(r => r.outcome.exitCode),
      [1, 2, 3]
    )
  })
  it('engines(): keeps what works here and says why the rest does not', async () => {
    const nowhere = { nodeId: 'n', socketPath: `${place.root}/no.sock`, quota: 'watcher' } as const
    const all = await engines({ js: false, wasm: false, docker: nowhere, noop: true })
    assert.deepEqual([...all.available.keys()], ['noop'])
    assert.equal(all.docker, undefined)
    const found = all.capabilities.get('docker')
    assert.ok(found !== undefined && !found.available && found.reason !== '' && found.remedy !== '')
    await all.start()
    await all.stop()
  })
})
