import assert from 'node:assert/strict'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { noneSettlement } from '../../../../../node/settlement/none/index.ts'
import type { Result } from '../../../../../protocols/deal/schema.ts'
import { dealTerms } from '../../../../helpers/deals.ts'
import { memoryStore } from '../../../../helpers/memory-store.ts'

const NOW = 1_800_000_000

describe('settlement none', () => {
  const node = (network = 'lab', credit = 0n) => {
    const account = privateKeyToAccount(generatePrivateKey())
    const journal = memoryStore()
    return {
      account,
      journal,
      settlement: noneSettlement({ network, credit })({ account, journal, nowSec: () => NOW })
    }
  }

  it('default: two nodes with books of their own come to the same sums', async () => {
    const [creator, provider] = [node().settlement, node().settlement]
    const deal = dealTerms(creator.account, provider.account, NOW)
    const signed = {
      deal,
      creatorSignature: await creator.signDeal(deal),
      providerSignature: await provider.signDeal(deal)
    }
    const result: Result = { deal: creator.dealId(deal), commitment: deal.job, manifest: deal.spec, charge: 900n }
    const signature = await creator.signResult(result)
    for (const side of [creator, provider]) {
      await side.open(signed)
      await side.settle(deal, result, signature)
      assert.equal((await side.balances(creator.account)).free, -900n)
      assert.equal((await side.balances(provider.account)).free, 900n)
      assert.equal((await side.status(deal)).phase, 'closed')
    }
  })

  it('behavior: the books survive a restart', async () => {
    const { settlement, account, journal } = node('lab', 50n)
    await settlement.deposit(7n)
    const restarted = noneSettlement({ network: 'lab', credit: 50n })({ account, journal: journal.copy() })
    assert.deepEqual(await restarted.balances(), { wallet: -7n, free: 57n, gas: 0n })
  })

  it('default: history from the books', async () => {
    const [creator, provider] = [node('lab', 50n).settlement, node().settlement]
    const { account } = provider
    await creator.deposit(7n)
    for (const [nonce, charge] of [
      [1n, 900n],
      [2n, 1_000n]
    ] as const) {
      const deal = dealTerms(creator.account, account, NOW, { nonce })
      const creatorSignature = await creator.signDeal(deal)
      const result: Result = { deal: creator.dealId(deal), commitment: deal.job, manifest: deal.spec, charge }
      await creator.open({ deal, creatorSignature, providerSignature: await provider.signDeal(deal) })
      await creator.submit(deal, result)
      await creator.settle(deal, result, await creator.signResult(result))
    }
    await creator.withdraw(3n, account)
    const { movements, complete } = await creator.history({ limit: 100 })
    assert.deepEqual(
      movements.map(({ kind, amount, role, counterparty }) => [kind, amount, role ?? counterparty]),
      [
        ['deposit', 7n, undefined],
        ['opened', -1_000n, 'creator'],
        ['settled', 100n, 'creator'],
        ['opened', -1_000n, 'creator'],
        ['settled', 0n, 'creator'],
        ['withdrawal', -3n, account]
      ]
    )
    assert.ok(complete && movements.every(({ atSec }) => atSec === NOW))
    const sum = movements.reduce((total, { amount }) => total + amount, 50n)
    assert.equal(sum, (await creator.balances()).free)
    assert.deepEqual((await creator.history({ limit: 2 })).movements, movements.slice(-2))
    assert.deepEqual(await creator.history({ limit: 2, sinceSec: NOW + 1 }), { movements: [], complete: true })
  })

  it('error: a signature of another network', async () => {
    const [here, there] = [node('lab').settlement, node('lab2').settlement]
    const deal = dealTerms(here.account, there.account, NOW)
    const signed = { deal, creatorSignature: await here.signDeal(deal), providerSignature: await there.signDeal(deal) }
    await assert.rejects(here.open(signed), { name: 'BadSignatureError' })
    assert.equal((await here.balances()).free, 0n)
  })

  it('error: a split above what is locked, or after its expiry', async () => {
    const { settlement } = node()
    const other = node().settlement
    const deal = dealTerms(settlement.account, other.account, NOW)
    await settlement.open({
      deal,
      creatorSignature: await settlement.signDeal(deal),
      providerSignature: await other.signDeal(deal)
    })
    const attempt = async (toProvider: bigint, expiry: number) => {
      const close = { deal: settlement.dealId(deal), toProvider, expiry }
      const signatures = { creator: await settlement.signClose(close), provider: await other.signClose(close) }
      await settlement.close(deal, close, signatures)
    }
    await assert.rejects(attempt(1_402n, NOW), { name: 'InvalidInputError' })
    await assert.rejects(attempt(1n, NOW - 1), { name: 'DealStateError' })
    await attempt(1_401n, NOW)
  })
})
