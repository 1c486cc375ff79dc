import type { LocalAccount } from 'viem'
import { DCN_TOKEN, type TokenInfo } from '../../../../protocols/common/network-document.ts'
import type { Address } from '../../../../protocols/common/values.ts'
import type { AbortOptions } from '../../../components.ts'
import { InsufficientGasError, TransactionReplacedError, WrongContractError } from '../../errors.ts'
import { lower } from '../../typed-data.ts'
import { checkBoard } from '../board-reads.ts'
import { type ChainClient, connect } from '../client.ts'
import { checkContracts } from '../contract.ts'
import { findCourt, readSettings } from '../court-reads.ts'
import { toUserError } from '../errors.ts'
import { dealEscrowAbi } from '../generated/deal-escrow.ts'
import { checkModuleRegistry } from '../module-registry-reads.ts'
import { readToken } from '../token-info.ts'
import { INITCODE } from './contracts.ts'
import { type Created, Deployer } from './deployer.ts'
import { type DeploySettings, type GivenSettings, type ProfileName, settingsOf } from './profiles.ts'
import { memoryRecord, type RecordStore } from './record.ts'

export interface DeployInit {
  rpcUrl: string
  /** pays for the deployment; holds the whole supply of a token deployed here */
  account: LocalAccount
  /** what the settings are that nothing else is said of */
  profile: ProfileName
  /** instead of the profile's */
  settings?: Partial<GivenSettings>
  /** an existing ERC-20; a DcnToken is deployed when absent */
  token?: Address
  /** supply of a token deployed here, smallest unit. @default 10^27 (a thousand million whole tokens) */
  supply?: bigint
  /** keeps what was done, so that a run that failed goes on. @default forgotten with the process */
  record?: RecordStore
  /** coin that the account must have before anything is sent; a run that goes on needs less. @default asked contract by contract */
  neededWei?: bigint
  /** hears of each contract when it is there */
  onCreated?: (created: Created) => void
  /** @default 1000; 20 on a local chain */
  pollMs?: number
  /** unmined this long, a transaction is offered again at a higher fee. @default 30_000 */
  repriceAfterMs?: number
  /** how long a run waits for one contract. @default 300_000 */
  waitMs?: number
}

export interface Deployment {
  chainId: number
  token: Address
  randomness: Address
  court: Address
  escrow: Address
  board: Address
  /** names of modules */
  modules: Address
  /** the block of the escrow's deployment */
  startBlock: bigint
  settings: DeploySettings
  tokenInfo: TokenInfo
}

export const DEFAULT_SUPPLY = 10n ** 27n
const DEFAULTS = { pollMs: 1000, repriceAfterMs: 30_000, waitMs: 300_000 } as const
/** Another transaction of the account came between court and escrow: more often than this is no accident. */
const PAIR_TRIES = 3

/**
 * Puts token (unless one is given), randomness, court, escrow, board and module registry on a chain, and checks that what lies there afterwards is what was
 * compiled here and that court and escrow know each other.
 *
 * @throws InsufficientGasError, SettlementUnreachableError, WrongContractError, TransactionRevertedError,
 *   TransactionReplacedError, InvalidInputError (settings)
 */
export async function deployContracts(init: DeployInit, options: AbortOptions = {}): Promise<Deployment> {
  try {
    return await deploy(init, options)
  } catch (error) {
    throw toUserError(error, init.account.address)
  }
}

/** The chain behind an endpoint. */
export async function chainAt(rpcUrl: string): Promise<{ client: ChainClient; chainId: number }> {
  const chainId = await connect({ rpcUrls: [rpcUrl], chainId: 1 }).getChainId()
  return { client: connect({ rpcUrls: [rpcUrl], chainId }), chainId }
}

/** What the settings will be, and for which token. @throws WrongContractError, InvalidInputError */
export async function planOf(
  client: ChainClient,
  { token, profile, settings }: Pick<DeployInit, 'token' | 'profile' | 'settings'>
): Promise<{ token: TokenInfo; settings: DeploySettings }> {
  const facts = token === undefined ? DCN_TOKEN : await readToken(client, lower(token))
  return { token: facts, settings: settingsOf(profile, facts.decimals, settings) }
}

async function deploy(init: DeployInit, options: AbortOptions): Promise<Deployment> {
  const { rpcUrl, account, supply = DEFAULT_SUPPLY, record: store = memoryRecord(), onCreated } = init
  const { client, chainId } = await chainAt(rpcUrl)
  const { settings, token: tokenInfo } = await planOf(client, init)
  const genesis = await client.getBlock({ blockNumber: 0n })
  const deployer = new Deployer(
    { ...DEFAULTS, ...given(init), client, chainId, account, store },
    `${chainId}:${genesis.hash}`
  )
  if (deployer.isFresh) await checkBalance(client, lower(account.address), init.neededWei)
  const create: typeof deployer.create = async (...args) => {
    const created = await deployer.create(...args)
    onCreated?.(created)
    return created
  }
  const token =
    init.token === undefined
      ? (await create('DcnToken', INITCODE.token(lower(account.address), supply), undefined, options)).address
      : lower(init.token)
  const randomness = (await create('BlockhashRandomness', INITCODE.randomness(), undefined, options)).address
  const { court, escrow } = await createPair(deployer, create, { token, randomness, settings }, options)
  const board = await create('JobBoard', INITCODE.board(escrow.address), undefined, options)
  const modules = await create('ModuleRegistry', INITCODE.modules(), undefined, options)
  const deployment = {
    chainId,
    token,
    randomness,
    court,
    escrow: escrow.address,
    board: board.address,
    modules: modules.address,
    startBlock: escrow.block,
    settings,
    tokenInfo
  }
  await checkDeployment(client, deployment)
  return deployment
}

async function checkBalance(client: ChainClient, address: Address, neededWei = 0n): Promise<void> {
  const value = await client.getBalance({ address })
  if (value < neededWei) throw new InsufficientGasError(address, { value, limit: String(neededWei) })
}

/** The court is told where the escrow will be: at the deployer's next nonce, which nothing else may take. */
async function createPair(
  deployer: Deployer,
  create: Deployer['create'],
  { token, randomness, settings }: { token: Address; randomness: Address; settings: DeploySettings },
  options: AbortOptions
): Promise<{ court: Address; escrow: Created }> {
  const courtOf = (nonce: number) => INITCODE.court(deployer.addressAt(nonce + 1), randomness, settings)
  for (let tries = 1; ; tries++) {
    const nonce = deployer.nonceOf('Court', courtOf) ?? (await deployer.nextNonce())
    try {
      const court = await create('Court', courtOf(nonce), nonce, options)
      const escrow = await create('DealEscrow', INITCODE.escrow(token, court.address, settings), nonce + 1, options)
      return { court: court.address, escrow }
    } catch (error) {
      if (!(error instanceof TransactionReplacedError) || tries === PAIR_TRIES) throw error
      // a court without its escrow is of no use
      deployer.forget('Court')
      deployer.forget('DealEscrow')
    }
  }
}

/** By what the contracts themselves say. @throws WrongContractError */
async function checkDeployment(client: ChainClient, deployment: Deployment): Promise<void> {
  const { escrow, court, board, modules, randomness, settings } = deployment
  await checkContracts(client, deployment)
  await checkBoard(client, escrow, board)
  await checkModuleRegistry(client, modules)
  const found = await findCourt(client, escrow, court)
  const theirs = await readSettings(client, escrow, court)
  const minWindow = await client.readContract({ address: escrow, abi: dealEscrowAbi, functionName: 'minWindow' })
  const said = { ...theirs, minWindowSec: Number(minWindow), randomness: found?.randomness }
  for (const [field, expected] of Object.entries({ ...settings, randomness })) {
    const actual = said[field as keyof typeof said]
    if (actual === expected) continue
    throw new WrongContractError(`the contracts were deployed with another ${field}`, {
      field,
      value: actual,
      limit: String(expected)
    })
  }
}

const given = ({ pollMs, repriceAfterMs, waitMs }: DeployInit) => ({
  ...(pollMs === undefined ? {} : { pollMs }),
  ...(repriceAfterMs === undefined ? {} : { repriceAfterMs }),
  ...(waitMs === undefined ? {} : { waitMs })
})
