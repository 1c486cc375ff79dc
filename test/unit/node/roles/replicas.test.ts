import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../../../node/engines/engine.ts'
import { isEnd, type JobView } from '../../../../node/http/views.ts'
import { chainlessNetwork, member, type TestMember } from '../../../support/deal/nodes.ts'
import { Cleanup, until } from '../../../support/hosts.ts'

/** An engine that works, of a provider that tells another output than the job's. */
const forging = (word: string) => (engine: Engine) =>
  new Proxy(engine, {
    get(target, key) {
      const value = target[key as keyof Engine]
      if (key !== 'run') return typeof value === 'function' ? value.bind(target) : value
      const run: Engine['run'] = (prepared, dirs, options) =>
        target.run(prepared, dirs, {
          ...options,
          onLog: stream => options.onLog(stream, new TextEncoder().encode(word))
        })
      return run
    }
  })

describe('roles: replicas without a chain', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  let creator: TestMember
  let liar: TestMember

  before(async () => {
    const first = await member(cleanup, 'provider', chainlessNetwork(), { engines: 'js' })
    const network = chainlessNetwork((await first.node.api.info()).addrs)
    const second = await member(cleanup, 'provider', network, { engines: 'js' })
    liar = await member(cleanup, 'provider', network, { engines: 'js', aroundEngine: forging('forged\n') })
    creator = await member(cleanup, 'creator', network)
    await until(async () => (await creator.node.api.offers()).length === 3)
  })
  after(() => cleanup.run())

  const submit = (n: number, min: number, more: object = {}, constraints = {}) =>
    creator.node.api.submit({
      spec: {
        engine: { js: { source: SOURCE } },
        verify: { policy: { replicas: { n, min } } },
        ...more
      },
      constraints
    })
  const ended = async (id: string): Promise<JobView> => {
    for (;;) {
      const job = await creator.node.api.job(id)
      if (job !== undefined && isEnd(job.state)) return job
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  const accountOf = async ({ node }: TestMember): Promise<string> => (await node.api.info()).account

  it('default: two that agree outvote a liar, and their files are the job', async () => {
    const { id } = await submit(3, 2)
    const job = await ended(id)
    assert.deepEqual([job.state, job.exitCode, job.outcome], ['done', 0, 'exited'])
    assert.equal(await readFile(join(job.dir ?? '', 'stdout'), 'utf8'), 'forty-two\n')
    const replicas = job.replicas ?? []
    assert.equal(new Set(replicas.map(r => r.provider)).size, 3)
    const lied = await accountOf(liar)
    for (const { provider, agrees } of replicas) assert.equal(agrees, provider !== lied)
  })
})

const SOURCE = `export default ({ outputs, console }) => {
  console.log('forty-two')
  outputs.write('/outputs/x', '42')
}`
