import type { TokenInfo } from '../../../../protocols/common/network-document.ts'
import type { Address, Hex } from '../../../../protocols/common/values.ts'
import type { CourtSettings } from '../../court.ts'
import { lower } from '../../typed-data.ts'
import { checkBoard } from '../board-reads.ts'
import type { ChainClient } from '../client.ts'
import { checkContracts } from '../contract.ts'
import { findCourt, readSettings } from '../court-reads.ts'
import { toUserError } from '../errors.ts'
import { dealEscrowAbi } from '../generated/deal-escrow.ts'
import { checkModuleRegistry } from '../module-registry-reads.ts'
import { readToken } from '../token-info.ts'
import { bytecodeHash, type ContractName, isCompiledFrom } from './contracts.ts'

/** A contract at its address; `isOurs`: its code is what this version compiles. */
export interface Found {
  contract: ContractName | 'token'
  address: Address
  isOurs: boolean
  bytecodeHash?: Hex
}

export interface Verified {
  contracts: Found[]
  token: TokenInfo
  minWindowSec: number
  /** undefined for an escrow without a court */
  court: CourtSettings | undefined
  /** every contract but a token of somebody else's is what this version compiles */
  isOurs: boolean
}

/**
 * Compares the contracts behind an escrow's address with those of this version, byte for byte but for what their constructors
 * filled in, and reads what was filled in.
 *
 * @throws WrongContractError when they do not belong together, SettlementUnreachableError
 */
export async function verifyDeployment(
  client: ChainClient,
  chainId: number,
  { escrow, board, modules }: { escrow: Address; board?: Address | undefined; modules?: Address | undefined }
): Promise<Verified> {
  try {
    return await verify(client, chainId, escrow, { board, modules })
  } catch (error) {
    throw toUserError(error, escrow)
  }
}

async function verify(
  client: ChainClient,
  chainId: number,
  escrow: Address,
  { board, modules }: { board: Address | undefined; modules: Address | undefined }
): Promise<Verified> {
  const at = { address: escrow, abi: dealEscrowAbi } as const
  const court = await findCourt(client, escrow)
  const [token, minWindow] = await Promise.all([
    client.readContract({ ...at, functionName: 'token' }).then(lower),
    client.readContract({ ...at, functionName: 'minWindow' })
  ])
  await checkContracts(client, { chainId, escrow, token })
  if (board !== undefined) await checkBoard(client, escrow, board)
  if (modules !== undefined) await checkModuleRegistry(client, modules)
  const isOurs = async (contract: ContractName, address: Address) =>
    isCompiledFrom((await client.getCode({ address })) ?? '0x', contract)
  const named: [ContractName, Address][] = [
    ['DealEscrow', escrow],
    ...(court === undefined
      ? []
      : ([
          ['Court', court.court],
          ['BlockhashRandomness', court.randomness]
        ] as [ContractName, Address][])),
    ...(board === undefined ? [] : ([['JobBoard', board]] as [ContractName, Address][])),
    ...(modules === undefined ? [] : ([['ModuleRegistry', modules]] as [ContractName, Address][]))
  ]
  const contracts = await Promise.all(
    named.map(
      async ([contract, address]): Promise<Found> => ({
        contract,
        address,
        isOurs: await isOurs(contract, address),
        bytecodeHash: bytecodeHash(contract)
      })
    )
  )
  const tokenFound: Found = (await isOurs('DcnToken', token))
    ? { contract: 'DcnToken', address: token, isOurs: true, bytecodeHash: bytecodeHash('DcnToken') }
    : { contract: 'token', address: token, isOurs: false }
  return {
    contracts: [tokenFound, ...contracts],
    token: await readToken(client, token),
    minWindowSec: Number(minWindow),
    court: court === undefined ? undefined : await readSettings(client, escrow, court.court),
    isOurs: contracts.every(c => c.isOurs)
  }
}
