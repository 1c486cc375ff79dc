import type { TokenInfo } from '../../../../protocols/common/network-document.ts'
import type { Address, Hex } from '../../../../protocols/common/values.ts'
import { lower } from '../../typed-data.ts'
import { isUnreachable, toUserError } from '../errors.ts'
import { currentFees } from '../fees.ts'
import { seesBlockHashes } from './block-hashes.ts'
import { bytecodeHash, type ContractName, INITCODE, runtimeBytes } from './contracts.ts'
import { GAS_MARGIN_PERCENT } from './deployer.ts'
import { chainAt, DEFAULT_SUPPLY, type DeployInit, planOf } from './index.ts'
import type { DeploySettings } from './profiles.ts'

/** What a deployment would cost now. Amounts of coin in wei. */
export interface Estimate {
  chainId: number
  deployer: Address
  token: TokenInfo
  settings: DeploySettings
  contracts: { contract: ContractName; gas: bigint; bytecodeHash: Hex }[]
  gas: bigint
  /** what a unit of gas costs at the moment */
  gasPriceWei: bigint
  priceWei: bigint
  /** what the account must have for the transactions to be accepted: with a margin, and room for the fee to rise */
  neededWei: bigint
  balanceWei: bigint
  /** what the court draws from is what it should be; undefined: could not be told */
  seesBlockHashes: boolean | undefined
}

/** Stands for a contract that a later one asks for and that is not there yet. */
const PLACEHOLDER: Address = `0x${'c0de'.repeat(10)}`
const SOME_CODE: Hex = '0x00'
const CREATION_GAS = 53_000n
const CALLDATA_BYTE_GAS = 16n
const CODE_BYTE_GAS = 200n
const CONSTRUCTOR_GAS = 100_000n

/**
 * What a deployment would cost, asked of the chain; nothing is sent. A rollup that charges for data beside gas takes more.
 *
 * @throws as deployContracts
 */
export async function estimateDeployment(
  init: Pick<DeployInit, 'rpcUrl' | 'profile' | 'settings' | 'token' | 'supply'> & { deployer: Address }
): Promise<Estimate> {
  try {
    return await estimate(init)
  } catch (error) {
    throw toUserError(error, init.deployer)
  }
}

async function estimate(init: Parameters<typeof estimateDeployment>[0]): Promise<Estimate> {
  const { rpcUrl, deployer, supply = DEFAULT_SUPPLY } = init
  const { client, chainId } = await chainAt(rpcUrl)
  const { token, settings } = await planOf(client, init)
  const tokenAt = init.token === undefined ? PLACEHOLDER : lower(init.token)
  const creations: [ContractName, Hex][] = [
    ...(init.token === undefined ? ([['DcnToken', INITCODE.token(deployer, supply)]] as [ContractName, Hex][]) : []),
    ['BlockhashRandomness', INITCODE.randomness()],
    ['Court', INITCODE.court(PLACEHOLDER, PLACEHOLDER, settings)],
    ['DealEscrow', INITCODE.escrow(tokenAt, PLACEHOLDER, settings)],
    ['JobBoard', INITCODE.board(PLACEHOLDER)],
    ['ModuleRegistry', INITCODE.modules()]
  ]
  // constructors look whether what they are given has code
  const stateOverride = [{ address: PLACEHOLDER, code: SOME_CODE }]
  const [block, hashes, fees, balanceWei, contracts] = await Promise.all([
    client.getBlock(),
    seesBlockHashes(client),
    currentFees(client),
    client.getBalance({ address: deployer }),
    Promise.all(
      creations.map(async ([contract, data]) => {
        const asked = client.estimateGas({ account: deployer, data, stateOverride })
        const gas = await asked.catch((error: unknown) => roughly(data, contract, error))
        return { contract, gas, bytecodeHash: bytecodeHash(contract) }
      })
    )
  ])
  const gas = contracts.reduce((sum, c) => sum + c.gas, 0n)
  const gasPriceWei = (block.baseFeePerGas ?? 0n) + fees.maxPriorityFeePerGas
  const neededWei = ((gas * GAS_MARGIN_PERCENT) / 100n) * fees.maxFeePerGas
  return {
    ...{ chainId, deployer, token, settings, contracts, gas, gasPriceWei },
    ...{ priceWei: gas * gasPriceWei, neededWei, balanceWei, seesBlockHashes: hashes }
  }
}

/** For endpoints that estimate nothing with assumed code: the protocol's own prices, and what constructors do beside. */
function roughly(initcode: Hex, contract: ContractName, error: unknown): bigint {
  if (isUnreachable(error)) throw error
  const bytes = BigInt(initcode.length / 2 - 1)
  return CREATION_GAS + CALLDATA_BYTE_GAS * bytes + CODE_BYTE_GAS * BigInt(runtimeBytes(contract)) + CONSTRUCTOR_GAS
}
