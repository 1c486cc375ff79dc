import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../node/engines/engine.ts'
import { isEnd, type JobView } from '../../node/http/views.ts'
import { busyboxImage } from '../../scripts/lib/docker-image.ts'
import { around, forging } from '../support/deal/forging.ts'
import { chainlessNetwork, member, type TestMember } from '../support/deal/nodes.ts'
import { Cleanup } from '../support/hosts.ts'
import { skip } from './support/skip.ts'
import { eventually } from './support/wait.ts'

const TRUTH = ['echo', 'truth']
/** Says something else each time. */
const CHANCE = ['cat', '/proc/sys/kernel/random/uuid']

describe('replicas of a container', function () {
  this.timeout(120_000)
  const cleanup = new Cleanup()
  let creator: TestMember
  let liar: string
  let image: string

  before(async function () {
    const made = await busyboxImage(undefined, `replicas ${process.pid}`)
    if ('missing' in made) return skip(this, made.missing)
    cleanup.add(made.remove)
    image = made.id
    const lies = Promise.withResolvers<void>()
    // two that agree need no third: they wait until it takes part
    const patient = (engine: Engine) =>
      around(
        engine,
        run =>
          async (...job) =>
            lies.promise.then(() => run(...job))
      )
    const lying = (engine: Engine) =>
      around(forging('forged\n', ({ engine: e }) => 'docker' in e && e.docker.args?.[0] === 'echo')(engine), run => {
        lies.resolve()
        return run
      })
    const engines = { engines: 'docker' }
    const first = await member(cleanup, 'provider', chainlessNetwork(), engines, { aroundEngine: patient })
    const network = chainlessNetwork((await first.node.api.info()).addrs)
    await member(cleanup, 'provider', network, engines, { aroundEngine: patient })
    const cheap = { ...engines, 'prices.perJob': '0' }
    const third = await member(cleanup, 'provider', network, cheap, { aroundEngine: lying })
    liar = (await third.node.api.info()).account
    creator = await member(cleanup, 'creator', network)
    await eventually('three offers', async () => (await creator.node.api.offers()).length === 3)
  })
  after(() => cleanup.run())

  /** A job to its end, and to the end of each of its deals. */
  const run = async (args: string[], policy: 'none' | object): Promise<JobView> => {
    const resources = { memory: '64MiB', disk: '64MiB' }
    const spec = { engine: { docker: { image, args } }, resources, verify: { policy } }
    const { id } = await creator.node.api.submit({ spec })
    return await eventually(`the end of ${args.join(' ')}`, async () => {
      const view = await creator.node.api.job(id)
      return view !== undefined && [view, ...(view.replicas ?? [])].every(r => isEnd(r.state)) && view
    })
  }
  const stdoutOf = (id: string, replica: number): Promise<string> =>
    readFile(join(creator.dataDir, 'jobs', id, 'replicas', `${replica}`, 'stdout'), 'utf8')

  it('behavior: two of three agree; the third is told from them, kept, paid, and asked after others from then on', async () => {
    const { id, state, dir = '', reason, replicas = [] } = await run(TRUTH, { replicas: { n: 3, min: 2 } })
    assert.equal(state, 'done', reason)
    assert.equal(await readFile(join(dir, 'stdout'), 'utf8'), 'truth\n')
    for (const { replica, provider, agrees, state: end, reason: why } of replicas) {
      assert.deepEqual([end, agrees], ['done', provider !== liar])
      assert.equal(why !== undefined, provider === liar)
      if (provider === liar) assert.equal(await stdoutOf(id, replica), 'forged\n')
    }
    assert.match((await creator.node.api.why(id)).summary, /^2 of 3 replicas came to the same; .*not the agreed one/)
    // the cheapest of all would be asked first
    assert.notEqual((await run(['true'], 'none')).provider, liar)
  })

  it('behavior: a program that does not repeat: no agreement after three results, all paid and all kept', async () => {
    const { id, state, error, reason, replicas = [] } = await run(CHANCE, { replicas: { n: 3, min: 2 } })
    assert.deepEqual([state, error], ['failed', 'NoAgreementError'], reason)
    assert.deepEqual(
      replicas.map(r => r.state),
      ['done', 'done', 'done']
    )
    const { remedies = [] } = await creator.node.api.why(id)
    const said = await Promise.all(replicas.map(({ replica }) => stdoutOf(id, replica)))
    assert.equal(new Set(said).size, 3)
    const [, command = ''] = /^compare what they came to: (for .*; done)$/.exec(remedies[0] ?? '') ?? []
    const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    assert.equal(stdout, `1c1\n< ${said[0]}---\n> ${said[1]}`, remedies[0])
  })
})
