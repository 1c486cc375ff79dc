import { type ContractFunctionArgs, type ContractFunctionName, domainSeparator, encodeFunctionData } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Deal, DealPhase } from '../../../protocols/deal/schema.ts'
import { dealTypedDomain } from '../../../protocols/deal/typed-data.ts'
import { WrongContractError } from '../errors.ts'
import type { DealStatus } from '../settlement.ts'
import { lower, toChainDeal } from '../typed-data.ts'
import type { ChainClient } from './client.ts'
import { isUnreachable } from './errors.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'

/** The contract's State, by its number. */
const PHASES: readonly DealPhase[] = ['none', 'open', 'submitted', 'disputed', 'closed']

type Write = ContractFunctionName<typeof dealEscrowAbi, 'nonpayable'>

/** Call data of an escrow function. */
export function escrowCall<F extends Write>(
  functionName: F,
  args: ContractFunctionArgs<typeof dealEscrowAbi, 'nonpayable', F>
): Hex {
  // viem's parameter type is a conditional that TypeScript cannot resolve for a generic name; the signature above is exact
  return encodeFunctionData({ abi: dealEscrowAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0])
}

/** What the escrow says of a deal; `closed` also when its nonce went into another deal or was burned. */
export async function readStatus(
  client: ChainClient,
  escrow: Address,
  deal: Deal,
  blockNumber?: bigint
): Promise<DealStatus> {
  const [state, deadline] = await client.readContract({
    address: escrow,
    abi: dealEscrowAbi,
    functionName: 'statusOfDeal',
    args: [toChainDeal(deal)],
    ...(blockNumber === undefined ? {} : { blockNumber })
  })
  return { phase: PHASES[state] ?? 'disputed', deadlineSec: Number(deadline) }
}

/**
 * Checks that the escrow and the token lie where the configuration says, belong together, and that what is signed here
 * means the same there.
 *
 * @throws WrongContractError
 */
export async function checkContracts(
  client: ChainClient,
  { chainId, escrow, token }: { chainId: number; escrow: Address; token: Address }
): Promise<void> {
  for (const [field, address] of Object.entries({ escrow, token })) {
    const code = await client.getCode({ address })
    if (code === undefined || code === '0x') {
      throw new WrongContractError(`there is no contract at the ${field} address`, { field, value: address })
    }
  }
  const at = { address: escrow, abi: dealEscrowAbi } as const
  const [itsToken, itsDomain] = await Promise.all([
    client.readContract({ ...at, functionName: 'token' }),
    client.readContract({ ...at, functionName: 'domainSeparator' })
  ]).catch((cause: unknown) => {
    if (isUnreachable(cause)) throw cause
    throw new WrongContractError('the contract at the escrow address is no escrow', {
      field: 'escrow',
      value: escrow,
      cause
    })
  })
  if (lower(itsToken) !== token) {
    throw new WrongContractError('the escrow holds another token', { field: 'token', value: itsToken, limit: token })
  }
  const ours = domainSeparator({ domain: dealTypedDomain({ chainId, escrow }) })
  if (itsDomain !== ours) {
    throw new WrongContractError('the escrow expects other signatures: it is of another version', {
      field: 'escrow',
      value: itsDomain,
      limit: ours
    })
  }
}
