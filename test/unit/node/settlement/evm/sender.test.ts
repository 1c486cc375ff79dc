import assert from 'node:assert/strict'
import { evmSettlement } from '../../../../../node/settlement/evm/index.ts'
import type { Settlement } from '../../../../../node/settlement/settlement.ts'
import { type Party, type TestChain, testChain } from '../../../../helpers/evm.ts'
import { memoryStore } from '../../../../helpers/memory-store.ts'
import { type RpcProxy, refusal, rpcProxy } from '../../../../helpers/rpc-proxy.ts'

const SEND = 'eth_sendRawTransaction'

describe('evm: sending', () => {
  let chain: TestChain
  let proxy: RpcProxy

  before(async () => {
    chain = await testChain()
    proxy = await rpcProxy(chain.url)
  })
  after(async () => {
    await chain.stop()
    await proxy.stop()
  })
  beforeEach(() => {
    proxy.fate = () => 'pass'
    proxy.seen = []
  })

  const transactions = (party: Party) =>
    party.journal
      .keys()
      .filter(key => key.endsWith('/transactions'))
      .flatMap(key => party.journal.getValue<unknown[]>(key) ?? [])
  const nonceOf = async ({ account }: Party) =>
    Number(
      await chain.control.request({ method: 'eth_getTransactionCount', params: [account.address, 'latest'] } as never)
    )

  it('default: twenty at once all arrive, each once', async () => {
    const party = await chain.party()
    await Promise.all(Array.from({ length: 20 }, (_, nonce) => party.settlement.burn(BigInt(nonce))))
    assert.equal(await nonceOf(party), 20)
    // kept while a reorg could drop them, and forgotten afterwards
    assert.ok(transactions(party).length > 0)
    await chain.control.mine({ blocks: 20 })
    while (transactions(party).length > 0) await new Promise(setImmediate)
  })

  it('default: ensureFree moves only what is missing, and two at once move it once', async () => {
    const { settlement } = await chain.party({ tokens: 1_000n })
    assert.equal(await settlement.ensureFree(300n), true)
    assert.equal(await settlement.ensureFree(300n), false)
    const both = await Promise.all([settlement.ensureFree(500n), settlement.ensureFree(500n)])
    assert.deepEqual(both, [true, false])
    const { wallet, free } = await settlement.balances()
    assert.deepEqual([wallet, free], [500n, 500n])
  })

  it('error: too few tokens', async () => {
    const { settlement, account } = await chain.party({ tokens: 10n })
    await assert.rejects(settlement.ensureFree(11n), { name: 'InsufficientBalanceError', value: 10n, limit: '11' })
    await assert.rejects(settlement.deposit(11n), { name: 'InsufficientBalanceError' })
    await settlement.deposit(4n)
    await assert.rejects(settlement.withdraw(5n, account.address), {
      name: 'InsufficientBalanceError',
      value: '5',
      limit: 'at most 4',
      remedy: /^withdraw at most what is free/
    })
  })

  it('error: too little gas, and the next call works once there is some', async () => {
    const party = await chain.party({ eth: 1_000n })
    await assert.rejects(party.settlement.burn(1n), { name: 'InsufficientGasError' })
    assert.deepEqual(transactions(party), [])
    await chain.control.setBalance({ address: party.account.address, value: 10n ** 18n })
    await party.settlement.burn(1n)
  })

  it('behavior: an answer that is lost does not send twice', async () => {
    const party = await chain.party({ rpcUrls: [proxy.url] })
    proxy.fate = method => (method === SEND ? 'lose-answer' : 'pass')
    await party.settlement.burn(1n)
    assert.equal(await nonceOf(party), 1)
    proxy.fate = () => 'pass'
    await party.settlement.burn(2n)
    assert.equal(await nonceOf(party), 2)
  })

  it('behavior: who waits for a transaction does not wait for what is asked about those before it', async () => {
    const party = await chain.party({ rpcUrls: [proxy.url] })
    for (const nonce of [1n, 2n, 3n]) await party.settlement.burn(nonce)
    proxy.tamper = ({ method, params: [block] }, result) => {
      if (method === 'eth_getBlockByNumber' && block !== 'latest') throw refusal('no old blocks today')
      return result
    }
    try {
      await party.settlement.burn(4n)
    } finally {
      proxy.tamper = (_call, result) => result
    }
    assert.equal(await nonceOf(party), 4)
  })

  it('behavior: what was signed during an outage arrives after it', async () => {
    const party = await chain.party({ rpcUrls: [proxy.url] })
    proxy.fate = method => (method === SEND ? 'cut' : 'pass')
    const cut = proxy.next(SEND)
    const burning = party.settlement.burn(1n)
    await cut
    proxy.fate = () => 'pass'
    await burning
    assert.equal(await nonceOf(party), 1)
  })

  it('error: a caller gives up in time while the chain does not answer', async () => {
    const { settlement } = await chain.party({ rpcUrls: [proxy.url], waitMs: 300 })
    proxy.fate = method => (method === SEND ? 'cut' : 'pass')
    await assert.rejects(settlement.burn(1n), { name: 'SettlementUnreachableError' })
    proxy.fate = () => 'cut'
    await assert.rejects(settlement.balances(), { name: 'SettlementUnreachableError' })
    await assert.rejects(settlement.burn(2n, { signal: AbortSignal.abort() }), { name: 'AbortError' })
    await settlement.stop()
  })

  it('behavior: journaled but unsent, it is sent by the restarted process, and a repeated call joins it', async () => {
    const party = await chain.party({ rpcUrls: [proxy.url] })
    proxy.fate = method => (method === SEND ? 'cut' : 'pass')
    const cut = proxy.next(SEND)
    const burning = assert.rejects(party.settlement.burn(7n), { name: 'SettlementStoppedError' })
    await cut
    await party.settlement.stop()
    await burning
    assert.equal(await nonceOf(party), 0)
    const journal = party.journal.copy()
    const restarted: Settlement = evmSettlement(chain.init)({ account: party.account, journal })
    await restarted.start()
    try {
      await restarted.burn(7n)
      assert.equal(await nonceOf(party), 1)
      await restarted.burn(8n)
    } finally {
      await restarted.stop()
    }
  })

  it('behavior: another process with the same key does not stop us', async () => {
    const party = await chain.party()
    await party.settlement.burn(1n)
    const second = evmSettlement(chain.init)({ account: party.account, journal: memoryStore() })
    await second.start()
    try {
      await second.burn(2n)
      await party.settlement.burn(3n)
      await second.burn(4n)
    } finally {
      await second.stop()
    }
    assert.equal(await nonceOf(party), 4)
  })

  it('behavior: a stuck transaction is offered again at a higher fee', async () => {
    let clock = 0
    const { account, settlement: first } = await chain.party()
    await first.stop()
    const journal = memoryStore()
    const init = { ...chain.init, rpcUrls: [proxy.url], repriceAfterMs: 1_000 }
    const settlement = evmSettlement(init)({ account, journal, nowMs: () => clock })
    await settlement.start()
    await chain.control.setAutomine(false)
    try {
      const sent = proxy.next(SEND)
      const burning = settlement.burn(1n)
      await sent
      // the clock is read when it is signed; only then does time go on
      await proxy.next('eth_getTransactionReceipt')
      const again = proxy.next(SEND)
      clock = 2_000
      await again
      await proxy.next('eth_getTransactionReceipt')
      await chain.control.mine({ blocks: 1 })
      const { transaction } = await burning
      const mined = (await chain.control.request({
        method: 'eth_getTransactionByHash',
        params: [transaction]
      } as never)) as { nonce: string; maxFeePerGas: string }
      assert.equal(Number(mined.nonce), 0)
      const sends = proxy.seen.filter(seen => seen === SEND).length
      assert.equal(sends, 2)
    } finally {
      await chain.control.setAutomine(true)
      await settlement.stop()
    }
  })

  it('behavior: a chain that was started anew has nothing to do with the old one', async () => {
    const fresh = await testChain({ genesisSec: 1_600_000_000 })
    try {
      const party = await chain.party({ rpcUrls: [proxy.url] })
      await party.settlement.burn(1n)
      await party.settlement.burn(2n)
      const journal = party.journal.copy()
      await fresh.control.setBalance({ address: party.account.address, value: 10n ** 18n })
      const settlement = evmSettlement(fresh.init)({ account: party.account, journal })
      await settlement.start()
      await settlement.burn(1n)
      await settlement.stop()
    } finally {
      await fresh.stop()
    }
  })

  it('error: a stopped settlement says so', async () => {
    const { settlement } = await chain.party()
    await settlement.stop()
    await assert.rejects(settlement.burn(1n), { name: 'SettlementStoppedError' })
    await settlement.start()
    await settlement.burn(1n)
  })
})
