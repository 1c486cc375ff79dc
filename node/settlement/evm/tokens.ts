import { parseAbi, parseSignature } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import { InsufficientBalanceError } from '../errors.ts'
import type { TypedDataSigner } from '../typed-data.ts'
import type { ChainClient } from './client.ts'
import { escrowCall } from './contract.ts'
import { dcnTokenAbi } from './generated/dcn-token.ts'

/** The standard calls that any ERC-20 answers. */
export const erc20Abi = parseAbi([
  'function balanceOf(address owner) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'function transfer(address to, uint256 amount) returns (bool)'
])

/** Long enough for a slow chain; a permit that is not used dies soon. */
const PERMIT_SEC = 3600n
const PERMIT_TYPES = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' }
  ]
} as const

export interface DepositPlan {
  client: ChainClient
  signer: TypedDataSigner
  chainId: number
  token: Address
  escrow: Address
  amount: bigint
}

/** @throws InsufficientBalanceError when the wallet holds less than `amount` */
export async function checkWallet({ client, signer, token, amount }: Omit<DepositPlan, 'escrow'>): Promise<void> {
  const wallet = await client.readContract({
    address: token,
    abi: erc20Abi,
    functionName: 'balanceOf',
    args: [signer.address]
  })
  if (wallet >= amount) return
  throw new InsufficientBalanceError(`${signer.address} has too few tokens`, {
    field: 'wallet',
    value: wallet,
    limit: String(amount),
    remedy: `send tokens (${token}) to ${signer.address}`
  })
}

/** A withdrawal that failed: what the contract says of a free balance in general is no advice to somebody who takes money out. */
export function withdrawalError(error: unknown): unknown {
  if (!(error instanceof InsufficientBalanceError) || error.field !== 'free') return error
  const { value, limit } = error
  return new InsufficientBalanceError('the escrow holds less free balance of this account than that', {
    field: 'amount',
    value: limit,
    limit: `at most ${value}`,
    remedy: 'withdraw at most what is free (dcn wallet show); what deals and seats hold is free again when they end'
  })
}

/** Call data of one transaction that deposits by a signed permit; undefined for a token without ERC-2612. */
export async function permitDeposit(plan: DepositPlan): Promise<Hex | undefined> {
  const { signer, escrow, amount } = plan
  const permit = await signPermit({ ...plan, spender: escrow })
  return permit && escrowCall('depositWithPermit', [signer.address, amount, ...permit])
}

/** Deadline and signature (v, r, s) of a permit for exactly `amount`; undefined for a token without ERC-2612. */
export async function signPermit({
  client,
  signer,
  chainId,
  token,
  spender,
  amount
}: Omit<DepositPlan, 'escrow'> & { spender: Address }): Promise<readonly [bigint, number, Hex, Hex] | undefined> {
  const domain = await permitDomain(client, token)
  if (domain === undefined) return undefined
  const [nonce, block] = await Promise.all([
    client.readContract({ address: token, abi: dcnTokenAbi, functionName: 'nonces', args: [signer.address] }),
    client.getBlock()
  ])
  const deadline = block.timestamp + PERMIT_SEC
  const signature = await signer.signTypedData({
    domain: { ...domain, chainId, verifyingContract: token },
    types: PERMIT_TYPES,
    primaryType: 'Permit',
    message: { owner: signer.address, spender, value: amount, nonce, deadline }
  })
  const { r, s, yParity } = parseSignature(signature)
  return [deadline, yParity + 27, r, s]
}

/** By ERC-5267 where the token offers it; older permit tokens have a name and, nearly always, version 1. */
async function permitDomain(
  client: ChainClient,
  token: Address
): Promise<{ name: string; version: string } | undefined> {
  const at = { address: token, abi: dcnTokenAbi } as const
  const domain = await client.readContract({ ...at, functionName: 'eip712Domain' }).catch(onlyRevert)
  if (domain !== undefined) return { name: domain[1], version: domain[2] }
  const separator = await client.readContract({ ...at, functionName: 'DOMAIN_SEPARATOR' }).catch(onlyRevert)
  if (separator === undefined) return undefined
  return { name: await client.readContract({ ...at, functionName: 'name' }), version: '1' }
}

/** A token that lacks a function reverts or answers nothing; an endpoint that does not answer is another matter. */
function onlyRevert(error: unknown): undefined {
  const names = ['ContractFunctionRevertedError', 'ContractFunctionZeroDataError']
  for (let here = error; here instanceof Error; here = here.cause) if (names.includes(here.name)) return undefined
  throw error
}
