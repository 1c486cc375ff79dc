import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { sha256Text } from '../../../../node/faucet/challenge.ts'
import { Faucet, type FaucetInit } from '../../../../node/faucet/faucet.ts'
import { Ledger } from '../../../../node/faucet/ledger.ts'
import { SettlementUnreachableError } from '../../../../node/settlement/errors.ts'
import { deployFaucet } from '../../../../node/settlement/evm/deploy/faucet.ts'
import { memoryRecord } from '../../../../node/settlement/evm/deploy/record.ts'
import { fundFromDevChain } from '../../../../node/settlement/evm/dev-funds.ts'
import type { FaucetContract } from '../../../../node/settlement/faucet.ts'
import { lower } from '../../../../node/settlement/typed-data.ts'
import { DCN_TOKEN } from '../../../../protocols/common/network-document.ts'
import type { Address } from '../../../../protocols/common/values.ts'
import { findAnswer } from '../../../../protocols/faucet/work.ts'
import { type Party, type TestChain, testChain } from '../../../helpers/evm.ts'

const COIN = 10n ** 15n
const TOKENS = 500n
const INTERVAL = 3600
const NET = '10.0.0.1'
const anybody = () => lower(privateKeyToAccount(generatePrivateKey()).address)

describe('faucet', () => {
  let chain: TestChain
  let party: Party
  let contract: FaucetContract
  let dir: string
  let made: Faucet[]

  before(async () => {
    chain = await testChain()
    party = await chain.party()
  })
  after(() => chain.stop())
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-faucet-'))
    made = []
    contract = party.settlement.faucet(await deploy())
  })
  afterEach(async () => {
    await Promise.all(made.map(faucet => faucet.stop()))
    rmSync(dir, { recursive: true, force: true })
  })

  async function deploy(dripsPerDay = 50, drips = 20n): Promise<Address> {
    // of an account of its own: the settlement of the operator gives out its nonces itself
    const owner = await chain.party()
    const { address } = await deployFaucet({
      rpcUrl: chain.url,
      account: owner.account,
      operator: party.settlement.account,
      token: chain.token,
      settings: { coin: COIN, tokens: TOKENS, intervalSec: INTERVAL, dripsPerDay },
      record: memoryRecord(),
      pollMs: 20
    })
    const amounts = { tokenAmount: drips * TOKENS, ethAmount: drips * COIN }
    await fundFromDevChain({ rpcUrls: [chain.url], token: chain.token, to: address, ...amounts })
    return address
  }

  const ledgerFile = () => join(dir, 'faucet.db')
  function faucetWith(init: Partial<FaucetInit> = {}, at: FaucetContract = contract, nowMs = Date.now): Faucet {
    const faucet = new Faucet(
      {
        network: { name: 'lab', chainId: chain.chainId },
        token: DCN_TOKEN,
        limits: { perIp: 5, perDay: 100 },
        work: 0,
        everyMs: 50,
        ...init
      },
      {
        contract: at,
        settlement: party.settlement,
        ledger: new Ledger(ledgerFile()),
        clock: { nowMs },
        log: pino({ level: 'silent' })
      }
    )
    made.push(faucet)
    return faucet
  }
  async function started(...args: Parameters<typeof faucetWith>): Promise<Faucet> {
    const faucet = faucetWith(...args)
    await faucet.start()
    return faucet
  }
  const has = async (account: Address, drips: bigint) => {
    const { wallet, gas } = await party.settlement.balances(account)
    assert.deepEqual([wallet, gas], [drips * TOKENS, drips * COIN])
  }
  const until = async (what: () => Promise<boolean>) => {
    while (!(await what())) await new Promise(resolve => setTimeout(resolve, 20))
  }

  it('default: gives coin and tokens in one transaction, and says from when on again', async () => {
    const faucet = await started()
    const account = anybody()
    const before = await faucet.info()
    const given = await faucet.claim({ account }, NET)
    assert.equal(given.state, 'done')
    assert.match(given.transaction ?? '', /^0x[0-9a-f]{64}$/)
    assert.ok((given.nextAt ?? 0) > Date.now() + (INTERVAL - 600) * 1000)
    await has(account, 1n)
    const after = await faucet.info()
    assert.deepEqual([before.leftToday - after.leftToday, after.isFilled], [1, true])
    const { last, nextAt, work } = await faucet.account(account)
    assert.deepEqual([last, nextAt, work], [given, given.nextAt, undefined])
  })

  it('behavior: claims of one account at the same time are one; of many accounts each its own', async () => {
    const faucet = await started({ limits: { perIp: 4, perDay: 100 } })
    const [one, two, three] = [anybody(), anybody(), anybody()]
    const claims = [one, one, two, one, three].map(account => faucet.claim({ account }, NET))
    const given = await Promise.all(claims)
    assert.deepEqual(new Set(given.map(({ state }) => state)), new Set(['done']))
    assert.equal(new Set(given.map(({ transaction }) => transaction)).size, 3)
    for (const account of [one, two, three]) await has(account, 1n)
    // three were counted
    await faucet.claim({ account: anybody() }, NET)
    await assert.rejects(faucet.claim({ account: anybody() }, NET), { name: 'FaucetLimitError', field: 'ip' })
  })

  it('behavior: limits by account, address and day hold over a restart', async () => {
    const limits = { perIp: 2, perDay: 3 }
    const faucet = await started({ limits })
    const account = anybody()
    await faucet.claim({ account }, NET)
    await faucet.claim({ account: anybody() }, NET)
    await faucet.stop()
    const again = await started({ limits })
    const refuses = (who: Address, net: string, field: string) =>
      assert.rejects(again.claim({ account: who }, net), (error: { name: string; field: string; value: number }) => {
        assert.deepEqual([error.name, error.field], ['FaucetLimitError', field])
        return error.value > Date.now()
      })
    await refuses(account, '10.0.0.2', 'account')
    await refuses(anybody(), NET, 'ip')
    await again.claim({ account: anybody() }, '10.0.0.2')
    await refuses(anybody(), '10.0.0.3', 'day')
    assert.equal((await again.info()).leftToday, 0)
    await again.stop()
    const tomorrow = await started({ limits }, contract, () => Date.now() + 86_400_000)
    assert.equal((await tomorrow.claim({ account: anybody() }, NET)).state, 'done')
  })

  it('behavior: the interval is that of the chain; afterwards an account is given again', async () => {
    const faucet = await started()
    const account = anybody()
    await faucet.claim({ account }, NET)
    await assert.rejects(faucet.claim({ account }, NET), { name: 'FaucetLimitError', field: 'account' })
    await chain.pass(INTERVAL)
    assert.equal((await faucet.claim({ account }, NET)).state, 'done')
    await has(account, 2n)
  })

  it('behavior: a crash after the claim was written and before anything was sent', async () => {
    const { scope } = await contract.open()
    const ledger = new Ledger(ledgerFile())
    const account = anybody()
    ledger.open(scope)
    const claim = { account, turn: 0, net: NET, nowMs: Date.now() }
    ledger.enter(claim, { perIp: 1, perDay: 1 })
    ledger.close()
    const faucet = await started({ limits: { perIp: 1, perDay: 9 } })
    await until(async () => (await faucet.account(account)).last?.state === 'done')
    await has(account, 1n)
    await assert.rejects(faucet.claim({ account: anybody() }, NET), { field: 'ip' })
  })

  it('behavior: a crash after it was given and before that was written', async () => {
    const { scope } = await contract.open()
    const ledger = new Ledger(ledgerFile())
    const account = anybody()
    ledger.open(scope)
    ledger.enter({ account, turn: 0, net: NET, nowMs: Date.now() }, { perIp: 1, perDay: 1 })
    ledger.close()
    const { transaction } = await contract.drip(account, 0)
    const faucet = await started()
    await until(async () => (await faucet.account(account)).last?.state === 'done')
    assert.equal((await faucet.account(account)).last?.transaction, transaction)
    await has(account, 1n)
  })

  it('behavior: a chain that is away loses no claim and gives it once', async () => {
    let away = true
    const flaky: FaucetContract = {
      ...contract,
      drip: async (...args) => {
        if (!away) return await contract.drip(...args)
        // it was sent, and nobody said so
        await contract.drip(...args)
        throw new SettlementUnreachableError('no answer')
      }
    }
    const faucet = await started({}, flaky)
    const account = anybody()
    await assert.rejects(faucet.claim({ account }, NET), { name: 'SettlementUnreachableError' })
    away = false
    await until(async () => (await faucet.account(account)).last?.state === 'done')
    await has(account, 1n)
  })

  it('behavior: what takes long is answered before it is done', async () => {
    const gate = Promise.withResolvers<void>()
    const slow: FaucetContract = {
      ...contract,
      drip: async (...args) => {
        await gate.promise
        return contract.drip(...args)
      }
    }
    const faucet = await started({ answerMs: 1 }, slow)
    const account = anybody()
    assert.equal((await faucet.claim({ account }, NET)).state, 'sent')
    gate.resolve()
    await until(async () => (await faucet.account(account)).last?.state === 'done')
    await has(account, 1n)
  })

  it('behavior: work is asked for, counts for its account, once', async () => {
    const work = 6
    const faucet = await started({ work })
    const account = anybody()
    const solve = async (of: Address, at = faucet) => {
      const { challenge = '' } = (await at.account(of)).work ?? {}
      return { challenge, answer: findAnswer(challenge, work, sha256Text, { from: 0, count: 10_000 }) ?? '' }
    }
    await assert.rejects(faucet.claim({ account }, NET), { name: 'FaucetWorkError', field: 'challenge' })
    const proof = await solve(account)
    await assert.rejects(faucet.claim({ account: anybody(), ...proof }, NET), { name: 'FaucetWorkError' })
    await assert.rejects(faucet.claim({ account, ...proof, answer: 'x' }, NET), { field: 'answer' })
    assert.equal((await faucet.claim({ account, ...proof }, NET)).state, 'done')
    await chain.pass(INTERVAL)
    await faucet.stop()
    // the secret and what was used are on disk
    const again = await started({ work })
    await assert.rejects(again.claim({ account, ...proof }, NET), { name: 'FaucetWorkError', field: 'challenge' })
    const fresh = await solve(account, again)
    assert.equal((await again.claim({ account, ...fresh }, NET)).state, 'done')
  })

  it('error: an empty faucet, a spent day, and receivers that cannot take coin; nothing is counted', async () => {
    const dry = party.settlement.faucet(await deploy(50, 0n))
    const empty = await started({ limits: { perIp: 1, perDay: 9 } }, dry)
    await assert.rejects(empty.claim({ account: anybody() }, NET), { name: 'FaucetEmptyError' })
    assert.equal((await empty.info()).isFilled, false)
    await empty.stop()
    const small = await started({ limits: { perIp: 2, perDay: 9 } }, party.settlement.faucet(await deploy(1)))
    await assert.rejects(small.claim({ account: chain.escrow }, NET), { name: 'FaucetRefusedError' })
    await assert.rejects(small.claim({ account: chain.token }, NET), { name: 'InvalidInputError' })
    await small.claim({ account: anybody() }, NET)
    await assert.rejects(small.claim({ account: anybody() }, NET), { name: 'FaucetEmptyError' })
  })

  it('error: a contract that is no faucet, of another operator, or of another token', async () => {
    const open = (address: Address, by = party) => by.settlement.faucet(address).open()
    await assert.rejects(open(chain.escrow), { name: 'WrongContractError', field: 'faucet.contract' })
    await assert.rejects(open(anybody()), { name: 'WrongContractError', field: 'faucet.contract' })
    const stranger = await chain.party()
    await assert.rejects(open(contract.address, stranger), { name: 'WrongContractError', field: 'operator' })
  })

  it('behavior: can start again after stop, and refuses in between', async () => {
    const faucet = await started()
    await faucet.stop()
    await faucet.stop()
    await assert.rejects(faucet.claim({ account: anybody() }, NET), { name: 'FaucetEmptyError' })
    await faucet.start()
    assert.equal((await faucet.claim({ account: anybody() }, NET)).state, 'done')
  })
})
