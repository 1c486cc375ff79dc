import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../../../node/engines/engine.ts'
import { isEnd, type JobView, type SubmitRequest } from '../../../../node/http/views.ts'
import { around, forging } from '../../../support/deal/forging.ts'
import { chainlessNetwork, jobThat, member, type TestMember } from '../../../support/deal/nodes.ts'
import { Cleanup, until } from '../../../support/hosts.ts'

const FORGED = 'forged\n'

describe('roles: spot checks by a second provider', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  let creator: TestMember
  /** by price: whoever is cheaper runs a job first */
  let cheap: string
  let fair: string
  let gate = Promise.resolve()

  /** Lies when it is asked to by the name of the job. */
  const lying = (engine: Engine): Engine => forging(FORGED, ({ env }) => env['WHO'] === 'cheap')(engine)
  /** The same, and begins only when the gate is open. */
  const slowlyLying = (engine: Engine): Engine =>
    around(forging(FORGED, ({ env }) => env['WHO'] === 'fair')(engine), run => async (...asked) => {
      await gate
      return await run(...asked)
    })

  before(async () => {
    const first = await member(cleanup, 'provider', chainlessNetwork(), CHEAP, { aroundEngine: lying })
    const network = chainlessNetwork((await first.node.api.info()).addrs)
    const second = await member(cleanup, 'provider', network, DEAR, { aroundEngine: slowlyLying })
    creator = await member(cleanup, 'creator', network, { engines: 'js' })
    await until(async () => (await creator.node.api.offers()).length === 2)
    ;[cheap, fair] = [(await first.node.api.info()).account, (await second.node.api.info()).account]
  })
  after(() => cleanup.run())

  const submit = async (who: string, constraints: SubmitRequest['constraints'] = {}, more: object = {}) => {
    const spec = {
      engine: { js: { source: SOURCE } },
      env: { WHO: who },
      verify: { policy: { spot: '100%' } },
      ...more
    }
    return (await creator.node.api.submit({ spec, constraints })).id
  }
  const untilJob = (id: string, isSo: (view: JobView) => boolean) => jobThat(creator.node, id, isSo)
  const ended = (id: string) =>
    untilJob(id, ({ state, check }) => isEnd(state) && (check === undefined || isEnd(check.state)))

  it('default: the second comes to the same, both are paid, its files are there once', async () => {
    const done = await ended(await submit('nobody'))
    assert.deepEqual(
      [done.state, done.provider, done.check?.state, done.check?.provider],
      ['done', cheap, 'done', fair]
    )
    assert.match(done.checked ?? '', new RegExp(`by ${fair} came to the same`))
    const deals = (await creator.node.api.deals()).filter(d => d.job === done.id)
    assert.deepEqual(
      deals.map(d => d.id),
      [done.deal, done.check?.deal]
    )
    const files = (await creator.node.api.results(done.id)).map(f => f.path)
    assert.deepEqual(
      files.filter(f => f.startsWith('check/')),
      ['check/deal.json', 'check/receipt.json']
    )
  })

  it('behavior: the first lied: this node agrees with the second, the result is refused', async () => {
    // the price comes back when the time of the deal is over
    const id = await submit('cheap')
    const refused = await untilJob(id, ({ checked, check }) => checked !== undefined && check?.state === 'done')
    assert.equal(refused.state, 'settling')
    assert.match(refused.reason ?? '', /another result/)
  })

  it('behavior: the second lied: this node agrees with the first, over a restart of the creator', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    const id = await submit('fair')
    await untilJob(id, ({ check }) => check?.state === 'running')
    await creator.restart()
    resolve()
    const done = await untilJob(id, ({ state }) => isEnd(state))
    assert.deepEqual([done.state, done.check?.state], ['done', 'settling'])
    assert.match(done.checked ?? '', new RegExp(`here came to the same result; ${fair} came to another`))
    assert.equal(await readFile(join(done.dir ?? '', 'stdout'), 'utf8'), 'forty-two\n')
    // what differs is kept
    assert.equal(await readFile(join(done.dir ?? '', 'check', 'stdout'), 'utf8'), FORGED)
  })

  it('behavior: where one provider alone may run it, or it is private, this node runs it again', async () => {
    for (const id of [await submit('nobody', { target: cheap }), await submit('nobody', {}, { private: true })]) {
      const done = await ended(id)
      assert.deepEqual([done.state, done.check], ['done', undefined])
      assert.match(done.checked ?? '', /a run here came to the same/)
    }
  })
})

const CHEAP = { engines: 'js', 'prices.perJob': '0' }
const DEAR = { engines: 'js', 'prices.perJob': '0.01' }

const SOURCE = `export default ({ outputs, console }) => {
  console.log('forty-two')
  outputs.write('/outputs/x', '42')
}`
