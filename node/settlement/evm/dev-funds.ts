import { type EIP1193RequestFn, encodeFunctionData, numberToHex } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { AbortOptions } from '../../components.ts'
import {
  ContractsMissingError,
  NotDevChainError,
  SettlementUnreachableError,
  TransactionRevertedError
} from '../errors.ts'
import { abortable, delay } from './async.ts'
import { isNonceClash } from './broadcast.ts'
import { type ChainClient, connect } from './client.ts'
import { toUserError } from './errors.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { erc20Abi } from './tokens.ts'

export interface DevFundsInit {
  /** of one development chain, the preferred one first */
  rpcUrls: readonly string[]
  token: Address
  to: Address
  /** smallest unit, taken from the chain's first account, which must hold the token */
  tokenAmount: bigint
  /** wei: the balance afterwards, not an addition */
  ethAmount: bigint
}

const DEV_CHAIN_ID = 31_337
const DEV_CLIENT = /^anvil\//i
const POLL_MS = 20
/** The same for everyone, so that no request can replace another's transaction by offering more. */
const FEES = { maxFeePerGas: numberToHex(10n ** 11n), maxPriorityFeePerGas: numberToHex(10n ** 9n) }
const WAIT_MS = 15_000

/**
 * Gives an account coin and tokens on a local development chain, where the chain node itself signs for its first
 * account. Many processes can ask at once.
 *
 * @throws NotDevChainError on anything but anvil with chain id 31337, SettlementUnreachableError, InsufficientBalanceError
 */
export async function fundFromDevChain(init: DevFundsInit, { signal }: AbortOptions = {}): Promise<void> {
  try {
    await abortable(fund(init), signal)
  } catch (error) {
    throw toUserError(error, init.to)
  }
}

/** Whether an endpoint is a local development chain, whose coins and tokens are worth nothing. @throws SettlementUnreachableError */
export async function isDevChain(rpcUrl: string): Promise<boolean> {
  const client = connect({ rpcUrls: [rpcUrl], chainId: DEV_CHAIN_ID })
  try {
    return await isDevClient(rawRequest(client), await client.getChainId())
  } catch (error) {
    throw toUserError(error, 'this node')
  }
}

/** Whether an account has the token, in its wallet or in the escrow. */
export async function holdsTokens(
  chain: { rpcUrls: readonly string[]; chainId: number; token: Address; escrow: Address },
  account: Address
): Promise<boolean> {
  const client = connect({ rpcUrls: chain.rpcUrls, chainId: chain.chainId })
  const { token, escrow } = chain
  try {
    const [wallet, free] = await Promise.all([
      client.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [account] }),
      client.readContract({ address: escrow, abi: dealEscrowAbi, functionName: 'freeOf', args: [account] })
    ])
    return wallet + free > 0n
  } catch (error) {
    const isThere = await client.getCode({ address: escrow }).catch(() => 'unknown')
    if (isThere === undefined || isThere === '0x') throw new ContractsMissingError(escrow, chain.rpcUrls[0])
    throw toUserError(error, account)
  }
}

type RawRequest = (args: { method: string; params?: unknown[] }) => Promise<unknown>

/** anvil's own methods are not in viem's typed schema of a public client. */
const rawRequest = (client: ChainClient): RawRequest => client.request as EIP1193RequestFn as RawRequest

async function isDevClient(request: RawRequest, chainId: number): Promise<boolean> {
  const version = chainId === DEV_CHAIN_ID ? await request({ method: 'web3_clientVersion' }) : ''
  return typeof version === 'string' && DEV_CLIENT.test(version)
}

async function fund({ rpcUrls, token, to, tokenAmount, ethAmount }: DevFundsInit): Promise<void> {
  const client = connect({ rpcUrls, chainId: DEV_CHAIN_ID })
  const request = rawRequest(client)
  const chainId = await client.getChainId()
  if (!(await isDevClient(request, chainId))) {
    throw new NotDevChainError('this is no local development chain', {
      field: 'chainId',
      value: chainId,
      limit: `${DEV_CHAIN_ID} (anvil)`
    })
  }
  await request({ method: 'anvil_setBalance', params: [to, numberToHex(ethAmount)] })
  if (tokenAmount === 0n) return
  const [from] = (await request({ method: 'eth_accounts' })) as Address[]
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, tokenAmount] })
  const send = { method: 'eth_sendTransaction', params: [{ from, to: token, data, ...FEES }] }
  await mined(client, await untilTaken(() => request(send) as Promise<Hex>))
}

/** anvil gives two requests that come at once the same nonce and refuses the second: it is asked again. */
async function untilTaken(send: () => Promise<Hex>): Promise<Hex> {
  const deadline = AbortSignal.timeout(WAIT_MS)
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (deadline.aborted || !isNonceClash(error)) throw error
      await delay(POLL_MS * (1 + Math.random()), deadline)
    }
  }
}

async function mined(client: ChainClient, hash: Hex): Promise<void> {
  const deadline = AbortSignal.timeout(WAIT_MS)
  while (!deadline.aborted) {
    const receipt = await client.getTransactionReceipt({ hash }).catch(onlyMissing)
    if (receipt?.status === 'success') return
    if (receipt !== undefined) throw new TransactionRevertedError('the token transfer failed', { value: hash })
    await delay(POLL_MS, deadline)
  }
  throw new SettlementUnreachableError('the development chain does not mine', { value: hash })
}

function onlyMissing(error: unknown): undefined {
  if (error instanceof Error && error.name === 'TransactionReceiptNotFoundError') return undefined
  throw error
}
