import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../../../node/engines/engine.ts'
import { isEnd, type JobView } from '../../../../node/http/views.ts'
import { chainlessNetwork, member, type TestMember } from '../../../support/deal/nodes.ts'
import { Cleanup, until } from '../../../support/hosts.ts'

describe('roles: a creator and a provider without a chain', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  let provider: TestMember
  let creator: TestMember

  before(async () => {
    provider = await member(cleanup, 'provider', chainlessNetwork(), {}, { aroundEngine: pausing })
    const bootstrap = (await provider.node.api.info()).addrs
    creator = await member(cleanup, 'creator', chainlessNetwork(bootstrap))
    await until(async () => (await creator.node.api.offers()).length > 0)
  })
  after(() => cleanup.run())

  /** Prepares the job with this exit code as a large image would: until it is told to go on. */
  const PAUSED = 77
  const goOn = Promise.withResolvers<void>()
  const pausing = (engine: Engine): Engine => ({
    ...engine,
    async prepare(spec, context, options) {
      if ('noop' in spec.engine && spec.engine.noop.exitCode === PAUSED) {
        context.onProgress?.({ what: 'image', doneBytes: 5, totalBytes: 9 })
        await goOn.promise
      }
      return await engine.prepare(spec, context, options)
    }
  })
  const submit = (exitCode: number, ms = 0, spec: object = {}) =>
    creator.node.api.submit({ spec: { engine: { noop: { exitCode, ms } }, ...spec } })
  const ended = async (id: string): Promise<JobView> => {
    for (;;) {
      const job = await creator.node.api.job(id)
      if (job !== undefined && isEnd(job.state)) return job
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  const phaseAtProvider = async (deal: string | undefined) =>
    (await provider.node.api.deals()).find(d => d.id === deal)?.phase

  it('default: a job is matched, run, delivered, checked and booked by both', async () => {
    const job = await ended((await submit(7)).id)
    assert.deepEqual([job.state, job.exitCode, job.outcome], ['done', 7, 'exited'])
    assert.equal(await readFile(join(job.dir ?? '', 'exitCode'), 'utf8'), '7')
    const papers = JSON.parse(await readFile(join(job.dir ?? '', 'deal.json'), 'utf8')) as Record<string, string>
    assert.equal(papers['id'], job.deal)
    assert.ok(papers['creatorSignature'] !== papers['providerSignature'] && papers['providerSignature'] !== undefined)
    await until(async () => (await phaseAtProvider(job.deal)) === 'settled')
  })

  it('behavior: the creator is told what the provider prepares, while it does', async () => {
    const over = new AbortController()
    const events = creator.node.api.events({ signal: over.signal })
    const heard = (async () => {
      for await (const event of events) if (event.type === 'transfer' && event.what === 'image') return event
      return undefined
    })()
    const { id } = await submit(PAUSED)
    const { job, bytes, totalBytes } = (await heard) ?? {}
    over.abort()
    goOn.resolve()
    assert.deepEqual([job, bytes, totalBytes], [id, 5, 9])
    assert.equal((await ended(id)).exitCode, PAUSED)
  })

  it('behavior: a cancelled run still ends in a result, and nobody is asked again', async () => {
    const { id } = await submit(0, 60_000, { timeout: '2m' })
    await until(async () => (await phaseAtProvider((await creator.node.api.job(id))?.deal)) === 'running')
    await creator.node.api.cancel(id)
    const job = await ended(id)
    assert.deepEqual([job.state, job.outcome], ['done', 'cancelled'])
  })

  it('behavior: only a job that found nobody is gossiped', async () => {
    const jobsHeard = async () => (await provider.node.api.info()).book.jobs
    await ended((await submit(0)).id)
    assert.equal(await jobsHeard(), 0)
    const { id } = await submit(0, 0, { resources: { cpu: 1000 } })
    await until(async () => (await jobsHeard()) === 1)
    await creator.node.api.cancel(id)
  })

  it('behavior: more jobs at once than the provider has room for are all done, none twice', async () => {
    const { capacity } = await provider.node.api.info()
    const resources = { cpuMillis: Math.floor((capacity?.cpuMillis ?? 0) / 2) }
    const submitted = await Promise.all(Array.from({ length: 10 }, (_, i) => submit(i, 50, { resources })))
    const done: JobView[] = []
    for (const { id } of submitted) done.push(await ended(id))
    assert.deepEqual(
      done.map(job => [job.state, job.exitCode]),
      submitted.map((_, i) => ['done', i])
    )
    assert.equal(new Set(done.map(job => job.deal)).size, submitted.length)
  })

  it('behavior: a provider that stops takes its offer with it', async () => {
    assert.equal((await creator.node.api.offers()).length, 1)
    await provider.node.stop()
    await until(async () => (await creator.node.api.offers()).length === 0)
  })
})
