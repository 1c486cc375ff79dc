import assert from 'node:assert/strict'
import { type Chain, type ChainInit, openChain } from '../../../../../../node/settlement/evm/client.ts'
import { labelOf } from '../../../../../../node/settlement/evm/rpc/faults.ts'
import { type Anvil, startAnvil } from '../../../../../../scripts/lib/anvil.ts'
import { type TestChain, testChain } from '../../../../../helpers/evm.ts'
import { type Fate, type RpcProxy, refusal, rpcProxy, type Tamper } from '../../../../../helpers/rpc-proxy.ts'

const TIMEOUT_MS = 10_000
const SHORT_MS = 250

describe('evm rpc: several endpoints', () => {
  let chain: TestChain
  let bad: RpcProxy
  let good: RpcProxy
  /** another chain id, and another chain of the same id */
  let other: Anvil
  let twin: Anvil
  let clock = Date.now()
  let warnings: string[] = []

  before(async () => {
    chain = await testChain()
    twin = await startAnvil({ genesisSec: 1_600_000_000 })
    other = await startAnvil({ chainId: 4242 })
  })
  after(async () => {
    await chain.stop()
    await twin.stop()
    await other.stop()
  })
  beforeEach(async () => {
    bad = await rpcProxy(chain.url)
    good = await rpcProxy(chain.url)
    clock = Date.now()
    warnings = []
  })
  afterEach(async () => {
    await bad.stop()
    await good.stop()
  })

  const open = (rpcUrls: string[], changes: Partial<ChainInit> = {}): Chain =>
    openChain({
      rpcUrls,
      chainId: chain.chainId,
      startBlock: chain.startBlock,
      dev: true,
      requestTimeoutMs: TIMEOUT_MS,
      nowMs: () => clock,
      logger: {
        debug: () => {},
        info: () => {},
        warn: fields => void warnings.push(String((fields as { fault?: unknown }).fault))
      },
      ...changes
    })
  const both = (changes: Partial<ChainInit> = {}) => open([bad.url, good.url], changes)
  const labels = async (chain: Chain) => (await chain.sources()).map(({ label }) => label)
  /** waits until the survey that runs in the background has come to it */
  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await new Promise(setImmediate)
  }

  describe('one that does not serve is passed over, at the start and later', () => {
    const cases: [title: string, fate: Fate, fault: RegExp][] = [
      ['dead', 'cut', /cannot be reached/],
      ['timing out', 'hang', /did not answer within 250 ms/],
      ['limiting the rate', 'limit', /limits the rate/],
      ['behind a broken gateway', 'bad-gateway', /HTTP status 502/],
      ['a page for people', 'html', /no JSON-RPC/],
      ['another kind of server', 'not-rpc', /no JSON-RPC/],
      // a slow machine runs out of time before it has all of it
      ['answering without end', 'flood', /above \d+ bytes|did not answer/]
    ]
    for (const [title, fate, fault] of cases) {
      it(`behavior: ${title}`, async () => {
        const changes = { requestTimeoutMs: fate === 'hang' ? SHORT_MS : TIMEOUT_MS }
        const late = both(changes)
        await late.start()
        assert.deepEqual(await labels(late), [bad.url, good.url])
        bad.fate = () => fate
        assert.equal(await late.client.getChainId(), chain.chainId)
        assert.deepEqual(await labels(late), [good.url])
        const early = both(changes)
        await early.start()
        assert.equal(await early.client.getChainId(), chain.chainId)
        assert.deepEqual(await labels(early), [good.url])
        assert.ok(
          warnings.every(text => fault.test(text)),
          warnings.join()
        )
      })
    }

    it('behavior: serving another chain', async () => {
      bad.target = other.url
      const opened = both()
      await opened.start()
      assert.deepEqual(await labels(opened), [good.url])
      assert.match(warnings[0] ?? '', /serves chain 4242, this network settles on chain 31337/)
    })

    it('behavior: lagging far behind, or not at the escrow yet', async () => {
      const old = await chain.control.request({ method: 'eth_getBlockByNumber', params: ['latest', false] } as never)
      await chain.control.mine({ blocks: 100, interval: 2 })
      bad.tamper = ({ method, params }, result) =>
        method === 'eth_getBlockByNumber' && params[0] === 'latest' ? old : result
      const opened = both()
      await opened.start()
      assert.deepEqual(await labels(opened), [good.url])
      assert.match(warnings[0] ?? '', /it lags: its newest block is \d+, another endpoint has \d+/)
      const ahead = both({ startBlock: 1_000_000n })
      await assert.rejects(ahead.start(), { name: 'SettlementUnreachableError', message: /has only block \d+/ })
    })

    it('behavior: lacking a method or an old state that another one has', async () => {
      const opened = both()
      await opened.start()
      for (const message of ['method not found', 'missing trie node abcd', 'header not found']) {
        bad.tamper = ({ method }, result) => {
          if (method === 'eth_getBalance') throw refusal(message, message.startsWith('method') ? -32601 : -32000)
          return result
        }
        assert.equal(await opened.client.getBalance({ address: chain.escrow }), 0n)
      }
      assert.deepEqual(await labels(opened), [bad.url, good.url])
    })
  })

  it('error: nothing serves: one error says what is wrong with each', async () => {
    bad.fate = () => 'limit'
    good.target = other.url
    const gone = await rpcProxy(chain.url)
    await gone.stop()
    const opened = open([gone.url, bad.url, good.url, 'ws://127.0.0.1:1'])
    await assert.rejects(opened.start(), error => {
      assert.ok(error instanceof Error)
      assert.equal(error.name, 'SettlementUnreachableError')
      assert.ok(error.message.includes(`${gone.url}: it cannot be reached (ECONNREFUSED)`), error.message)
      assert.ok(error.message.includes(`${bad.url}: it limits the rate`), error.message)
      assert.ok(error.message.includes(`${good.url}: it serves chain 4242`), error.message)
      assert.match(error.message, /ws:\/\/127\.0\.0\.1:1: only http and https/)
      return true
    })
  })

  it('error: every one serves another chain', async () => {
    await assert.rejects(open([other.url]).start(), { name: 'WrongChainError' })
  })

  it('behavior: comes back once it has shown that it is the same chain', async () => {
    const opened = both()
    await opened.start()
    bad.fate = () => 'cut'
    await opened.client.getChainId()
    assert.deepEqual(await labels(opened), [good.url])
    bad.fate = () => 'pass'
    clock += 2_000
    await until(async () => (await labels(opened)).length === 2)
  })

  it('behavior: a chain of another first block is noticed at the reconnect', async () => {
    const opened = both()
    await opened.start()
    bad.fate = () => 'cut'
    await opened.client.getChainId()
    bad.fate = () => 'pass'
    bad.target = twin.url
    clock += 2_000
    warnings = []
    await labels(opened)
    await until(async () => warnings.length > 0)
    assert.match(warnings[0] ?? '', /serves the chain 31337 that begins with block 0x/)
    assert.deepEqual(await labels(opened), [good.url])
    const known = await open([chain.url]).start()
    await assert.rejects(open([twin.url]).start(known), { name: 'WrongChainError', remedy: /right chain/ })
  })

  it('error: two that begin with different blocks at the first start', async () => {
    bad.target = twin.url
    await assert.rejects(both({ startBlock: 0n }).start(), error => {
      assert.ok(error instanceof Error && error.name === 'EndpointsDisagreeError')
      assert.ok(error.message.includes(bad.url) && error.message.includes(good.url))
      return true
    })
  })

  describe('one that lies is passed over', () => {
    const hash = `0x${'77'.repeat(32)}` as const
    const lies: [title: string, tamper: Tamper, ask: (chain: Chain) => Promise<unknown>][] = [
      [
        'a receipt of another transaction',
        ({ method }, result) =>
          method === 'eth_getTransactionReceipt'
            ? { transactionHash: `0x${'66'.repeat(32)}`, blockNumber: '0x1', blockHash: hash, status: '0x1', logs: [] }
            : result,
        chain => chain.client.getTransactionReceipt({ hash }).catch(() => {})
      ],
      [
        'a head far in the past',
        ({ method }, result) => (method === 'eth_blockNumber' ? '0x0' : result),
        async ({ client }) => {
          await chain.control.mine({ blocks: 400 })
          await client.getBlock()
          await client.getBlockNumber()
        }
      ],
      [
        'a head far in the future',
        ({ method }, result) => (method === 'eth_blockNumber' ? '0xfffffff' : result),
        ({ client }) => client.getBlockNumber()
      ],
      [
        'logs of another contract',
        ({ method }, result) =>
          method === 'eth_getLogs' && Array.isArray(result)
            ? result.map(log => ({ ...log, address: `0x${'11'.repeat(20)}` }))
            : result,
        async ({ client }) => {
          const logs = await client.getLogs({ address: chain.token, fromBlock: 0n })
          assert.ok(logs.length > 0)
        }
      ]
    ]
    for (const [title, tamper, ask] of lies) {
      it(`behavior: ${title}`, async () => {
        const opened = both()
        await opened.start()
        bad.tamper = tamper
        await ask(opened)
        assert.deepEqual(await labels(opened), [good.url])
        assert.ok(warnings.length > 0)
      })
    }
  })

  it('behavior: a transaction goes to every endpoint', async () => {
    const opened = both()
    await opened.start()
    const before = [bad, good].map(({ seen }) => seen.filter(m => m === 'eth_sendRawTransaction').length)
    assert.deepEqual(before, [0, 0])
    await opened.client.sendRawTransaction({ serializedTransaction: '0x1234' }).catch(() => {})
    const after = [bad, good].map(({ seen }) => seen.filter(m => m === 'eth_sendRawTransaction').length)
    assert.deepEqual(after, [1, 1])
  })

  it('default: a message names an endpoint without its key or password', () => {
    assert.equal(labelOf('https://user:secret@host.example/v3/0123456789abcdef0123?k=v'), 'https://host.example/v3/…')
    assert.equal(labelOf('http://127.0.0.1:8545'), 'http://127.0.0.1:8545')
  })
})
