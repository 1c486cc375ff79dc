import { getContractAddress, keccak256, type LocalAccount } from 'viem'
import type { Address, Hex } from '../../../../protocols/common/values.ts'
import type { AbortOptions } from '../../../components.ts'
import {
  InsufficientGasError,
  SettlementUnreachableError,
  TransactionReplacedError,
  TransactionRevertedError,
  WrongContractError
} from '../../errors.ts'
import { lower } from '../../typed-data.ts'
import { delay } from '../async.ts'
import { broadcast } from '../broadcast.ts'
import type { ChainClient } from '../client.ts'
import { bump, currentFees, type Fees } from '../fees.ts'
import { type ContractName, isCompiledFrom } from './contracts.ts'
import type { DeployRecord, Entry, RecordStore } from './record.ts'

export interface DeployerInit {
  client: ChainClient
  chainId: number
  account: Pick<LocalAccount, 'address' | 'signTransaction'>
  store: RecordStore
  pollMs: number
  /** unmined this long, a creation is offered again at a higher fee */
  repriceAfterMs: number
  /** how long a run waits for one contract */
  waitMs: number
}

/** A contract that lies on chain, checked. */
export interface Created {
  contract: ContractName
  address: Address
  nonce: number
  /** where its history begins, or a little before */
  block: bigint
  /** undefined when the receipt is no longer to be had */
  gasUsed: bigint | undefined
  transaction: Hex
  /** from an earlier run */
  isResumed: boolean
}

export const GAS_MARGIN_PERCENT = 120n
const MAX_ATTEMPTS = 12
/** Looks in a row that must see the nonce used and no code: the first may be a lagging node's view. */
const REPLACED_LOOKS = 5

/** Puts contracts on a chain one by one; each is signed and recorded before it is sent. */
export class Deployer {
  readonly #init: DeployerInit
  readonly #record: DeployRecord

  /** @param chain names the chain, so that a record of another is not taken for one of this */
  constructor(init: DeployerInit, chain: string) {
    this.#init = init
    const deployer = lower(init.account.address)
    const stored = init.store.load()
    const isOurs = stored?.chain === chain && stored.deployer === deployer
    this.#record = isOurs ? stored : { chain, deployer, entries: [] }
  }

  /** Where the account's creation with this nonce lies. */
  addressAt(nonce: number): Address {
    return lower(getContractAddress({ from: this.#init.account.address, nonce: BigInt(nonce) }))
  }

  /** The next nonce of the account. */
  nextNonce(): Promise<number> {
    const { client, account } = this.#init
    return client.getTransactionCount({ address: account.address, blockTag: 'pending' })
  }

  /** The nonce with which an earlier run signed for this very contract. @param initcode what it would send with a nonce */
  nonceOf(contract: ContractName, initcode: (nonce: number) => Hex): number | undefined {
    const entry = this.#entry(contract)
    return entry !== undefined && keccak256(initcode(entry.nonce)) === entry.initHash ? entry.nonce : undefined
  }

  forget(contract: ContractName): void {
    this.#record.entries = this.#record.entries.filter(e => e.contract !== contract)
    this.#init.store.save(this.#record)
  }

  /**
   * The contract on chain: the one of an earlier run if it is the same, else a new one.
   *
   * @throws TransactionReplacedError when another transaction took its nonce
   */
  async create(contract: ContractName, initcode: Hex, nonce?: number, options: AbortOptions = {}): Promise<Created> {
    const initHash = keccak256(initcode)
    const known = this.#entry(contract)
    const isKnown = known?.initHash === initHash && (nonce === undefined || known.nonce === nonce)
    const entry = isKnown ? known : await this.#sign(contract, initcode, initHash, nonce)
    try {
      return { ...(await this.#settle(entry, contract, initcode, options)), isResumed: isKnown }
    } catch (error) {
      if (error instanceof TransactionReplacedError) this.forget(contract)
      if (!(error instanceof TransactionReplacedError) || !isKnown || nonce !== undefined) throw error
      return this.create(contract, initcode, undefined, options)
    }
  }

  #entry(contract: ContractName): Entry | undefined {
    return this.#record.entries.find(e => e.contract === contract)
  }

  async #sign(contract: ContractName, initcode: Hex, initHash: Hex, given: number | undefined): Promise<Entry> {
    const { client, account } = this.#init
    const { address } = account
    const [estimate, fees, balance, fromBlock, nonce] = await Promise.all([
      client.estimateGas({ account: address, data: initcode }),
      currentFees(client),
      client.getBalance({ address }),
      client.getBlockNumber(),
      given ?? this.nextNonce()
    ])
    const gas = (estimate * GAS_MARGIN_PERCENT) / 100n
    if (balance < gas * fees.maxFeePerGas) {
      throw new InsufficientGasError(address, { value: balance, limit: String(gas * fees.maxFeePerGas) })
    }
    const entry: Entry = { contract, initHash, nonce, gas, fromBlock, attempts: [] }
    this.#record.entries = [...this.#record.entries.filter(e => e.contract !== contract), entry]
    await this.#attempt(entry, initcode, fees)
    return entry
  }

  async #attempt(entry: Entry, data: Hex, fees: Fees): Promise<void> {
    const { account, chainId, store } = this.#init
    const { nonce, gas } = entry
    const raw = await account.signTransaction({ type: 'eip1559', chainId, data, nonce, gas, ...fees })
    entry.attempts.push({ hash: keccak256(raw), raw, ...fees })
    store.save(this.#record)
  }

  /** Sends what is signed until its code is there. */
  async #settle(
    entry: Entry,
    contract: ContractName,
    initcode: Hex,
    { signal }: AbortOptions
  ): Promise<Omit<Created, 'isResumed'>> {
    const { pollMs, repriceAfterMs, waitMs } = this.#init
    const address = this.addressAt(entry.nonce)
    const looksIn = (ms: number) => Math.max(1, Math.ceil(ms / pollMs))
    let used = 0
    for (let look = 0; look < looksIn(waitMs); look++) {
      signal?.throwIfAborted()
      const code = await this.#init.client.getCode({ address })
      if (code !== undefined && code !== '0x') return this.#check(entry, contract, address, code)
      used = (await this.#isNonceUsed(entry)) ? used + 1 : 0
      if (used >= REPLACED_LOOKS) throw await this.#failure(entry)
      if (look > 0 && look % looksIn(repriceAfterMs) === 0) await this.#reprice(entry, initcode)
      else if (look % looksIn(repriceAfterMs / 3) === 0) await this.#send(entry)
      await delay(pollMs, signal ?? new AbortController().signal)
    }
    throw new SettlementUnreachableError(`${contract} is not mined yet`, {
      field: 'transaction',
      value: entry.attempts.at(-1)?.hash,
      remedy: 'run the same again: it goes on from here'
    })
  }

  async #isNonceUsed({ nonce }: Entry): Promise<boolean> {
    const { client, account } = this.#init
    return (await client.getTransactionCount({ address: account.address, blockTag: 'latest' })) > nonce
  }

  async #reprice(entry: Entry, initcode: Hex): Promise<void> {
    const last = entry.attempts.at(-1)
    if (last !== undefined && entry.attempts.length < MAX_ATTEMPTS) {
      await this.#attempt(entry, initcode, bump(last, await currentFees(this.#init.client)))
    }
    await this.#send(entry)
  }

  async #send({ attempts }: Entry): Promise<void> {
    const last = attempts.at(-1)
    if (last === undefined) return
    const sent = await broadcast(this.#init.client, last.raw)
    if (sent.outcome === 'refused') throw sent.error
  }

  async #check(entry: Entry, contract: ContractName, address: Address, code: Hex): Promise<Omit<Created, 'isResumed'>> {
    if (!isCompiledFrom(code, contract)) {
      throw new WrongContractError(`the chain holds other code than ${contract}`, { field: contract, value: address })
    }
    const receipt = await this.#receipt(entry)
    return {
      contract,
      address,
      nonce: entry.nonce,
      block: receipt?.blockNumber ?? entry.fromBlock,
      gasUsed: receipt?.gasUsed,
      transaction: receipt?.transactionHash ?? entry.attempts.at(-1)?.hash ?? '0x'
    }
  }

  /** The nonce is used and no code is there: ours failed, or another transaction was mined in its place. */
  async #failure(entry: Entry): Promise<Error> {
    const receipt = await this.#receipt(entry)
    this.forget(entry.contract as ContractName)
    if (receipt === undefined) return new TransactionReplacedError(entry.nonce, this.#init.account.address)
    return new TransactionRevertedError(`the deployment of ${entry.contract} failed`, {
      value: receipt.transactionHash
    })
  }

  async #receipt({ attempts }: Entry) {
    for (const { hash } of attempts.toReversed()) {
      try {
        return await this.#init.client.getTransactionReceipt({ hash })
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'TransactionReceiptNotFoundError') throw error
      }
    }
    return undefined
  }
}
