import assert from 'node:assert/strict'
import { type PrivateKeyAccount, parseTransaction } from 'viem'
import { openChain } from '../../../../../node/settlement/evm/client.ts'
import { escrowCall } from '../../../../../node/settlement/evm/contract.ts'
import { evmSettlement } from '../../../../../node/settlement/evm/index.ts'
import type { Pending } from '../../../../../node/settlement/evm/pending.ts'
import { Sender } from '../../../../../node/settlement/evm/sender.ts'
import type { Settlement } from '../../../../../node/settlement/settlement.ts'
import type { Hex } from '../../../../../protocols/common/values.ts'
import { type Party, type TestChain, testChain } from '../../../../helpers/evm.ts'
import { type MemoryStore, memoryStore } from '../../../../helpers/memory-store.ts'
import { type RpcProxy, refusal, rpcProxy } from '../../../../helpers/rpc-proxy.ts'

const SEND = 'eth_sendRawTransaction'
const RECEIPT = 'eth_getTransactionReceipt'
const SILENT = { debug: () => {}, info: () => {}, warn: () => {} }

describe('evm: sending through faults', () => {
  let chain: TestChain
  let proxy: RpcProxy
  let clock = 0
  const started: Settlement[] = []

  before(async () => {
    chain = await testChain()
  })
  after(() => chain.stop())
  beforeEach(async () => {
    proxy = await rpcProxy(chain.url)
    clock = 0
  })
  afterEach(async () => {
    await chain.control.setAutomine(true)
    await Promise.all(started.splice(0).map(settlement => settlement.stop()))
    await proxy.stop()
  })

  const rpc = (method: string, ...params: unknown[]) => chain.control.request({ method, params } as never) as never
  const countOf = async ({ address }: PrivateKeyAccount) =>
    Number(await rpc('eth_getTransactionCount', address, 'latest'))
  const pendingIn = (journal: MemoryStore): Pending[] =>
    journal
      .keys()
      .filter(key => key.endsWith('/transactions'))
      .flatMap(key => journal.getValue<Pending[]>(key) ?? [])
  /** an account whose settlement has a clock of its own and goes through the proxy */
  const party = async (options: { rpcUrls?: string[] } = {}): Promise<Party> => {
    const { account, settlement: idle } = await chain.party()
    await idle.stop()
    return restart({ account, journal: memoryStore() }, options)
  }
  const restart = async (
    { account, journal }: Pick<Party, 'account' | 'journal'>,
    { rpcUrls = [proxy.url] }: { rpcUrls?: string[] } = {}
  ): Promise<Party> => {
    const init = { ...chain.init, rpcUrls, repriceAfterMs: 1_000 }
    const settlement = evmSettlement(init)({ account, journal, nowMs: () => clock })
    await settlement.start()
    started.push(settlement)
    return { account, journal, settlement }
  }
  /** something else that sends with the same key */
  const sendForeign = async (account: PrivateKeyAccount, nonce: number, gwei = 100n): Promise<Hex> => {
    const fee = gwei * 10n ** 9n
    const plain = { to: account.address, gas: 21_000n, maxFeePerGas: fee, maxPriorityFeePerGas: fee } as const
    const { chainId } = chain
    return rpc(SEND, await account.signTransaction({ type: 'eip1559', chainId, nonce, ...plain }))
  }
  const mine = (blocks = 1) => chain.control.mine({ blocks })

  /** takes blocks off the chain, and what was in them out of the pool as well */
  const drop = async (depth: number) => {
    await rpc('anvil_reorg', depth, [])
    await rpc('anvil_dropAllTransactions')
  }

  it('behavior: killed after it was sent and before that was seen', async () => {
    const first = await party()
    await chain.control.setAutomine(false)
    proxy.fate = method => (method === SEND ? 'lose-answer' : 'pass')
    const lost = proxy.next(SEND)
    const burning = assert.rejects(first.settlement.burn(1n), { name: 'SettlementStoppedError' })
    await lost
    await proxy.next(RECEIPT)
    await first.settlement.stop()
    await burning
    proxy.fate = () => 'pass'
    const second = await restart({ ...first, journal: first.journal.copy() })
    const again = second.settlement.burn(1n)
    await mine()
    await again
    assert.equal(await countOf(first.account), 1)
  })

  it('behavior: killed after it was mined and before that was recorded', async () => {
    const first = await party()
    proxy.fate = method => (method === SEND ? 'lose-answer' : method === RECEIPT ? 'cut' : 'pass')
    const asked = proxy.next(RECEIPT)
    const burning = assert.rejects(first.settlement.burn(1n), { name: 'SettlementStoppedError' })
    await asked
    await first.settlement.stop()
    await burning
    assert.equal(await countOf(first.account), 1)
    assert.equal(pendingIn(first.journal).length, 1)
    proxy.fate = () => 'pass'
    proxy.seen = []
    const second = await restart({ ...first, journal: first.journal.copy() })
    await second.settlement.burn(1n)
    assert.equal(await countOf(first.account), 1)
    assert.ok(!proxy.seen.includes(SEND))
  })

  it('behavior: every state of the journal on the way leads to one transaction', async () => {
    const { account, settlement } = await party()
    await settlement.stop()
    const states: MemoryStore[] = []
    const journal = memoryStore()
    const recording: MemoryStore = {
      ...journal,
      setValue: (key, value) => {
        journal.setValue(key, value)
        states.push(journal.copy())
      }
    }
    const first = await restart({ account, journal: recording })
    await first.settlement.burn(1n)
    await mine(20)
    while (pendingIn(journal).length > 0) await new Promise(setImmediate)
    await first.settlement.stop()
    assert.ok(states.length >= 3)
    for (const state of states) {
      const { settlement: again } = await restart({ account, journal: state })
      await again.burn(1n)
      await again.stop()
    }
    assert.equal(await countOf(account), 1)
  })

  it('behavior: a spike of the base fee', async () => {
    const { settlement, account } = await party()
    await chain.control.setAutomine(false)
    const sent = proxy.next(SEND)
    const burning = settlement.burn(1n)
    await sent
    await proxy.next(RECEIPT)
    await chain.control.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 12n })
    await mine()
    assert.equal(await countOf(account), 0)
    const again = proxy.next(SEND)
    clock = 2_000
    await again
    await proxy.next(RECEIPT)
    await mine()
    const { transaction } = await burning
    const { maxFeePerGas } = parseTransaction(await rpc('eth_getRawTransactionByHash', transaction))
    assert.ok((maxFeePerGas ?? 0n) > 10n ** 12n)
    await chain.control.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 9n })
    await mine()
  })

  it('error: a foreign transaction took the nonce, and the call made again works', async () => {
    const { settlement, account } = await party()
    await chain.control.setAutomine(false)
    const sent = proxy.next(SEND)
    const burning = settlement.burn(1n)
    await sent
    await proxy.next(RECEIPT)
    await sendForeign(account, 0)
    await mine()
    await assert.rejects(burning, { name: 'TransactionReplacedError', value: 0 })
    await chain.control.setAutomine(true)
    await settlement.burn(1n)
    assert.equal(await countOf(account), 2)
  })

  it('behavior: a foreign transaction that vanished leaves no hole', async () => {
    const { settlement, account } = await party()
    await chain.control.setAutomine(false)
    const foreign = await sendForeign(account, 0)
    const sent = proxy.next(SEND)
    const burning = settlement.burn(1n)
    await sent
    await proxy.next(RECEIPT)
    await rpc('anvil_dropTransaction', foreign)
    await mine()
    assert.equal(await countOf(account), 0)
    for (clock = 2_000; (await countOf(account)) < 2; clock += 2_000) {
      await proxy.next(RECEIPT)
      await mine()
    }
    await burning
  })

  it('behavior: what a reorg drops is sent again, also after it counted as final', async () => {
    const { settlement, account, journal } = await party()
    await settlement.burn(1n)
    await mine(3)
    await drop(4)
    while ((await countOf(account)) !== 1) await new Promise(setImmediate)
    const { settlement: restarted } = await restart({ account, journal: journal.copy() })
    await restarted.burn(2n)
    assert.equal(await countOf(account), 2)
  })

  it('behavior: what a reorg drops is sent again while nothing can be asked about another', async () => {
    const { settlement, account, journal } = await party()
    await settlement.burn(1n)
    const [known] = pendingIn(journal).flatMap(({ attempts }) => attempts.map(({ hash }) => hash))
    proxy.tamper = ({ method, params: [hash] }, result) => {
      if (method === RECEIPT && hash !== known) throw refusal('transaction indexing is in progress')
      return result
    }
    proxy.fate = method => (method === SEND ? 'swallow' : 'pass')
    const sent = proxy.next(SEND)
    const burning = settlement.burn(2n)
    await sent
    await proxy.next(RECEIPT)
    proxy.fate = () => 'pass'
    await drop(1)
    while ((await countOf(account)) !== 1) await new Promise(setImmediate)
    proxy.tamper = (_call, result) => result
    clock = 2_000
    await burning
    assert.equal(await countOf(account), 2)
  })

  it('behavior: what a reorg drops while the node is stopped is sent again at the start', async () => {
    const { settlement, account, journal } = await party()
    await settlement.burn(1n)
    await settlement.stop()
    await drop(1)
    assert.equal(await countOf(account), 0)
    await restart({ account, journal: journal.copy() })
    while ((await countOf(account)) !== 1) await new Promise(setImmediate)
  })

  it('behavior: a call whose transaction failed in its block is a new one when it is made again', async () => {
    const { account } = await chain.party()
    const { client, sources } = openChain({ ...chain.init, logger: SILENT })
    const { chainId, escrow } = chain
    const common = { confirmations: 3, repriceAfterMs: 60_000, waitMs: 10_000, pollMs: 20, logger: SILENT }
    const init = { client, sources, chainId, signer: account, store: memoryStore(), nowMs: Date.now, ...common }
    const sender = new Sender({ ...init, storeKey: 'transactions' })
    sender.start()
    try {
      await chain.control.setAutomine(false)
      const burn = { key: 'once', to: escrow, data: escrowCall('burn', [1n]) }
      const [good, failed] = [sender.send({ ...burn, key: 'other' }), sender.send(burn)]
      while (Number(await rpc('eth_getTransactionCount', account.address, 'pending')) < 2) await mine(0)
      await chain.control.setAutomine(true)
      await mine()
      assert.deepEqual([(await good).status, (await failed).status].sort(), ['reverted', 'success'])
      const key = (await failed).status === 'reverted' ? 'once' : 'other'
      const { status } = await sender.send({ key, to: escrow, data: escrowCall('burn', [2n]) })
      assert.equal(status, 'success')
    } finally {
      await sender.stop()
    }
  })

  describe('receipts are checked against the contract', () => {
    const NOTHING = `0x${'00'.repeat(96)}`

    it('error: a receipt for a call that the contract does not know', async () => {
      const { settlement } = await party()
      proxy.tamper = ({ method }, result) => (method === 'eth_call' ? NOTHING : result)
      await assert.rejects(settlement.burn(1n), error => {
        assert.ok(error instanceof Error && error.name === 'EndpointLieError', String(error))
        assert.ok(error.message.includes('burn') && error.message.includes(proxy.url))
        return true
      })
    })

    it('error: a deposit of which the block has no trace', async () => {
      const { settlement } = await party()
      proxy.tamper = ({ method }, result) => (method === 'eth_getLogs' ? [] : result)
      await assert.rejects(settlement.deposit(5n), { name: 'EndpointLieError' })
    })

    it('behavior: a second endpoint clears it up', async () => {
      const { settlement } = await party({ rpcUrls: [proxy.url, chain.url] })
      proxy.tamper = ({ method }, result) => (method === 'eth_call' ? NOTHING : result)
      await settlement.burn(1n)
    })

    it('behavior: a receipt that only one endpoint knows does not end the care for a transaction', async () => {
      const second = await rpcProxy(chain.url)
      try {
        const { settlement, account, journal } = await party({ rpcUrls: [proxy.url, second.url] })
        for (const endpoint of [proxy, second]) endpoint.fate = method => (method === SEND ? 'swallow' : 'pass')
        const latest = (await rpc('eth_getBlockByNumber', 'latest', false)) as { number: Hex; hash: Hex }
        proxy.tamper = ({ method, params }, result) =>
          method === RECEIPT
            ? {
                transactionHash: params[0],
                transactionIndex: '0x0',
                blockNumber: latest.number,
                blockHash: latest.hash,
                status: '0x1',
                logs: [],
                gasUsed: '0x1',
                effectiveGasPrice: '0x1'
              }
            : result
        await assert.rejects(settlement.burn(1n), { name: 'EndpointLieError' })
        await mine(20)
        const asked = second.next(RECEIPT)
        await asked
        assert.equal(pendingIn(journal).length, 1)
        for (const endpoint of [proxy, second]) endpoint.fate = () => 'pass'
        await mine()
        while ((await countOf(account)) !== 1) await new Promise(setImmediate)
      } finally {
        await Promise.all(started.splice(0).map(settlement => settlement.stop()))
        await second.stop()
      }
    })
  })
})
