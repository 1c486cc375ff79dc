import { encodeFunctionData, getAbiItem, type TransactionReceipt } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { AbortOptions } from '../../components.ts'
import { WrongContractError } from '../errors.ts'
import type { FaucetContract, FaucetSettings, FaucetState } from '../faucet.ts'
import type { Receipt } from '../settlement.ts'
import { lower } from '../typed-data.ts'
import type { ChainClient } from './client.ts'
import { isCompiledFrom } from './deploy/contracts.ts'
import { faucetAbi } from './generated/faucet.ts'
import type { Proof } from './receipt-check.ts'
import { erc20Abi } from './tokens.ts'

/** What the faucet needs of the settlement: one account has one queue of transactions. */
export interface FaucetHost {
  client: ChainClient
  chainId: number
  token: Address
  account: Address
  startBlock: bigint
  send(key: string, data: Hex, options: AbortOptions, to: Address): Promise<TransactionReceipt>
  check(key: string, receipt: TransactionReceipt, proof: Proof, options: AbortOptions): Promise<Receipt>
  ask<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T>
}

/** Blocks that are looked through for a drip that somebody asks about again. */
const LOOK_BACK_BLOCKS = 2_000n

/** The faucet at an address of the settlement's chain. Nothing is asked before `open`. */
export function evmFaucet(address: Address, host: FaucetHost): FaucetContract {
  const { client } = host
  const at = { address, abi: faucetAbi } as const
  const dripData = (to: Address, turn: number) =>
    encodeFunctionData({ abi: faucetAbi, functionName: 'drip', args: [to, BigInt(turn)] })
  const nextOf = async (account: Address, blockNumber?: bigint) => {
    const block = blockNumber === undefined ? {} : { blockNumber }
    const [turn, notBefore] = await client.readContract({ ...at, functionName: 'nextOf', args: [account], ...block })
    return { turn: Number(turn), notBeforeSec: Number(notBefore) }
  }
  return {
    address,
    open: ({ signal } = {}) => host.ask(open(address, host), signal),
    state: ({ signal } = {}) => host.ask(state(address, host), signal),
    nextOf: (account, { signal } = {}) => host.ask(nextOf(account), signal),
    async check(to, turn, { signal } = {}) {
      await host.ask(client.call({ account: host.account, to: address, data: dripData(to, turn) }), signal)
    },
    async drip(to, turn, options = {}) {
      const key = `drip:${to}:${turn}`
      const receipt = await host.send(key, dripData(to, turn), options, address)
      const proof: Proof = async (_client, { blockNumber }) => (await nextOf(to, blockNumber)).turn > turn
      return host.check(key, receipt, proof, options)
    },
    async transactionOf(to, turn, { signal } = {}) {
      const event = getAbiItem({ abi: faucetAbi, name: 'Dripped' })
      const find = async () => {
        const head = await client.getBlockNumber()
        const first = head > LOOK_BACK_BLOCKS ? head - LOOK_BACK_BLOCKS : 0n
        const fromBlock = first > host.startBlock ? first : host.startBlock
        return client.getLogs({ address, event, args: { to, turn: BigInt(turn) }, fromBlock })
      }
      return (await host.ask(find(), signal)).at(-1)?.transactionHash
    }
  }
}

async function open(address: Address, host: FaucetHost): Promise<{ settings: FaucetSettings; scope: string }> {
  const { client, chainId, token, account } = host
  const at = { address, abi: faucetAbi } as const
  if (!isCompiledFrom((await client.getCode({ address })) ?? '0x', 'Faucet')) {
    throw new WrongContractError('there is no faucet of this version at the address', {
      field: 'faucet.contract',
      value: address,
      remedy: 'deploy one with dcn faucet deploy'
    })
  }
  const [itsToken, operator, settings, first] = await Promise.all([
    client.readContract({ ...at, functionName: 'token' }),
    client.readContract({ ...at, functionName: 'operator' }),
    client.readContract({ ...at, functionName: 'settings' }),
    client.getBlock({ blockNumber: 0n })
  ])
  const pairs = [
    ['token', 'gives another token than that of this network', itsToken, token],
    ['operator', 'has another operator than the account of this node', operator, account]
  ] as const
  for (const [field, what, actual, expected] of pairs) {
    if (lower(actual) === lower(expected)) continue
    throw new WrongContractError(`the faucet ${what}`, { field, value: lower(actual), limit: lower(expected) })
  }
  return {
    settings: {
      coin: settings.coin,
      tokens: settings.tokens,
      intervalSec: Number(settings.interval),
      dripsPerDay: Number(settings.dripsPerDay)
    },
    scope: `${chainId}/${first.hash}/${lower(address)}`
  }
}

async function state(address: Address, { client, token }: FaucetHost): Promise<FaucetState> {
  const [coin, tokens, left] = await Promise.all([
    client.getBalance({ address }),
    client.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [address] }),
    client.readContract({ address, abi: faucetAbi, functionName: 'leftToday' })
  ])
  return { coin, tokens, leftToday: Number(left) }
}
