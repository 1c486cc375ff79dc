import assert from 'node:assert/strict'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { connect } from '../../../../../node/settlement/evm/client.ts'
import { checkContracts } from '../../../../../node/settlement/evm/contract.ts'
import { firstAnswering } from '../../../../../node/settlement/evm/create-chain.ts'
import { isCompiledFrom } from '../../../../../node/settlement/evm/deploy/contracts.ts'
import { fundFromDevChain } from '../../../../../node/settlement/evm/dev-funds.ts'
import { dealEscrowAbi } from '../../../../../node/settlement/evm/generated/deal-escrow.ts'
import { evmSettlement } from '../../../../../node/settlement/evm/index.ts'
import { erc20Abi } from '../../../../../node/settlement/evm/tokens.ts'
import { hashDeal, lower, toChainDeal } from '../../../../../node/settlement/typed-data.ts'
import type { Deal } from '../../../../../protocols/deal/schema.ts'
import { startAnvil } from '../../../../../scripts/lib/anvil.ts'
import { dealTerms } from '../../../../helpers/deals.ts'
import { type TestChain, testChain } from '../../../../helpers/evm.ts'
import { memoryStore } from '../../../../helpers/memory-store.ts'
import { rpcProxy } from '../../../../helpers/rpc-proxy.ts'

const one = privateKeyToAccount(`0x${'01'.repeat(32)}`)
const two = privateKeyToAccount(`0x${'02'.repeat(32)}`)

describe('evm: contracts and chain', () => {
  let chain: TestChain

  before(async () => {
    chain = await testChain()
  })
  after(() => chain.stop())

  const startWith = async (changes: object) => {
    const settlement = evmSettlement({ ...chain.init, ...changes })({ account: one, journal: memoryStore() })
    try {
      await settlement.start()
    } finally {
      await settlement.stop()
    }
  }

  it('default: the contract gives a deal the same id', async () => {
    const client = connect(chain.init)
    const deal = dealTerms(lower(one.address), lower(two.address), 1_800_000_000)
    const most: Partial<Deal> = { price: 2n ** 96n - 1n, nonce: 2n ** 256n - 1n, needs: 7, committee: 3, voteWindow: 9 }
    for (const terms of [deal, { ...deal, ...most }]) {
      const id = await client.readContract({
        address: chain.escrow,
        abi: dealEscrowAbi,
        functionName: 'dealId',
        args: [toChainDeal(terms)]
      })
      assert.equal(hashDeal(terms), id)
    }
  })

  it('default: what was deployed is what was compiled, and nothing else passes', async () => {
    const client = connect(chain.init)
    const code = (await client.getCode({ address: chain.escrow })) ?? '0x'
    assert.equal(isCompiledFrom(code, 'DealEscrow'), true)
    const changed = code.replace(/5b/, '00') as typeof code
    assert.equal(isCompiledFrom(changed, 'DealEscrow'), false)
    assert.equal(isCompiledFrom('0x', 'DealEscrow'), false)
    assert.equal(isCompiledFrom(`0x${'00'.repeat(32)}`, 'DealEscrow'), false)
  })

  it('default: a development chain funds many at once', async () => {
    const client = connect(chain.init)
    const all = Array.from({ length: 40 }, () => privateKeyToAccount(generatePrivateKey()).address)
    const funds = { rpcUrls: [chain.url], token: chain.token, tokenAmount: 5n, ethAmount: 7n }
    await Promise.all(all.map(to => fundFromDevChain({ ...funds, to })))
    for (const address of all) {
      const args = [address] as const
      const tokens = await client.readContract({ address: chain.token, abi: erc20Abi, functionName: 'balanceOf', args })
      assert.deepEqual([tokens, await client.getBalance({ address })], [5n, 7n])
    }
  })

  it('error: another chain than the configured one', async () => {
    await assert.rejects(startWith({ chainId: 1 }), { name: 'WrongChainError' })
  })

  it('behavior: one of several endpoints serves another chain, which is no development chain of ours', async () => {
    const other = await startAnvil({ chainId: 4242 })
    try {
      await startWith({ rpcUrls: [other.url, chain.url] })
      await assert.rejects(startWith({ rpcUrls: [other.url] }), { name: 'WrongChainError' })
      const request = { rpcUrls: [other.url], token: chain.token, to: one.address, tokenAmount: 1n, ethAmount: 1n }
      await assert.rejects(fundFromDevChain(request), { name: 'NotDevChainError' })
    } finally {
      await other.stop()
    }
  })

  it('error: a chain of the same id that began with another block than the one settled on before', async () => {
    const twin = await startAnvil({ genesisSec: 1_600_000_000 })
    try {
      const journal = memoryStore()
      const open = (rpcUrl: string, dev: boolean) =>
        evmSettlement({ ...chain.init, rpcUrls: [rpcUrl], dev })({ account: one, journal })
      for (const rpcUrl of [chain.url, chain.url]) {
        const settlement = open(rpcUrl, false)
        await settlement.start()
        await settlement.stop()
      }
      await assert.rejects(open(twin.url, false).start(), { name: 'WrongChainError' })
      // a development chain may be started anew; this one has no escrow yet
      await assert.rejects(open(twin.url, true).start(), {
        name: 'SettlementUnreachableError',
        message: /only block 0/
      })
    } finally {
      await twin.stop()
    }
  })

  it('default: a new network is made through the first address that answers', async () => {
    const gone = await rpcProxy(chain.url)
    await gone.stop()
    assert.equal(await firstAnswering([gone.url, chain.url]), chain.url)
    await assert.rejects(firstAnswering([gone.url, 'ftp://here']), {
      name: 'SettlementUnreachableError',
      message: /ECONNREFUSED.*; ftp:.*only http and https/
    })
  })

  it('error: nothing answers', async () => {
    await assert.rejects(startWith({ rpcUrls: ['http://127.0.0.1:1'] }), { name: 'SettlementUnreachableError' })
  })

  it('error: an endpoint that answers without end', async () => {
    const proxy = await rpcProxy(chain.url)
    try {
      proxy.fate = () => 'flood'
      await assert.rejects(startWith({ rpcUrls: [proxy.url] }), { name: 'SettlementUnreachableError' })
    } finally {
      await proxy.stop()
    }
  })

  it('error: no contract, no escrow, or an escrow of another token', async () => {
    await assert.rejects(startWith({ escrow: one.address }), { name: 'WrongContractError' })
    await assert.rejects(startWith({ escrow: chain.token }), { name: 'WrongContractError' })
    await assert.rejects(startWith({ token: chain.escrow }), { name: 'WrongContractError' })
  })

  it('error: a contract that signs for another chain or address', async () => {
    const client = connect(chain.init)
    const wrong = { chainId: 1, escrow: chain.escrow, token: chain.token }
    await assert.rejects(checkContracts(client, wrong), { name: 'WrongContractError' })
  })

  it('behavior: works on while one of two endpoints is down', () =>
    startWith({ rpcUrls: ['http://127.0.0.1:1', chain.url] }))
})
