import assert from 'node:assert/strict'
import { openChain } from '../../../../../node/settlement/evm/client.ts'
import { readHistory } from '../../../../../node/settlement/evm/history.ts'
import { moneyEmitters } from '../../../../../node/settlement/evm/money-logs.ts'
import type { Movement } from '../../../../../node/settlement/history.ts'
import type { Hex } from '../../../../../protocols/common/values.ts'
import type { Deal, Result, SignedDeal } from '../../../../../protocols/deal/schema.ts'
import { CLAIMED, courtOf, courtWorld, OTHER } from '../../../../helpers/court.ts'
import { dealTerms } from '../../../../helpers/deals.ts'
import { type Party, type TestChain, testChain } from '../../../../helpers/evm.ts'
import { refusal, rpcProxy } from '../../../../helpers/rpc-proxy.ts'

const SILENT = { debug: () => {}, info: () => {}, warn: () => {} }
const ALL = { limit: 1_000 }
const short = ({ kind, amount, role }: Movement) => [kind, amount, role]
const sum = (movements: readonly Movement[]) => movements.reduce((total, { amount }) => total + amount, 0n)

describe('evm: history', () => {
  let chain: TestChain
  let creator: Party
  let provider: Party
  let nonce = 0n

  before(async () => {
    chain = await testChain()
  })
  after(() => chain.stop())
  beforeEach(async () => {
    creator = await chain.party()
    provider = await chain.party()
    await creator.settlement.deposit(10_000n)
    await provider.settlement.deposit(5_000n)
  })

  const open = async (changes: Partial<Deal> = {}): Promise<SignedDeal & { id: Hex; result: Result }> => {
    nonce += 1n
    const now = await creator.settlement.now()
    const deal = dealTerms(creator.settlement.account, provider.settlement.account, now, { nonce, ...changes })
    const signatures = {
      creatorSignature: await creator.settlement.signDeal(deal),
      providerSignature: await provider.settlement.signDeal(deal)
    }
    await provider.settlement.open({ deal, ...signatures })
    const id = creator.settlement.dealId(deal)
    return { deal, ...signatures, id, result: { deal: id, commitment: deal.job, manifest: deal.spec, charge: 700n } }
  }
  const settle = async ({ deal, result }: { deal: Deal; result: Result }) =>
    provider.settlement.settle(deal, result, await creator.settlement.signResult(result))

  it('default: what moved, with its sign, deal, transaction and time, oldest first, and it adds up', async () => {
    const settled = await open()
    const receipt = await settle(settled)
    const forfeited = await open()
    await provider.settlement.forfeit(forfeited.deal)
    const late = await open()
    await chain.pass(61)
    await creator.settlement.timeoutSubmit(late.deal)
    await creator.settlement.withdraw(500n, creator.settlement.account)
    await creator.settlement.withdraw(1n, provider.settlement.account)
    const mine = await creator.settlement.history(ALL)
    assert.deepEqual(mine.movements.map(short), [
      ['deposit', 10_000n, undefined],
      ['opened', -1_000n, 'creator'],
      ['settled', 300n, 'creator'],
      ['opened', -1_000n, 'creator'],
      ['forfeited', 1_100n, 'creator'],
      ['opened', -1_000n, 'creator'],
      ['timed-out', 1_401n, 'creator'],
      ['withdrawal', -500n, undefined],
      ['withdrawal', -1n, undefined]
    ])
    const [, , paid] = mine.movements
    assert.deepEqual([paid?.deal, paid?.transaction], [settled.id, receipt.transaction])
    assert.ok(Math.abs((paid?.atSec ?? 0) - Date.now() / 1000) < 60)
    assert.equal(mine.movements.at(-1)?.counterparty, provider.settlement.account)
    const theirs = await provider.settlement.history(ALL)
    assert.deepEqual(theirs.movements.map(short).slice(0, 3), [
      ['deposit', 5_000n, undefined],
      ['opened', -401n, 'provider'],
      ['settled', 1_101n, 'provider']
    ])
    for (const { movements, complete } of [mine, theirs]) {
      assert.equal(complete, true)
      const { free } = await (movements === mine.movements ? creator : provider).settlement.balances()
      assert.equal(sum(movements), free)
    }
  })

  it('behavior: the newest of many, and from a time on', async () => {
    for (let i = 0; i < 3; i++) await settle(await open())
    const all = (await creator.settlement.history(ALL)).movements
    assert.equal(all.length, 7)
    const { movements, complete } = await creator.settlement.history({ limit: 3 })
    assert.deepEqual([movements, complete], [all.slice(-3), true])
    await chain.pass(1_000)
    const sinceSec = await creator.settlement.now()
    await settle(await open())
    const later = await creator.settlement.history({ ...ALL, sinceSec })
    assert.deepEqual(
      later.movements.map(({ kind }) => kind),
      ['opened', 'settled']
    )
    assert.equal(later.complete, true)
  })

  it('behavior: deals of others do not show, and nothing that is not deep enough', async () => {
    const stranger = await chain.party({ confirmations: 3 })
    await settle(await open())
    await stranger.settlement.deposit(5n)
    assert.deepEqual((await stranger.settlement.history(ALL)).movements, [])
    await chain.control.mine({ blocks: 2 })
    assert.deepEqual((await stranger.settlement.history(ALL)).movements.map(short), [['deposit', 5n, undefined]])
  })

  describe('through an endpoint', () => {
    const readThrough = async (urls: string[], options = ALL, nowMs = Date.now) => {
      const { chainId, startBlock, escrow } = chain
      const opened = openChain({ rpcUrls: urls, chainId, startBlock, dev: true, logger: SILENT })
      await opened.start()
      const { account } = creator.settlement
      const init = { sources: opened.sources, emitters: moneyEmitters(escrow), account, startBlock, nowMs }
      // windows of a few blocks, so that a short chain has many
      return readHistory({ ...init, firstWindow: 4n, confirmations: 1, logger: SILENT }, options)
    }

    it('behavior: an end is found with its opening many windows before it', async () => {
      const old = await open()
      await chain.control.mine({ blocks: 60 })
      await settle(old)
      const { movements, complete } = await readThrough([chain.url], { limit: 1 })
      assert.deepEqual([movements.map(short), complete], [[['settled', 300n, 'creator']], true])
      assert.equal(movements[0]?.deal, old.id)
    })

    it('error: two endpoints that differ', async () => {
      const liar = await rpcProxy(chain.url)
      try {
        liar.tamper = ({ method }, result) => (method === 'eth_getLogs' ? [] : result)
        await assert.rejects(readThrough([liar.url, chain.url]), { name: 'EndpointsDisagreeError' })
      } finally {
        await liar.stop()
      }
    })

    it('behavior: one that refuses wide ranges', async () => {
      const narrow = await rpcProxy(chain.url)
      try {
        narrow.tamper = ({ method, params }, result) => {
          if (method !== 'eth_getLogs') return result
          if (Number(params[0].toBlock) - Number(params[0].fromBlock) >= 10) throw refusal('at most 10 blocks')
          return result
        }
        const { movements } = await readThrough([narrow.url])
        assert.equal(sum(movements), (await creator.settlement.balances()).free)
      } finally {
        await narrow.stop()
      }
    })

    it('behavior: says when it had to stop before the beginning', async () => {
      let nowMs = 0
      const { complete } = await readThrough([chain.url], ALL, () => {
        nowMs += 20_000
        return nowMs
      })
      assert.equal(complete, false)
    })
  })
})

describe('evm: history with a court', () => {
  it('default: adds up for parties, appellants and seats, whoever wins', async () => {
    const world = await courtWorld({ owners: 12 })
    try {
      const { creator, provider, seats } = world
      const turned = await world.challenged()
      await world.drawn(turned)
      await world.judged(turned, () => CLAIMED)
      await courtOf(creator).appeal(turned.deal)
      await world.drawn(turned)
      await world.judged(turned, () => OTHER)
      await world.chain.pass(31)
      await courtOf(provider).finish(turned.deal, turned.result)
      const upheld = await world.challenged()
      await world.drawn(upheld)
      await world.judged(upheld, n => (n === 0 ? OTHER : CLAIMED))
      await world.chain.pass(31)
      await courtOf(provider).finish(upheld.deal, upheld.result)
      const nobody = await world.challenged()
      await world.drawn(nobody)
      const dispute = await courtOf(creator).dispute(nobody.id)
      assert.equal(dispute?.phase, 'voting')
      for (const party of [creator, provider, ...seats]) {
        const { movements, complete } = await party.settlement.history(ALL)
        assert.equal(complete, true)
        assert.equal(sum(movements), (await party.settlement.balances()).free, party.settlement.account)
      }
      const kinds = new Set((await creator.settlement.history(ALL)).movements.map(({ kind }) => kind))
      for (const kind of ['challenged', 'appealed', 'deposit-back', 'resolved'] as const)
        assert.ok(kinds.has(kind), kind)
      const seated = await Promise.all(seats.map(party => party.settlement.history(ALL)))
      const paid = seated.flatMap(({ movements }) => movements).filter(({ kind }) => kind === 'seat-paid')
      assert.ok(paid.length >= 9)
    } finally {
      await world.stop()
    }
  })
})
