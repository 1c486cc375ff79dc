import assert from 'node:assert/strict'
import type { Journal } from '../../../../../node/journal/journal.ts'
import { evmSettlement } from '../../../../../node/settlement/evm/index.ts'
import type { DealEvent, Settlement } from '../../../../../node/settlement/settlement.ts'
import type { Deal, SignedDeal } from '../../../../../protocols/deal/schema.ts'
import { dealTerms } from '../../../../helpers/deals.ts'
import { type Party, type TestChain, testChain } from '../../../../helpers/evm.ts'
import { rpcProxy } from '../../../../helpers/rpc-proxy.ts'

describe('evm: events', () => {
  let chain: TestChain
  let creator: Party
  let provider: Party
  let nonce = 0n

  before(async () => {
    chain = await testChain()
    creator = await chain.party()
    provider = await chain.party()
    await creator.settlement.ensureFree(100_000n)
    await provider.settlement.ensureFree(100_000n)
  })
  after(() => chain.stop())

  const signed = async (changes: Partial<Deal> = {}): Promise<SignedDeal> => {
    const now = await creator.settlement.now()
    nonce += 1n
    const deal = dealTerms(creator.settlement.account, provider.settlement.account, now, { nonce, ...changes })
    return {
      deal,
      creatorSignature: await creator.settlement.signDeal(deal),
      providerSignature: await provider.settlement.signDeal(deal)
    }
  }
  const next = async (events: AsyncIterator<DealEvent>): Promise<DealEvent> => {
    const { value, done } = await events.next()
    assert.notEqual(done, true)
    return value
  }
  const iterate = (settlement: Settlement, consumer: string, signal?: AbortSignal) =>
    settlement.events({ consumer, ...(signal === undefined ? {} : { signal }) })[Symbol.asyncIterator]()

  it('default: from the start, each event once, also after the consumer came back', async () => {
    const first = await signed()
    const second = await signed()
    await provider.settlement.open(first)
    await provider.settlement.open(second)
    const events = iterate(creator.settlement, 'once')
    assert.equal((await next(events)).deal, creator.settlement.dealId(first.deal))
    assert.equal((await next(events)).deal, creator.settlement.dealId(second.deal))
    const third = next(events)
    await provider.settlement.forfeit(first.deal)
    assert.equal((await third).kind, 'forfeited')
    const fourth = next(events)
    await provider.settlement.forfeit(second.deal)
    assert.equal((await fourth).kind, 'forfeited')
    await events.return?.(undefined)
    const back = iterate(creator.settlement, 'once')
    const last = await next(back)
    assert.deepEqual([last.kind, last.deal], ['forfeited', creator.settlement.dealId(second.deal)])
    await back.return?.(undefined)
  })

  it('behavior: what was handed over waits for the disk, the position alone does not', async () => {
    const { account, journal } = await chain.party()
    const writes: { isLazy: boolean; seen: number }[] = []
    const setValue: Journal['setValue'] = (key, value, options) => {
      if (key.endsWith('/events/lazy')) {
        writes.push({ isLazy: options?.lazy === true, seen: (value as { seen: unknown[] }).seen.length })
      }
      journal.setValue(key, value, options)
    }
    const settlement = evmSettlement(chain.init)({ account, journal: { ...journal, setValue } })
    await settlement.start()
    const { deal } = await signed()
    const own = { ...deal, creator: settlement.account, price: 0n }
    const events = iterate(settlement, 'lazy')
    const heard = next(events)
    await provider.settlement.open({
      deal: own,
      creatorSignature: await settlement.signDeal(own),
      providerSignature: await provider.settlement.signDeal(own)
    })
    await heard
    const after = next(events)
    await provider.settlement.forfeit(own)
    await after
    await events.return?.(undefined)
    await settlement.stop()
    // lazy writes that hold a newly seen event would be lost with it
    for (const [i, { isLazy, seen }] of writes.entries()) assert.equal(isLazy, seen <= (writes[i - 1]?.seen ?? 0))
    assert.ok(writes.some(({ isLazy }) => !isLazy))
    assert.ok(writes.some(({ isLazy }) => isLazy))
  })

  it('behavior: deals of others are not heard', async () => {
    const stranger = await chain.party()
    const abort = new AbortController()
    const events = iterate(stranger.settlement, 'others', abort.signal)
    const heard = events.next()
    const { deal } = await signed()
    const own = { ...deal, creator: stranger.settlement.account, price: 0n }
    await provider.settlement.open({
      deal: own,
      creatorSignature: await stranger.settlement.signDeal(own),
      providerSignature: await provider.settlement.signDeal(own)
    })
    assert.equal((await heard).value.deal, stranger.settlement.dealId(own))
    abort.abort()
    assert.equal((await events.next()).done, true)
  })

  it('behavior: waits for confirmations', async () => {
    const slow = await chain.party({ confirmations: 3 })
    await slow.settlement.ensureFree(5_000n)
    const { deal } = await signed()
    const own = { ...deal, creator: slow.settlement.account }
    const { blockNumber } = await (async () => {
      await provider.settlement.open({
        deal: own,
        creatorSignature: await slow.settlement.signDeal(own),
        providerSignature: await provider.settlement.signDeal(own)
      })
      const quick = iterate(provider.settlement, 'quick')
      for (;;) {
        const event = await next(quick)
        if (event.deal === slow.settlement.dealId(own)) return event
      }
    })()
    const events = iterate(slow.settlement, 'slow')
    const heard = next(events)
    await chain.control.mine({ blocks: 2 })
    assert.equal((await heard).blockNumber, blockNumber)
    await events.return?.(undefined)
  })

  it('behavior: an outage delays events and loses none', async () => {
    const proxy = await rpcProxy(chain.url)
    const watcher = await chain.party({ rpcUrls: [proxy.url] })
    await watcher.settlement.ensureFree(5_000n)
    try {
      const events = iterate(watcher.settlement, 'outage')
      const heard = next(events)
      proxy.fate = () => 'cut'
      const { deal } = await signed()
      const own = { ...deal, creator: watcher.settlement.account }
      await provider.settlement.open({
        deal: own,
        creatorSignature: await watcher.settlement.signDeal(own),
        providerSignature: await provider.settlement.signDeal(own)
      })
      proxy.fate = () => 'pass'
      assert.equal((await heard).deal, watcher.settlement.dealId(own))
      await events.return?.(undefined)
    } finally {
      await watcher.settlement.stop()
      await proxy.stop()
    }
  })

  it('error: only the provider may give up', async () => {
    const { deal, ...signatures } = await signed()
    await provider.settlement.open({ deal, ...signatures })
    await assert.rejects(creator.settlement.forfeit(deal), { name: 'DealStateError', contractError: 'NotParty' })
  })

  it('error: too little free balance on either side is told before opening', async () => {
    const dear = await signed({ price: 10_000_000n })
    await assert.rejects(provider.settlement.checkOpen(dear), { name: 'InsufficientBalanceError', limit: '10000000' })
    await assert.rejects(provider.settlement.open(dear), { name: 'InsufficientBalanceError' })
  })

  it('error: terms that the escrow does not take', async () => {
    const changes: Partial<Deal>[] = [{ submitWindow: 0 }, { reviewWindow: 31 * 86_400 }, { committee: 3 }]
    for (const change of changes) {
      await assert.rejects(provider.settlement.checkOpen(await signed(change)), { name: 'InvalidInputError' })
    }
  })
})
