import assert from 'node:assert/strict'
import { PairChooser, readAgreed } from '../../../../../node/settlement/evm/agreement.ts'
import { type Chain, openChain } from '../../../../../node/settlement/evm/client.ts'
import { evmSettlement } from '../../../../../node/settlement/evm/index.ts'
import { dealEmitter } from '../../../../../node/settlement/evm/logs.ts'
import { readEvents } from '../../../../../node/settlement/evm/topics.ts'
import type { Settlement } from '../../../../../node/settlement/settlement.ts'
import type { Hex } from '../../../../../protocols/common/values.ts'
import { dealTerms } from '../../../../helpers/deals.ts'
import { type Party, type TestChain, testChain } from '../../../../helpers/evm.ts'
import { memoryStore } from '../../../../helpers/memory-store.ts'
import { type RpcProxy, refusal, rpcProxy, type Tamper } from '../../../../helpers/rpc-proxy.ts'

const WRONG: Hex = `0x${'77'.repeat(32)}`

describe('evm: two endpoints must say the same', () => {
  let chain: TestChain
  let one: RpcProxy
  let two: RpcProxy
  let creator: Party
  let provider: Party
  let deal: Hex
  let warnings: string[] = []

  before(async () => {
    chain = await testChain()
    creator = await chain.party()
    provider = await chain.party()
    await creator.settlement.ensureFree(50_000n)
    await provider.settlement.ensureFree(50_000n)
    deal = await openDeal(1n)
  })
  after(() => chain.stop())
  beforeEach(async () => {
    one = await rpcProxy(chain.url)
    two = await rpcProxy(chain.url)
    warnings = []
  })
  afterEach(async () => {
    await one.stop()
    await two.stop()
  })

  async function openDeal(nonce: bigint): Promise<Hex> {
    const terms = dealTerms(creator.settlement.account, provider.settlement.account, await creator.settlement.now(), {
      nonce
    })
    await provider.settlement.open({
      deal: terms,
      creatorSignature: await creator.settlement.signDeal(terms),
      providerSignature: await provider.settlement.signDeal(terms)
    })
    return creator.settlement.dealId(terms)
  }
  const logger = {
    debug: () => {},
    info: () => {},
    warn: (fields: object, message: string) => void warnings.push(`${message} ${JSON.stringify(fields)}`)
  }
  const open = async (): Promise<Chain> => {
    const { chainId, startBlock } = chain
    const opened = openChain({ rpcUrls: [one.url, two.url], chainId, startBlock, dev: true, logger })
    await opened.start()
    return opened
  }
  const readAll = async ({ sources }: Chain, nowMs = Date.now) => {
    const pair = await new PairChooser(sources, logger, nowMs).choose()
    const range = { fromBlock: chain.startBlock, toBlock: pair.head }
    return readAgreed(pair, range, (source, part) => readEvents(source, [dealEmitter(chain.escrow)], part))
  }

  it('default: what both say', async () => {
    const agreed = await readAll(await open())
    assert.ok(agreed?.items.some(event => event.deal === deal))
    assert.ok(two.seen.includes('eth_getLogs'))
  })

  const lies: [title: string, tamper: Tamper, about: RegExp][] = [
    [
      'the hash of a block',
      ({ method, params }, result) =>
        method === 'eth_getBlockByNumber' && !['latest', '0x0'].includes(params[0])
          ? { ...result, hash: WRONG }
          : result,
      /disagree about the hash of block \d+$/
    ],
    [
      'an event that one keeps to itself',
      ({ method }, result) => (method === 'eth_getLogs' ? [] : result),
      /disagree about what happened between the blocks \d+ and \d+$/
    ],
    [
      'an event with other contents',
      ({ method }, result) =>
        method === 'eth_getLogs' ? result.map((log: object) => ({ ...log, transactionHash: WRONG })) : result,
      /disagree about what happened/
    ]
  ]
  for (const [title, tamper, about] of lies) {
    it(`error: both are named when they differ on ${title}, whoever of them lies`, async () => {
      for (const liar of [one, two]) {
        const opened = await open()
        liar.tamper = tamper
        await assert.rejects(readAll(opened), error => {
          assert.ok(error instanceof Error && error.name === 'EndpointsDisagreeError', String(error))
          assert.match(error.message, about)
          assert.ok(error.message.includes(one.url) && error.message.includes(two.url))
          return true
        })
        liar.tamper = (_call, result) => result
      }
    })
  }

  it('behavior: without the second one the first is believed, and a warning says so', async () => {
    const opened = await open()
    two.fate = () => 'cut'
    assert.ok((await readAll(opened))?.items.some(event => event.deal === deal))
    assert.match(warnings.join(), /one RPC endpoint alone/)
  })

  it('behavior: a second one that refuses such questions is no reason to stand still', async () => {
    const opened = await open()
    two.tamper = ({ method }, result) => {
      if (method === 'eth_getLogs') throw refusal('logs are for paying customers', -32601)
      return result
    }
    assert.ok((await readAll(opened))?.items.some(event => event.deal === deal))
  })

  it('behavior: reads as far as both have come, and leaves behind one that is stuck', async () => {
    const opened = await open()
    const old = await chain.control.request({ method: 'eth_getBlockByNumber', params: ['latest', false] } as never)
    await chain.control.mine({ blocks: 2 })
    const head = await opened.client.getBlockNumber()
    two.tamper = ({ method, params }, result) =>
      method === 'eth_getBlockByNumber' && params[0] === 'latest' ? old : result
    let nowMs = 0
    const pairs = new PairChooser(opened.sources, logger, () => nowMs)
    const early = await pairs.choose()
    assert.equal(early.head, head - 2n)
    assert.equal(early.witness?.label, two.url)
    nowMs = 61_000
    const late = await pairs.choose()
    assert.equal(late.head, head)
    assert.equal(late.witness, undefined)
  })

  it('behavior: events are held back while two disagree, a log line names both, and they come afterwards', async () => {
    const journal = memoryStore()
    const init = { ...chain.init, rpcUrls: [one.url, two.url] }
    const settlement: Settlement = evmSettlement(init)({ account: creator.account, journal, logger })
    await settlement.start()
    try {
      two.tamper = ({ method }, result) => (method === 'eth_getLogs' ? [] : result)
      const events = settlement.events({ consumer: 'held' })[Symbol.asyncIterator]()
      let isHeld = true
      const first = events.next().then(event => {
        assert.equal(isHeld, false)
        return event
      })
      while (!warnings.some(line => line.includes('disagree'))) await new Promise(setImmediate)
      assert.ok(warnings.some(line => line.includes(one.url) && line.includes(two.url)))
      isHeld = false
      two.tamper = (_call, result) => result
      assert.equal((await first).value.deal, deal)
      await events.return?.(undefined)
    } finally {
      await settlement.stop()
    }
  })
})
