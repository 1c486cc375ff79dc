import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobView } from '../../node/http/views.ts'
import { dcn } from './support/cli.ts'
import { busy, container, noop } from './support/jobs.ts'
import { Lab } from './support/lab.ts'
import { skip } from './support/skip.ts'
import { eventually } from './support/wait.ts'

/** A job that no test waits for: its provider is killed or stopped long before. */
const LONG_MS = 60_000
/** submitBaseSec + 2 × timeout of the long job */
const SUBMIT_WINDOW_SEC = 120 + 2 * 60
describe('faults of providers', function () {
  this.timeout(120_000)
  let lab: Lab
  let abandoned: string

  before(async function () {
    this.timeout(180_000)
    const engines = ['--engines', 'docker,js,noop']
    lab = await Lab.start([
      { name: 'cheap', roles: ['provider'], flags: [...engines, '--price-cpu-hour', '0.01'] },
      { name: 'dear', roles: ['provider'], flags: [...engines, '--price-cpu-hour', '0.05', '--drain-sec', '1'] },
      { name: 'creator', roles: ['creator'] }
    ])
    await lab.everybodyKnows(['cheap', 'dear'])
  })
  after(async () => await lab.stop())

  const submit = async (spec: Record<string, unknown>, target?: string): Promise<JobView> => {
    const constraints = target === undefined ? {} : { constraints: { target: lab.node(target).ready.account } }
    return await lab.node('creator').client.submit({ spec, ...constraints })
  }

  it('default: a provider killed in mid-job costs the creator nothing, and another one does the job', async () => {
    const before = { creator: await lab.money('creator'), dear: await lab.money('dear') }
    const { client } = lab.node('creator')
    const { id } = await submit(noop(2_000))
    const running = await lab.jobRuns('creator', id, 'cheap')
    const { price = '0', provider, deal } = running
    assert.equal(provider, lab.node('cheap').ready.account)
    await lab.node('cheap').kill()
    const why = await eventually('the creator says that its provider is gone', async () => {
      const view = await client.why(id)
      return view.summary.includes('not connected') ? view : undefined
    })
    assert.equal(why.state, 'running')
    assert.match(why.summary, /submit.* come back/)
    await lab.pass(SUBMIT_WINDOW_SEC + 1, running)
    const done = await lab.jobIs('creator', id, 'done')
    assert.equal(done.provider, lab.node('dear').ready.account)
    const { attempts } = await client.why(id)
    const lost = attempts.find(a => a.provider === provider)
    assert.match(lost?.outcome ?? '', /^timed-out: .*no result in time/)
    // the price is back, and the collateral of the same amount on top
    assert.equal(await lab.money('dear'), before.dear + BigInt(done.price ?? 0))
    assert.equal(await lab.money('creator'), before.creator + BigInt(price) - BigInt(done.price ?? 0))

    await lab.restart('cheap')
    const lostDeal = await lab.dealIs('cheap', deal, 'lost')
    assert.match(lostDeal.reason ?? '', /submit window/)
    await lab.everybodyKnows(['cheap', 'dear'])
  })

  it('behavior: the money is back at once when nobody else may do the job', async () => {
    const before = await lab.money('creator')
    const { id } = await submit(noop(LONG_MS), 'dear')
    const running = await lab.jobRuns('creator', id, 'dear')
    await lab.node('dear').kill()
    await lab.pass(SUBMIT_WINDOW_SEC + 1, running)
    const { client } = lab.node('creator')
    await eventually('the creator has its money back', async () => (await client.why(id)).attempts.length === 1)
    assert.equal(await lab.money('creator'), before + BigInt(running.price ?? 0))
    await lab.restart('dear')
    // the search for another provider goes on beside the next cases
    abandoned = id
  })

  it('behavior: a js job is run again by a provider that restarts', async () => {
    const before = { creator: await lab.money('creator'), cheap: await lab.money('cheap') }
    const { id } = await submit(busy(), 'cheap')
    await lab.jobRuns('creator', id, 'cheap')
    await lab.node('cheap').kill()
    await lab.restart('cheap')
    const done = await lab.jobIs('creator', id, 'done')
    assert.equal(done.exitCode, 0)
    assert.equal(await lab.file('creator', id, 'stdout'), 'begun\n')
    assert.equal(await lab.money('creator'), before.creator - BigInt(done.price ?? 0))
    assert.equal(await lab.money('cheap'), before.cheap + BigInt(done.price ?? 0))
  })

  it('behavior: a container is taken over by a provider that restarts', async function () {
    const image = await lab.image()
    if (typeof image !== 'string') return skip(this, image.missing)
    const { id } = await submit(container(image, 6), 'cheap')
    const [running] = await eventually('the container runs', async () => {
      const found = await lab.containers('cheap', false)
      return found.length === 1 ? found : undefined
    })
    await lab.node('cheap').kill()
    await lab.restart('cheap')
    assert.deepEqual(await lab.containers('cheap'), [running], 'the same container goes on')
    const done = await lab.jobIs('creator', id, 'done')
    assert.equal(done.exitCode, 0)
    assert.equal(await lab.file('creator', id, 'stdout'), 'begun\n')
    assert.equal(await lab.file('creator', id, 'outputs/outputs/n'), '6\n')
    await eventually('the container is removed', async () => (await lab.containers('cheap')).length === 0)
  })

  it('behavior: a provider that stops lets a short job finish', async () => {
    await lab.everybodyKnows(['cheap', 'dear'])
    const { id } = await submit(noop(2_000), 'cheap')
    await lab.jobRuns('creator', id, 'cheap')
    const stopped = lab.node('cheap').stop()
    const done = await lab.jobIs('creator', id, 'done')
    assert.equal(done.exitCode, 0)
    await stopped
    assert.equal(lab.node('cheap').process.exitCode, 0)
    await lab.everybodyKnows(['dear'], ['relay', 'creator', 'dear'])
  })

  it('behavior: a provider that stops hands a long job back at once, with a quarter of its collateral', async () => {
    const before = await lab.money('creator')
    const { id } = await submit(noop(LONG_MS), 'dear')
    const { price = '0' } = await lab.jobRuns('creator', id, 'dear')
    await lab.node('dear').stop()
    assert.equal(lab.node('dear').process.exitCode, 0)
    const { client } = lab.node('creator')
    const handedBack = await eventually('the creator knows', async () => (await client.why(id)).attempts.at(-1))
    assert.match(handedBack.outcome, /^forfeited: .*shutting down/)
    assert.equal(await lab.money('creator'), before + BigInt(price) / 4n)
    // nobody else is allowed to take it: the search ends at once when its owner says so
    const cancelled = await client.cancel(id)
    assert.equal((await lab.jobIs('creator', cancelled.id, 'cancelled')).state, 'cancelled')
    const dear = await lab.restart('dear')
    assert.equal((await dear.client.deals())[0]?.phase, 'forfeited')
  })

  it('behavior: job show and job wait tell in the end why there is no result', async () => {
    await lab.jobIs('creator', abandoned, 'failed')
    const node = lab.node('creator').dataDir
    const shown = await dcn(['job', 'show', abandoned], { node })
    assert.match(shown.stdout, /^reason +.*no result in time; the price and its collateral came back$/m)
    assert.equal((await dcn(['job', 'wait', abandoned], { node })).code, 1)
  })

  it('behavior: the logs of the nodes hold no bug of ours', () => {
    for (const name of lab.names) {
      const log = readFileSync(join(lab.node(name).dataDir, 'node.log'), 'utf8')
      assert.doesNotMatch(log, /internal error|UnhandledRejection|TypeError/i, name)
    }
  })
})
