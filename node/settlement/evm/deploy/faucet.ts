import type { LocalAccount } from 'viem'
import type { Address } from '../../../../protocols/common/values.ts'
import type { AbortOptions } from '../../../components.ts'
import { SettlementUnreachableError } from '../../errors.ts'
import type { FaucetSettings } from '../../faucet.ts'
import { lower } from '../../typed-data.ts'
import { fundFromDevChain } from '../dev-funds.ts'
import { toUserError } from '../errors.ts'
import { readToken } from '../token-info.ts'
import { INITCODE } from './contracts.ts'
import { type Created, Deployer } from './deployer.ts'
import { chainAt } from './index.ts'
import { fileRecord, type RecordStore } from './record.ts'

export interface FaucetDeployInit {
  rpcUrl: string
  /** pays, and owns the faucet */
  account: LocalAccount
  /** whoever calls it; usually the account of the node that serves it */
  operator: Address
  token: Address
  settings: FaucetSettings
  record: RecordStore
  pollMs?: number
}

const POLL_MS = 1000
const REPRICE_MS = 30_000
const WAIT_MS = 300_000
/** On a development chain a block is there at once. */
const DEV_POLL_MS = 20
/** What a faucet of play money gives. */
const DEV_SETTINGS: FaucetSettings = {
  coin: 10n ** 18n,
  tokens: 100n * 10n ** 18n,
  intervalSec: 3600,
  dripsPerDay: 1000
}
const DEV_DRIPS = 10_000n

/**
 * Puts a faucet on a chain; a run that failed goes on where it was. It has neither coin nor tokens then.
 *
 * @throws WrongContractError (the token), InsufficientGasError, SettlementUnreachableError, TransactionRevertedError
 */
export async function deployFaucet(init: FaucetDeployInit, options: AbortOptions = {}): Promise<Created> {
  const { rpcUrl, account, operator, token, settings, record, pollMs = POLL_MS } = init
  try {
    const { client, chainId } = await chainAt(rpcUrl)
    await readToken(client, token)
    const { hash } = await client.getBlock({ blockNumber: 0n })
    if (hash === null) throw new SettlementUnreachableError('the chain has no first block')
    const deployer = new Deployer(
      { client, chainId, account, store: record, pollMs, repriceAfterMs: REPRICE_MS, waitMs: WAIT_MS },
      `${chainId}:${hash}`
    )
    return await deployer.create(
      'Faucet',
      INITCODE.faucet(token, lower(account.address), operator, settings),
      undefined,
      options
    )
  } catch (error) {
    throw toUserError(error, account.address)
  }
}

/**
 * The faucet of a node on a development chain: deployed at its first start, found again at the next, full of play money.
 *
 * @param dir where it is written down
 */
export async function devFaucet(
  { rpcUrls, token }: { rpcUrls: readonly string[]; token: Address },
  account: LocalAccount,
  dir: string
): Promise<Address> {
  const { address } = await deployFaucet({
    rpcUrl: rpcUrls[0] ?? '',
    account,
    operator: lower(account.address),
    token,
    settings: DEV_SETTINGS,
    record: fileRecord(dir),
    pollMs: DEV_POLL_MS
  })
  const amounts = { tokenAmount: DEV_DRIPS * DEV_SETTINGS.tokens, ethAmount: DEV_DRIPS * DEV_SETTINGS.coin }
  await fundFromDevChain({ rpcUrls, token, to: address, ...amounts })
  return address
}
