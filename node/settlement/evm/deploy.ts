import { type Abi, createWalletClient, encodeDeployData, fallback, http, type LocalAccount, zeroAddress } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import { fromHex } from '../../../protocols/common/values.ts'
import { TransactionRevertedError, WrongContractError } from '../errors.ts'
import { lower } from '../typed-data.ts'
import { type ChainClient, connect } from './client.ts'
import { checkContracts } from './contract.ts'
import { toUserError } from './errors.ts'
import { dcnTokenAbi, dcnTokenBytecode } from './generated/dcn-token.ts'
import { dealEscrowAbi, dealEscrowBytecode } from './generated/deal-escrow.ts'

export interface DeployInit {
  rpcUrl: string
  /** pays for the deployment; holds the whole supply of a token deployed here */
  account: LocalAccount
  /** the shortest window that a deal may have, seconds */
  minWindowSec: number
  /** an existing ERC-20; a DcnToken is deployed when absent */
  token?: Address
  /** supply of a token deployed here, smallest unit. @default 10^27 (a thousand million whole tokens) */
  supply?: bigint
  /** @default 1000; 20 on a local chain */
  pollMs?: number
}

export interface Deployment {
  chainId: number
  token: Address
  escrow: Address
  /** the block of the escrow's deployment */
  startBlock: bigint
}

const DEFAULT_SUPPLY = 10n ** 27n
const DEFAULT_POLL_MS = 1000
const DEPLOY_TIMEOUT_MS = 180_000
const WORD_BYTES = 32
/** Immutables of the escrow: four of its own and those of EIP712, each used at a few places. */
const MAX_IMMUTABLE_WORDS = 64

/**
 * Puts the contracts on a chain and checks that what lies there afterwards is what was compiled here.
 *
 * @throws InsufficientGasError, SettlementUnreachableError, WrongContractError, TransactionRevertedError
 */
export async function deployContracts(init: DeployInit): Promise<Deployment> {
  try {
    return await deploy(init)
  } catch (error) {
    throw toUserError(error, init.account.address)
  }
}

async function deploy(init: DeployInit): Promise<Deployment> {
  const { rpcUrl, account, minWindowSec, supply = DEFAULT_SUPPLY, pollMs = DEFAULT_POLL_MS } = init
  const chainId = await connect({ rpcUrls: [rpcUrl], chainId: 1 }).getChainId()
  const client = connect({ rpcUrls: [rpcUrl], chainId })
  const put = (abi: Abi, bytecode: Hex, args: readonly unknown[]) =>
    create(client, account, rpcUrl, pollMs, { abi, bytecode, args })
  const token =
    init.token === undefined
      ? (await put(dcnTokenAbi, dcnTokenBytecode, [account.address, supply])).address
      : lower(init.token)
  const escrow = await put(dealEscrowAbi, dealEscrowBytecode, [token, zeroAddress, BigInt(minWindowSec), 0n])
  await checkContracts(client, { chainId, escrow: escrow.address, token })
  return { chainId, token, escrow: escrow.address, startBlock: escrow.block }
}

async function create(
  client: ChainClient,
  account: LocalAccount,
  rpcUrl: string,
  pollingInterval: number,
  { abi, bytecode, args }: { abi: Abi; bytecode: Hex; args: readonly unknown[] }
): Promise<{ address: Address; block: bigint }> {
  const wallet = createWalletClient({ account, chain: client.chain, transport: fallback([http(rpcUrl)]) })
  const hash = await wallet.sendTransaction({
    data: encodeDeployData({ abi, bytecode, args }),
    chain: client.chain ?? null
  })
  const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval, timeout: DEPLOY_TIMEOUT_MS })
  if (receipt.status !== 'success' || receipt.contractAddress == null) {
    throw new TransactionRevertedError('the deployment failed', { value: hash })
  }
  const code = await client.getCode({ address: receipt.contractAddress })
  if (code === undefined || !isCompiledFrom(code, bytecode)) {
    throw new WrongContractError('the chain holds other code than was deployed', { value: receipt.contractAddress })
  }
  return { address: lower(receipt.contractAddress), block: receipt.blockNumber }
}

/**
 * Whether code on chain is what a creation bytecode leaves there. The runtime is the creation code's tail; only
 * immutables, which are zero words in it, may differ.
 */
export function isCompiledFrom(code: Hex, creation: Hex): boolean {
  const there = fromHex(code)
  const compiled = fromHex(creation)
  const runtime = compiled.subarray(compiled.byteLength - there.byteLength)
  if (there.byteLength === 0 || runtime.byteLength !== there.byteLength) return false
  // the constructor is a small part: a shorter match would leave out code
  if (there.byteLength * 2 < compiled.byteLength) return false
  let filled = 0
  for (let i = 0; i < there.byteLength; i++) {
    if (there[i] === runtime[i]) continue
    if (runtime[i] !== 0) return false
    filled++
  }
  return filled <= MAX_IMMUTABLE_WORDS * WORD_BYTES
}
