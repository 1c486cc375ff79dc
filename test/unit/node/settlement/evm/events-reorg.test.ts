import assert from 'node:assert/strict'
import { evmSettlement } from '../../../../../node/settlement/evm/index.ts'
import type { DealEvent, Settlement } from '../../../../../node/settlement/settlement.ts'
import type { Hex } from '../../../../../protocols/common/values.ts'
import type { SignedDeal } from '../../../../../protocols/deal/schema.ts'
import { dealTerms } from '../../../../helpers/deals.ts'
import { type Party, type TestChain, testChain } from '../../../../helpers/evm.ts'
import { memoryStore } from '../../../../helpers/memory-store.ts'
import { rpcProxy } from '../../../../helpers/rpc-proxy.ts'

/** A provider that has stopped sends nothing again: what the chain drops stays away until a test brings it back. */
describe('evm: events and reorgs', () => {
  let chain: TestChain
  let creator: Party
  let provider: Party
  let nonce = 0n

  before(async () => {
    chain = await testChain()
    creator = await chain.party()
  })
  after(() => chain.stop())
  beforeEach(async () => {
    provider = await chain.party()
    await creator.settlement.ensureFree(50_000n)
    await provider.settlement.ensureFree(50_000n)
    // what a test drops is its own
    await chain.control.mine({ blocks: 4 })
  })
  afterEach(() => provider.settlement.stop())

  const signed = async (): Promise<SignedDeal & { id: Hex }> => {
    nonce += 1n
    const now = await creator.settlement.now()
    const deal = dealTerms(creator.settlement.account, provider.settlement.account, now, { nonce })
    return {
      deal,
      id: creator.settlement.dealId(deal),
      creatorSignature: await creator.settlement.signDeal(deal),
      providerSignature: await provider.settlement.signDeal(deal)
    }
  }
  const iterate = (settlement: Settlement, consumer: string) => settlement.events({ consumer })[Symbol.asyncIterator]()
  /** the next event about one deal, in short */
  const next = async (events: AsyncIterator<DealEvent>, deal: Hex): Promise<[string, bigint]> => {
    for (;;) {
      const { value, done } = await events.next()
      assert.notEqual(done, true)
      if (value.deal === deal) return [value.removed === true ? `${value.kind} removed` : value.kind, value.blockNumber]
    }
  }
  const rawOf = (hash: Hex) =>
    chain.control.request({ method: 'eth_getRawTransactionByHash', params: [hash] } as never) as Promise<Hex>
  const send = (raw: Hex) => chain.control.request({ method: 'eth_sendRawTransaction', params: [raw] } as never)
  const reorg = (depth: number) => chain.control.request({ method: 'anvil_reorg', params: [depth, []] } as never)

  it('behavior: an event that was handed over is taken back, and what follows still comes', async () => {
    const [gone, kept] = [await signed(), await signed()]
    const events = iterate(creator.settlement, 'gone')
    await provider.settlement.open(kept)
    const { transaction } = await provider.settlement.open(gone)
    const raw = await rawOf(transaction)
    await provider.settlement.stop()
    const [, block] = await next(events, gone.id)
    const taken = next(events, gone.id)
    await reorg(1)
    assert.deepEqual(await taken, ['opened removed', block])
    const again = next(events, gone.id)
    await chain.control.mine({ blocks: 2 })
    await send(raw)
    const [kind, later] = await again
    assert.equal(kind, 'opened')
    assert.ok(later > block)
    await events.return?.(undefined)
  })

  it('behavior: an event that moves to another block is taken back and comes again', async () => {
    const moved = await signed()
    const events = iterate(creator.settlement, 'moved')
    const { transaction } = await provider.settlement.open(moved)
    const [, block] = await next(events, moved.id)
    const raw = await rawOf(transaction)
    await provider.settlement.stop()
    // the new branch has it one block later
    await chain.control.mine({ blocks: 1 })
    await chain.control.request({ method: 'anvil_reorg', params: [2, [[raw, 1]]] } as never)
    assert.deepEqual(await next(events, moved.id), ['opened removed', block])
    assert.deepEqual(await next(events, moved.id), ['opened', block + 1n])
    await events.return?.(undefined)
  })

  it('behavior: an end that is taken back leaves a deal that can still end', async () => {
    const deal = await signed()
    const events = iterate(creator.settlement, 'ended')
    await provider.settlement.open(deal)
    assert.equal((await next(events, deal.id))[0], 'opened')
    await provider.settlement.forfeit(deal.deal)
    await provider.settlement.stop()
    assert.equal((await next(events, deal.id))[0], 'forfeited')
    const taken = next(events, deal.id)
    await reorg(1)
    assert.equal((await taken)[0], 'forfeited removed')
    const end = next(events, deal.id)
    await provider.settlement.start()
    assert.equal((await end)[0], 'forfeited')
    await events.return?.(undefined)
  })

  it('behavior: a reorg while the node is stopped', async () => {
    const [kept, gone, fresh] = [await signed(), await signed(), await signed()]
    const events = iterate(creator.settlement, 'stopped')
    await provider.settlement.open(kept)
    await chain.control.mine({ blocks: 1 })
    const { transaction } = await provider.settlement.open(gone)
    const raw = await rawOf(transaction)
    await next(events, kept.id)
    const [, block] = await next(events, gone.id)
    const waiting = events.next()
    await provider.settlement.stop()
    await creator.settlement.stop()
    assert.equal((await waiting).done, true)
    await reorg(1)
    await chain.control.mine({ blocks: 3 })
    const restarted = evmSettlement(chain.init)({ account: creator.account, journal: creator.journal.copy() })
    await restarted.start()
    try {
      const later = iterate(restarted, 'stopped')
      assert.deepEqual(await next(later, gone.id), ['opened removed', block])
      const again = next(later, gone.id)
      await send(raw)
      assert.equal((await again)[0], 'opened')
      const last = next(later, fresh.id)
      await provider.settlement.start()
      await provider.settlement.open(fresh)
      assert.equal((await last)[0], 'opened')
      await later.return?.(undefined)
    } finally {
      await restarted.stop()
      await creator.settlement.start()
    }
  })

  it('behavior: an endpoint told of a chain that never was: what really happens is heard all the same', async () => {
    const proxy = await rpcProxy(chain.url)
    const { account } = creator
    const settlement = evmSettlement({ ...chain.init, rpcUrls: [proxy.url] })({ account, journal: memoryStore() })
    await settlement.start()
    try {
      const latest = (await chain.control.request({
        method: 'eth_getBlockByNumber',
        params: ['latest', false]
      } as never)) as { number: Hex }
      const head = Number(latest.number) + 5_000
      const invented = (number: number) => ({
        ...latest,
        number: `0x${number.toString(16)}`,
        hash: `0x${number.toString(16).padStart(64, '0')}`
      })
      proxy.tamper = ({ method, params }, result) => {
        if (method !== 'eth_getBlockByNumber') return result
        if (params[0] === 'latest') return invented(head)
        return result ?? invented(Number(params[0]))
      }
      const [deal, events] = [await signed(), iterate(settlement, 'invented')]
      const first = next(events, deal.id)
      // read to the end of what was invented
      while (proxy.seen.filter(method => method === 'eth_getLogs').length < 3) await new Promise(setImmediate)
      proxy.tamper = (_call, result) => result
      await provider.settlement.open(deal)
      assert.equal((await first)[0], 'opened')
      await events.return?.(undefined)
    } finally {
      await settlement.stop()
      await proxy.stop()
    }
  })

  it('behavior: a reorg behind every position is read again from far enough back, once', async () => {
    const deal = await signed()
    const events = iterate(creator.settlement, 'deep')
    await provider.settlement.open(deal)
    assert.equal((await next(events, deal.id))[0], 'opened')
    const end = next(events, deal.id)
    // positions on the old branch, more than the cursor keeps
    for (let i = 0; i < 70; i++) await chain.control.mine({ blocks: 1 })
    await reorg(69)
    await chain.control.mine({ blocks: 1 })
    await provider.settlement.forfeit(deal.deal)
    assert.equal((await end)[0], 'forfeited')
    await events.return?.(undefined)
  })
})
