import { type EIP1193RequestFn, numberToHex } from 'viem'
import type { Address } from '../../../protocols/common/values.ts'
import type { AbortOptions } from '../../components.ts'
import { ContractsMissingError, NotDevChainError } from '../errors.ts'
import { abortable } from './async.ts'
import { type ChainClient, connect } from './client.ts'
import { toUserError } from './errors.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { erc20Abi } from './tokens.ts'

export interface DevFundsInit {
  /** of one development chain, the preferred one first */
  rpcUrls: readonly string[]
  token: Address
  to: Address
  /** smallest unit: the balance afterwards, not an addition; 0 leaves it as it is */
  tokenAmount: bigint
  /** wei: the balance afterwards, not an addition */
  ethAmount: bigint
}

const DEV_CHAIN_ID = 31_337
const DEV_CLIENT = /^anvil\//i

/**
 * Gives an account coin and tokens on a local development chain, whose node writes balances as it is told. Many
 * processes can ask at once.
 *
 * @throws NotDevChainError on anything but anvil with chain id 31337, SettlementUnreachableError
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
  // no transfer: of transfers sent at once, anvil gives two the same nonce, takes both, and drops one without a word
  if (tokenAmount > 0n) await request({ method: 'anvil_dealERC20', params: [to, token, numberToHex(tokenAmount)] })
}
