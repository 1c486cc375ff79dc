import assert from 'node:assert/strict'
import { isEnd } from '../../../../node/http/views.ts'
import { chainlessNetwork, member } from '../../../support/deal/nodes.ts'
import { Cleanup, until } from '../../../support/hosts.ts'

const SPEC = { engine: { noop: { exitCode: 0, ms: 0 } } }

describe('roles: a node that comes back alone', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  it('default: lists and ranks at once whom it knew, finds them without a bootstrap peer, and gets a job done', async () => {
    const provider = await member(cleanup, 'provider')
    const { addrs, account } = await provider.node.api.info()
    const first = await member(cleanup, 'creator', chainlessNetwork(addrs))
    await until(async () => (await first.node.api.offers()).length > 0)
    await first.restart(undefined, chainlessNetwork())
    const { node } = first
    assert.deepEqual(
      (await node.api.offers()).map(offer => offer.account),
      [account]
    )
    assert.equal((await node.api.rank(SPEC)).candidates.length, 1)
    const { id } = await node.api.submit({ spec: SPEC })
    await until(async () => isEnd((await node.api.job(id))?.state ?? 'matching'))
    assert.equal((await node.api.job(id))?.state, 'done')
    await until(async () => (await node.api.peers()).length > 0)
  })

  it('behavior: nobody is left, and it still knows who was there', async () => {
    const provider = await member(cleanup, 'provider')
    const { addrs } = await provider.node.api.info()
    const first = await member(cleanup, 'creator', chainlessNetwork(addrs))
    await until(async () => (await first.node.api.offers()).length > 0)
    await first.node.stop()
    await provider.node.stop()
    await first.restart(undefined, chainlessNetwork())
    const { node } = first
    assert.deepEqual([(await node.api.peers()).length, (await node.api.offers()).length], [0, 1])
  })
})
