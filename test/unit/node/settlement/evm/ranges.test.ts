import assert from 'node:assert/strict'
import { RpcRequestError } from 'viem'
import { openChain, type Source } from '../../../../../node/settlement/evm/client.ts'
import { dealEmitter } from '../../../../../node/settlement/evm/logs.ts'
import { inPieces, type Range } from '../../../../../node/settlement/evm/ranges.ts'
import { EndpointFault } from '../../../../../node/settlement/evm/rpc/faults.ts'
import { readEvents } from '../../../../../node/settlement/evm/topics.ts'
import { dealTerms } from '../../../../helpers/deals.ts'
import { testChain } from '../../../../helpers/evm.ts'
import { refusal, rpcProxy } from '../../../../helpers/rpc-proxy.ts'

const source = (logBlocks: bigint): Source => ({ label: 'x', client: {} as Source['client'], logBlocks })
const tooWide = () => new RpcRequestError({ body: {}, url: 'http://x', error: { code: -32602, message: 'too wide' } })
const blocksOf = ({ fromBlock, toBlock }: Range): bigint[] =>
  Array.from({ length: Number(toBlock - fromBlock) + 1 }, (_, i) => fromBlock + BigInt(i))

describe('evm: ranges', () => {
  it('default: every block once, in order, in pieces', async () => {
    const pieces: bigint[] = []
    const all = await inPieces(source(100n), { fromBlock: 5n, toBlock: 1_004n }, async piece => {
      pieces.push(piece.toBlock - piece.fromBlock + 1n)
      return blocksOf(piece)
    })
    assert.deepEqual(all, blocksOf({ fromBlock: 5n, toBlock: 1_004n }))
    assert.deepEqual(new Set(pieces), new Set([100n]))
    assert.deepEqual(await inPieces(source(1n), { fromBlock: 5n, toBlock: 4n }, async () => [1]), [])
  })

  it('behavior: a refused piece is halved, and the endpoint asked for less from then on', async () => {
    const narrow = source(1_000n)
    let refused = 0
    const all = await inPieces(narrow, { fromBlock: 0n, toBlock: 999n }, async piece => {
      if (piece.toBlock - piece.fromBlock < 60n) return blocksOf(piece)
      refused += 1
      throw tooWide()
    })
    assert.equal(all.length, 1_000)
    assert.ok(narrow.logBlocks <= 64n && refused <= 8)
  })

  it('behavior: asks for more again after a while', async () => {
    const narrow = source(1n)
    await inPieces(narrow, { fromBlock: 0n, toBlock: 500n }, async () => [])
    assert.ok(narrow.logBlocks >= 16n)
  })

  it('error: a single block that is refused, and an endpoint that fails', async () => {
    const always = source(8n)
    await assert.rejects(
      inPieces(always, { fromBlock: 0n, toBlock: 9n }, () => Promise.reject(tooWide())),
      { name: 'RpcRequestError' }
    )
    const slow = source(8n)
    const late = new EndpointFault('timeout', 'it did not answer')
    await assert.rejects(
      inPieces(slow, { fromBlock: 0n, toBlock: 9n }, () => Promise.reject(late)),
      late
    )
    assert.equal(slow.logBlocks, 4n)
  })

  it('behavior: the whole history from an endpoint that answers ten blocks at a time', async () => {
    const chain = await testChain()
    const proxy = await rpcProxy(chain.url)
    try {
      const [creator, provider] = [await chain.party(), await chain.party()]
      await provider.settlement.ensureFree(50_000n)
      const { account } = creator.settlement
      for (let nonce = 0n; nonce < 5n; nonce++) {
        const now = await provider.settlement.now()
        const deal = dealTerms(account, provider.settlement.account, now, { nonce, price: 0n })
        const creatorSignature = await creator.settlement.signDeal(deal)
        const providerSignature = await provider.settlement.signDeal(deal)
        await provider.settlement.open({ deal, creatorSignature, providerSignature })
        await chain.control.mine({ blocks: 25 })
      }
      proxy.tamper = ({ method, params }, result) => {
        if (method !== 'eth_getLogs') return result
        const [{ fromBlock, toBlock }] = params
        if (Number(toBlock) - Number(fromBlock) >= 10) throw refusal('block range is too wide', -32005)
        return result
      }
      const { chainId, startBlock } = chain
      const logger = { debug: () => {}, info: () => {}, warn: () => {} }
      const opened = openChain({ rpcUrls: [proxy.url], chainId, startBlock, dev: true, logger })
      await opened.start()
      const [source] = await opened.sources()
      assert.ok(source !== undefined)
      const toBlock = await opened.client.getBlockNumber()
      const events = await readEvents(source, [dealEmitter(chain.escrow)], { fromBlock: startBlock, toBlock })
      assert.equal(events.filter(({ kind }) => kind === 'opened').length, 5)
    } finally {
      await chain.stop()
      await proxy.stop()
    }
  })
})
