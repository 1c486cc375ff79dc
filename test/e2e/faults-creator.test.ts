import assert from 'node:assert/strict'
import { noop } from './support/jobs.ts'
import { Lab } from './support/lab.ts'
import { eventually } from './support/wait.ts'

/** Half of submitBaseSec + 2 × timeout (1 minute) of the jobs below. */
const HALF_WINDOW_SEC = (120 + 2 * 60) / 2
const REVIEW_SEC = 300

describe('faults of creators and relays', function () {
  this.timeout(120_000)
  let lab: Lab

  before(async function () {
    this.timeout(180_000)
    lab = await Lab.start([
      { name: 'provider', roles: ['provider'], flags: ['--engines', 'noop'] },
      { name: 'creator', roles: ['creator'] },
      { name: 'other', roles: ['mediator'] }
    ])
    await lab.everybodyKnows(['provider'])
  })
  after(async () => await lab.stop())

  it('behavior: a creator killed after both signed finds its job again, and pays once', async () => {
    const before = { creator: await lab.money('creator'), provider: await lab.money('provider') }
    const { id } = await lab.node('creator').client.submit({ spec: noop(1_500) })
    await lab.jobIs('creator', id, 'agreed', 'running')
    await lab.node('creator').kill()
    await lab.restart('creator')
    const done = await lab.jobIs('creator', id, 'done')
    assert.equal(done.exitCode, 0)
    assert.ok((await lab.file('creator', id, 'receipt.json')).includes('resultSignatures'))
    await lab.dealIs('provider', done.deal, 'settled')
    assert.equal(await lab.money('creator'), before.creator - BigInt(done.price ?? 0))
    assert.equal(await lab.money('provider'), before.provider + BigInt(done.price ?? 0))
  })

  it('behavior: a creator that never accepts does not keep the provider from its pay', async () => {
    const before = { creator: await lab.money('creator'), provider: await lab.money('provider') }
    const { id } = await lab.node('creator').client.submit({ spec: noop(500) })
    const running = await lab.jobIs('creator', id, 'running')
    const { deal, price = '0' } = running
    await lab.node('creator').kill()
    await lab.dealIs('provider', deal, 'delivering')
    await lab.pass(HALF_WINDOW_SEC + 1, running)
    await lab.dealIs('provider', deal, 'submitted')
    assert.equal(await lab.money('provider'), before.provider, 'nothing is paid before the review is over')
    await lab.pass(REVIEW_SEC + 1, running)
    const claimed = await lab.dealIs('provider', deal, 'settled')
    assert.equal(claimed.transactions.at(-1)?.what, 'claimed')
    assert.equal(await lab.money('provider'), before.provider + BigInt(price))

    await lab.restart('creator')
    const job = await eventually('the creator learns how it ended', async () => {
      const view = await lab.node('creator').client.job(id)
      return view.state === 'failed' || view.state === 'done' ? view : undefined
    })
    if (job.state === 'failed') assert.match(job.reason ?? '', /paid before its result arrived/)
    assert.equal(await lab.money('creator'), before.creator - BigInt(price))
  })

  it('behavior: without the relay jobs still run', async () => {
    const { client } = lab.node('creator')
    const provider = lab.node('provider').ready.peerId
    await eventually('creator and provider know each other', async () =>
      (await client.peers()).some(p => p.id === provider)
    )
    await lab.node('relay').kill()
    for (const name of ['creator', 'other']) {
      const { id } = await lab.node(name).client.submit({ spec: noop(10) })
      assert.equal((await lab.jobIs(name, id, 'done')).exitCode, 0)
    }
  })

  it('behavior: a relay that comes back is found by the invite of before', async () => {
    const relay = await lab.restart('relay')
    assert.ok(lab.network.invite.length > 0)
    const late = await lab.add({ name: 'late', roles: ['creator'] })
    await eventually('the new node is connected', async () =>
      (await late.client.peers()).some(p => p.id === relay.ready.peerId)
    )
    await lab.everybodyKnows(['provider'])
    const { id } = await late.client.submit({ spec: noop(10) })
    assert.equal((await lab.jobIs('late', id, 'done')).exitCode, 0)
  })
})
