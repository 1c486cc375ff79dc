import assert from 'node:assert/strict'
import type { JobView } from '../../node/http/views.ts'
import { hello, noop } from './support/jobs.ts'
import { Lab } from './support/lab.ts'
import { eventually } from './support/wait.ts'

const JOBS = 20
/** Each job below takes a core: one provider takes one at a time because of its cores, two because of their limit of jobs. */
const PROVIDERS = {
  one: { slots: 1, flags: ['--offer-cpu', '1'] },
  two: { slots: 2, flags: ['--offer-cpu', '8', '--offer-jobs', '2'] },
  three: { slots: 2, flags: ['--offer-cpu', '2', '--offer-memory', '2GiB'] }
}
const HOLDS_ROOM = new Set(['preparing', 'opening', 'running', 'publishing'])

describe('many jobs at once', function () {
  this.timeout(150_000)
  let lab: Lab
  let watching: Promise<void>
  const over = new AbortController()
  const most = new Map<string, number>()

  before(async function () {
    this.timeout(180_000)
    const providers = Object.entries(PROVIDERS).map(([name, { flags }]) => ({
      name,
      roles: ['provider'],
      flags: ['--engines', 'js,noop', ...flags]
    }))
    lab = await Lab.start([...providers, { name: 'creator', roles: ['creator'] }])
    await lab.everybodyKnows(Object.keys(PROVIDERS))
    watching = watch()
  })
  after(async () => {
    over.abort()
    await watching
    await lab.stop()
  })

  /** Looks at what each provider says of itself, all the time. */
  async function watch(): Promise<void> {
    while (!over.signal.aborted) {
      for (const name of Object.keys(PROVIDERS)) {
        const { client } = lab.node(name)
        const deals = await client.deals()
        const running = deals.filter(d => d.role === 'provider' && HOLDS_ROOM.has(d.phase)).length
        most.set(name, Math.max(most.get(name) ?? 0, running))
        const { free } = await client.info()
        assert.ok(free !== undefined && free.cpuMillis >= 0 && free.memoryBytes >= 0 && free.diskBytes >= 0, name)
      }
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  it('default: all are done, no provider takes more than it has room for, each is paid once', async () => {
    const names = ['creator', ...Object.keys(PROVIDERS)]
    const before = new Map<string, bigint>()
    for (const name of names) before.set(name, await lab.money(name))
    const { client } = lab.node('creator')
    const submitted = await Promise.all(
      Array.from({ length: JOBS }, (_, i) => client.submit({ spec: i % 2 === 0 ? noop(200) : hello(String(i)) }))
    )
    const done: JobView[] = []
    for (const { id } of submitted) done.push(await lab.jobIs('creator', id, 'done'))

    assert.equal(new Set(done.map(job => job.deal)).size, JOBS)
    for (const job of done) assert.equal(job.exitCode, 0)
    for (const [name, { slots }] of Object.entries(PROVIDERS)) {
      assert.ok((most.get(name) ?? 0) <= slots, `${name} had ${most.get(name)} jobs at once, room for ${slots}`)
    }
    assert.ok([...most.values()].some(n => n > 0))

    for (const name of Object.keys(PROVIDERS)) {
      const mine = done.filter(job => job.provider === lab.node(name).ready.account)
      const deals = await eventually(`${name} has settled`, async () => {
        const all = (await lab.node(name).client.deals()).filter(d => d.phase === 'settled')
        return all.length === mine.length ? all : undefined
      })
      assert.deepEqual(deals.map(d => d.id).sort(), mine.map(job => job.deal).sort())
      const earned = mine.reduce((sum, job) => sum + BigInt(job.price ?? 0), 0n)
      assert.equal(await lab.money(name), (before.get(name) ?? 0n) + earned, name)
    }
    const paid = done.reduce((sum, job) => sum + BigInt(job.price ?? 0), 0n)
    assert.equal(await lab.money('creator'), (before.get('creator') ?? 0n) - paid)
  })

  it('behavior: a job that needs a whole provider and is for it alone gets it, though others keep coming', async () => {
    const { client } = lab.node('creator')
    const target = lab.node('three').ready.account
    const small = () => client.submit({ spec: noop(200), constraints: { deny: [lab.node('two').ready.account] } })
    const stream = await Promise.all(Array.from({ length: 6 }, small))
    const resources = { cpu: 2 }
    const whale = await client.submit({ spec: { ...noop(200), resources }, constraints: { target }, tip: '1000' })
    const more = await Promise.all(Array.from({ length: 6 }, small))
    assert.equal((await lab.jobIs('creator', whale.id, 'done')).provider, target)
    for (const { id } of [...stream, ...more]) {
      const { provider } = await lab.jobIs('creator', id, 'done')
      assert.notEqual(provider, lab.node('two').ready.account)
    }
  })

  it('default: three replicas agree, over a kill of their creator; each provider is paid once', async () => {
    const names = Object.keys(PROVIDERS)
    const before = new Map<string, bigint>()
    for (const name of ['creator', ...names]) before.set(name, await lab.money(name))
    const spec = { ...hello('replicas'), verify: { policy: { replicas: { n: 3, min: 3 } } } }
    const { id } = await lab.node('creator').client.submit({ spec })
    await lab.node('creator').kill()
    await lab.restart('creator')
    const done = await lab.jobIs('creator', id, 'done')
    assert.equal(await lab.file('creator', id, 'outputs/outputs/hello.txt'), 'hello replicas')
    const { replicas = [] } = done
    assert.deepEqual(new Set(replicas.map(r => r.provider)), new Set(names.map(n => lab.node(n).ready.account)))
    assert.ok(replicas.every(r => r.agrees && r.state === 'done'))
    for (const name of names) {
      const { deal, price = '0' } = replicas.find(r => r.provider === lab.node(name).ready.account) ?? {}
      await lab.dealIs(name, deal, 'settled')
      assert.equal(await lab.money(name), (before.get(name) ?? 0n) + BigInt(price), name)
    }
    assert.equal(await lab.money('creator'), (before.get('creator') ?? 0n) - BigInt(done.price ?? 0))
  })

  it('behavior: the room is free again afterwards', async () => {
    for (const name of Object.keys(PROVIDERS)) {
      await eventually(`${name} offers all of its room`, async () => {
        const { free, capacity } = await lab.node(name).client.info()
        return JSON.stringify(free) === JSON.stringify(capacity)
      })
    }
  })
})
