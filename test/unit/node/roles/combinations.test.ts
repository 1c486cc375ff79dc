import assert from 'node:assert/strict'
import { ROLES, type Role } from '../../../../node/config/schema.ts'
import { isEnd } from '../../../../node/http/views.ts'
import { chainlessNetwork, member, type TestMember } from '../../../support/deal/nodes.ts'
import { Cleanup, until } from '../../../support/hosts.ts'

/** A faucet needs a chain; these do not. */
const CHAINLESS = ROLES.filter(role => role !== 'faucet')
/** Every choice of at least one role. */
const COMBINATIONS: Role[][] = Array.from({ length: 2 ** CHAINLESS.length - 1 }, (_, i) =>
  CHAINLESS.filter((_role, bit) => (((i + 1) >> bit) & 1) === 1)
)
const NOOP = { engine: { noop: { exitCode: 0, ms: 0 } } }

describe('roles: in any combination', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  after(() => cleanup.run())

  it('default: each starts, is ready, offers what it should, and stops', async () => {
    assert.equal(COMBINATIONS.length, 15)
    const network = chainlessNetwork()
    await Promise.all(
      COMBINATIONS.map(async roles => {
        const { node } = await member(cleanup, roles.join(','), network)
        const { api } = node
        const [info, status, readiness] = await Promise.all([api.info(), api.status(), api.readiness()])
        const what = roles.join(',')
        assert.deepEqual(info.roles, roles)
        assert.deepEqual(
          readiness,
          { ready: true, checks: readiness.checks.map(({ name }) => ({ name, ok: true })) },
          what
        )
        const isProvider = roles.includes('provider')
        assert.equal(info.price !== undefined, isProvider, what)
        assert.equal(status.provider?.state, isProvider ? 'open' : undefined, what)
        assert.equal(status.judging !== undefined, roles.includes('mediator'), what)
        const mine = (await api.offers()).filter(offer => offer.mine)
        assert.equal(mine.length, isProvider ? 1 : 0, what)
        const metrics = await api.metrics()
        assert.match(metrics, /^dcn_node_info\{.*network="lab".*\} 1$/m)
        assert.equal(/^dcn_provider_open 1$/m.test(metrics), isProvider, what)
        await (isProvider ? api.drain() : assert.rejects(api.drain(), { name: 'NoProviderError' }))
        await node.stop()
        assert.equal(node.url, undefined)
      })
    )
  })

  it('error: a faucet on a network without a chain, or without a contract, does not start', async () => {
    await assert.rejects(member(cleanup, 'relay,faucet'), { name: 'NoChainError', field: 'roles' })
    const network = chainlessNetwork()
    const address = `0x${'ab'.repeat(20)}` as const
    const chain = { chainId: 1, rpcUrls: ['http://127.0.0.1:1'], escrow: address, token: address, startBlock: 0 }
    const settled = { ...network, chain: { ...chain, confirmations: 1 } }
    await assert.rejects(member(cleanup, 'faucet', settled), { name: 'InvalidInputError', field: 'faucet.contract' })
  })

  describe('a provider that is drained', () => {
    let [provider, creator]: TestMember[] = []
    const api = (who: TestMember | undefined) => {
      assert.ok(who !== undefined)
      return who.node.api
    }
    const offers = async () => (await api(creator).offers()).length
    before(async () => {
      provider = await member(cleanup, 'provider')
      creator = await member(cleanup, 'creator', chainlessNetwork((await api(provider).info()).addrs))
      await until(async () => (await offers()) === 1)
    })

    it('behavior: withdraws its offer, lets its job finish, says so to whoever asks, and comes back', async () => {
      const { id } = await api(creator).submit({ spec: { engine: { noop: { exitCode: 0, ms: 3_000 } } } })
      await until(async () => (await api(provider).status()).provider?.running[0]?.phase === 'running')
      const own = async () => (await api(provider).offers()).length
      const { provider: now, offers: counted } = await api(provider).drain()
      assert.deepEqual([counted, await own()], [0, 0])
      assert.deepEqual([now?.state, now?.running.length], ['drained', 1])
      assert.equal(now?.running[0]?.phase, 'running')
      assert.ok((now?.running[0]?.leftMs ?? 0) > 0)
      await until(async () => (await offers()) === 0)
      await until(async () => isEnd((await api(creator).job(id))?.state ?? 'matching'))
      assert.equal((await api(creator).job(id))?.state, 'done')
      await until(async () => (await api(provider).status()).provider?.running.length === 0)
      assert.deepEqual([(await api(provider).resume()).offers, await own()], [1, 1])
      await until(async () => (await offers()) === 1)
    })

    it('behavior: what it does not take is refused with the reason, and why says what helps', async () => {
      const network = chainlessNetwork((await api(creator).info()).addrs)
      const strict = await member(cleanup, 'provider', network, {
        'prices.perJob': '0',
        'creators.deny': (await api(creator).info()).account
      })
      await until(async () => (await offers()) === 2)
      const target = (await api(strict).info()).account
      const { id } = await api(creator).submit({ spec: NOOP, constraints: { target } })
      await until(async () => (await api(creator).why(id)).attempts.length > 0)
      const { attempts, remedies = [] } = await api(creator).why(id)
      assert.match(attempts[0]?.outcome ?? '', /^not-allowed: this provider takes no work from this account/)
      assert.match(remedies[0] ?? '', /--deny/)
      await api(creator).cancel(id)
    })
  })
})
