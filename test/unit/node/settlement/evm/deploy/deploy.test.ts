import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, createWalletClient, http, type LocalAccount } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { connect } from '../../../../../../node/settlement/evm/client.ts'
import { devAccount } from '../../../../../../node/settlement/evm/create-chain.ts'
import { seesBlockHashes } from '../../../../../../node/settlement/evm/deploy/block-hashes.ts'
import { estimateDeployment } from '../../../../../../node/settlement/evm/deploy/estimate.ts'
import { type DeployInit, deployContracts } from '../../../../../../node/settlement/evm/deploy/index.ts'
import { fileRecord, memoryRecord } from '../../../../../../node/settlement/evm/deploy/record.ts'
import { verifyDeployment } from '../../../../../../node/settlement/evm/deploy/verify.ts'
import { lower } from '../../../../../../node/settlement/typed-data.ts'
import { DCN_TOKEN } from '../../../../../../protocols/common/network-document.ts'
import { type Anvil, startAnvil } from '../../../../../../scripts/lib/anvil.ts'
import { type RpcProxy, refusal, rpcProxy } from '../../../../../helpers/rpc-proxy.ts'

describe('evm: deployment', () => {
  let anvil: Anvil
  let proxy: RpcProxy
  let dir: string
  let account: LocalAccount

  before(async () => {
    anvil = await startAnvil()
    proxy = await rpcProxy(anvil.url)
  })
  after(async () => {
    await proxy.stop()
    await anvil.stop()
  })
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-deploy-'))
    account = privateKeyToAccount(generatePrivateKey())
    proxy.fate = () => 'pass'
    const control = createTestClient({ mode: 'anvil', transport: http(anvil.url) })
    await control.setBalance({ address: account.address, value: 10n ** 19n })
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const init = (changes: Partial<DeployInit> = {}): DeployInit => ({
    ...{ rpcUrl: anvil.url, account, profile: 'dev', pollMs: 10, record: fileRecord(dir) },
    ...changes
  })
  const sent = () => connect({ rpcUrls: [anvil.url], chainId: 31_337 }).getTransactionCount(account)
  /** The chain can be reached until so many transactions have left. */
  const cutAfter = (transactions: number) => {
    let left = transactions
    proxy.fate = method => {
      if (method === 'eth_sendRawTransaction') left -= 1
      return left < 0 ? 'cut' : 'pass'
    }
  }
  const fails = (changes: Partial<DeployInit> = {}) =>
    assert.rejects(deployContracts(init({ rpcUrl: proxy.url, ...changes })), { name: 'SettlementUnreachableError' })
  const spend = async (): Promise<void> => {
    const wallet = createWalletClient({ account, transport: http(anvil.url) })
    const hash = await wallet.sendTransaction({ to: account.address, value: 1n, chain: null })
    await connect({ rpcUrls: [anvil.url], chainId: 31_337 }).waitForTransactionReceipt({ hash, pollingInterval: 10 })
  }

  it('default: five contracts that know each other, for no more than was estimated', async () => {
    const { gas, contracts, neededWei, priceWei } = await estimateDeployment({
      rpcUrl: anvil.url,
      profile: 'dev',
      deployer: lower(account.address)
    })
    assert.ok(priceWei > 0n && neededWei > priceWei)
    const created: [string, bigint | undefined][] = []
    const deployment = await deployContracts(
      init({ onCreated: ({ contract, gasUsed }) => created.push([contract, gasUsed]) })
    )
    assert.deepEqual(
      created.map(([name]) => name),
      contracts.map(({ contract }) => contract)
    )
    const used = created.reduce((sum, [, one]) => sum + (one ?? 0n), 0n)
    assert.ok(used <= gas && used * 100n > gas * 99n, `${used} of ${gas}`)
    assert.equal(await sent(), 6)
    const { token, randomness, court, escrow, board, modules } = deployment
    assert.equal(new Set([token, randomness, court, escrow, board, modules]).size, 6)
  })

  it('behavior: what is there already is not paid for again', async () => {
    const first = await deployContracts(init())
    const resumed: boolean[] = []
    const again = await deployContracts(init({ onCreated: ({ isResumed }) => resumed.push(isResumed) }))
    assert.deepEqual(again, first)
    assert.deepEqual(resumed, [true, true, true, true, true, true])
    assert.equal(await sent(), 6)
    const record = fileRecord(dir)
    await deployContracts(init({ record }))
    record.clear()
    assert.deepEqual(readdirSync(dir), [])
    assert.notEqual((await deployContracts(init())).escrow, first.escrow)
    assert.equal(await sent(), 12)
  })

  for (let transactions = 0; transactions < 5; transactions++) {
    it(`behavior: goes on after ${transactions} contracts`, async () => {
      cutAfter(transactions)
      await fails()
      assert.equal(await sent(), transactions)
      await deployContracts(init())
      assert.equal(await sent(), 6)
    })
  }

  it('behavior: an answer that is lost is no reason to send twice', async () => {
    let lost = 0
    proxy.fate = method => (method === 'eth_sendRawTransaction' && lost++ % 2 === 0 ? 'lose-answer' : 'pass')
    await deployContracts(init({ rpcUrl: proxy.url })).catch(() => deployContracts(init()))
    assert.equal(await sent(), 6)
  })

  it('behavior: a transaction that came between court and escrow voids the court alone', async () => {
    cutAfter(3)
    const created: string[] = []
    await fails()
    // the escrow is signed and was not sent
    await spend()
    const { escrow, court } = await deployContracts(
      init({ onCreated: ({ contract, isResumed }) => created.push(`${contract} ${isResumed ? 'old' : 'new'}`) })
    )
    assert.deepEqual(created, [
      'DcnToken old',
      'BlockhashRandomness old',
      'Court old',
      'Court new',
      'DealEscrow new',
      'JobBoard new',
      'ModuleRegistry new'
    ])
    assert.notEqual(escrow, court)
    assert.equal(await sent(), 8)
  })

  it('behavior: other settings keep what does not depend on them', async () => {
    cutAfter(3)
    await fails()
    const { settings } = await deployContracts(init({ settings: { seatStake: '20', revealWindowSec: 45 } }))
    assert.deepEqual([settings.seatStake, settings.revealWindowSec], [20n * 10n ** 18n, 45])
    assert.equal(await sent(), 7)
  })

  it('behavior: a transaction that waits is offered again at a higher fee', async () => {
    const client = connect({ rpcUrls: [anvil.url], chainId: 31_337 })
    const automine = (on: boolean) => client.request({ method: 'evm_setAutomine', params: [on] } as never)
    const repriced = Promise.withResolvers<void>()
    const store = memoryRecord()
    const save: typeof store.save = record => {
      store.save(record)
      const [first, second] = record.entries[0]?.attempts ?? []
      if (first === undefined || second === undefined) return
      assert.ok(second.maxFeePerGas > first.maxFeePerGas && second.maxPriorityFeePerGas > first.maxPriorityFeePerGas)
      repriced.resolve()
    }
    await automine(false)
    try {
      const deploying = deployContracts(init({ repriceAfterMs: 30, record: { ...store, save } }))
      await Promise.race([repriced.promise, deploying])
      await automine(true)
      await client.request({ method: 'evm_mine', params: [] } as never)
      await deploying
      assert.equal(await sent(), 6)
    } finally {
      await automine(true)
    }
  })

  it('behavior: tells whether contracts see the hashes of the blocks of the chain', async () => {
    const client = connect({ rpcUrls: [proxy.url], chainId: 31_337 })
    assert.equal(await seesBlockHashes(client), true)
    const word = (n: bigint) => n.toString(16).padStart(64, '0')
    proxy.tamper = ({ method }, result) => (method === 'eth_call' ? `0x${word(21_000_000n)}${word(7n)}` : result)
    assert.equal(await seesBlockHashes(client), false)
    proxy.tamper = ({ method }, result) => {
      if (method === 'eth_call') throw refusal('no contract creation in a call')
      return result
    }
    assert.equal(await seesBlockHashes(client), undefined)
    proxy.tamper = (_call, result) => result
  })

  it('behavior: other code at one of the addresses is noticed', async () => {
    const { escrow, randomness } = await deployContracts(init())
    const client = connect({ rpcUrls: [anvil.url], chainId: 31_337 })
    const ours = await verifyDeployment(client, 31_337, { escrow })
    assert.deepEqual([ours.isOurs, ours.token, ours.court?.revealWindowSec], [true, DCN_TOKEN, 30])
    const control = createTestClient({ mode: 'anvil', transport: http(anvil.url) })
    await control.setCode({ address: randomness, bytecode: '0x60006000fd' })
    const changed = await verifyDeployment(client, 31_337, { escrow })
    assert.deepEqual(
      changed.contracts.filter(c => !c.isOurs).map(c => c.contract),
      ['BlockhashRandomness']
    )
    assert.equal(changed.isOurs, false)
    await assert.rejects(verifyDeployment(client, 31_337, { escrow: randomness }))
  })

  it('error: too little coin is said before anything is sent', async () => {
    await assert.rejects(deployContracts(init({ neededWei: 10n ** 24n })), { name: 'InsufficientGasError' })
    assert.equal(await sent(), 0)
  })

  it('error: what is given as token is none, or has too few decimals for the profile', async () => {
    const token = lower(devAccount().address)
    await assert.rejects(deployContracts(init({ token })), { name: 'WrongContractError', field: 'token' })
    assert.equal(await sent(), 0)
  })
})
