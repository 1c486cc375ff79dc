import type { LocalAccount } from 'viem'
import { mnemonicToAccount, type PrivateKeyAccount } from 'viem/accounts'
import type { NetworkDocument } from '../../../protocols/common/network-document.ts'
import type { Address } from '../../../protocols/common/values.ts'
import { WrongContractError } from '../errors.ts'
import { lower } from '../typed-data.ts'
import { connect } from './client.ts'
import { checkContracts } from './contract.ts'
import { findCourt } from './court-reads.ts'
import { deployContracts } from './deploy/index.ts'
import type { RecordStore } from './deploy/record.ts'
import { isDevChain } from './dev-funds.ts'
import { isUnreachable, toUserError } from './errors.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { named, readToken } from './token-info.ts'

type Chain = NonNullable<NetworkDocument['chain']>

/** anvil's own well-known phrase: its accounts are funded on every development chain and worth nothing elsewhere. */
const DEV_MNEMONIC = 'test test test test test test test test test test test junk'
/** A chain on this machine answers in a millisecond. */
const DEV_POLL_MS = 20

/** anvil's first account: deploys on a development chain, and holds the whole supply of the token there. */
export function devAccount(): LocalAccount {
  return mnemonicToAccount(DEV_MNEMONIC)
}

/** The first of several RPC addresses behind which a chain answers. @throws SettlementUnreachableError that names each */
export async function firstAnswering(rpcUrls: readonly string[]): Promise<string> {
  for (const rpcUrl of rpcUrls) {
    const client = connect({ rpcUrls: [rpcUrl], chainId: 1 })
    const chainId = await client.getChainId().catch(() => undefined)
    if (chainId !== undefined) return rpcUrl
  }
  try {
    await connect({ rpcUrls, chainId: 1 }).getChainId()
  } catch (error) {
    throw toUserError(error, 'this node')
  }
  // one came up meanwhile; which, the next call tells
  return rpcUrls[0] ?? ''
}

/**
 * The chain part of a new network's document: the given escrow, or contracts deployed now, paid for by this node (on a
 * development chain by the chain's own account).
 *
 * @throws SettlementUnreachableError, WrongContractError, InsufficientGasError
 */
export async function createChain(
  rpcUrl: string,
  account: PrivateKeyAccount,
  { escrow, record }: { escrow?: string | undefined; record: RecordStore }
): Promise<Chain> {
  const dev = await isDevChain(rpcUrl)
  const common = { rpcUrls: [rpcUrl], confirmations: 1, ...(dev ? { dev, pollMs: DEV_POLL_MS } : {}) }
  if (escrow !== undefined) {
    return { ...common, ...(await existing(rpcUrl, lower(escrow))) }
  }
  const deployed = await deployContracts({
    rpcUrl,
    account: dev ? devAccount() : account,
    profile: dev ? 'dev' : 'private',
    record,
    ...(dev ? { pollMs: DEV_POLL_MS } : {})
  })
  const { chainId, token, court, board, modules } = deployed
  return {
    ...common,
    chainId,
    escrow: deployed.escrow,
    court,
    board,
    modules,
    token,
    startBlock: Number(deployed.startBlock)
  }
}

/** What the network's document says of an escrow that is there already: events before the network exists are nobody's. */
async function existing(
  rpcUrl: string,
  escrow: Address
): Promise<Pick<Chain, 'chainId' | 'escrow' | 'court' | 'token' | 'tokenInfo' | 'startBlock'>> {
  const chainId = await connect({ rpcUrls: [rpcUrl], chainId: 1 }).getChainId()
  const client = connect({ rpcUrls: [rpcUrl], chainId })
  const token = await client
    .readContract({ address: escrow, abi: dealEscrowAbi, functionName: 'token' })
    .catch((cause: unknown) => {
      if (isUnreachable(cause)) throw toUserError(cause, escrow)
      throw new WrongContractError('there is no escrow at this address', { field: 'escrow', value: escrow, cause })
    })
  await checkContracts(client, { chainId, escrow, token: lower(token) })
  const court = await findCourt(client, escrow)
  const found = { ...(court === undefined ? {} : { court: court.court }), ...named(await readToken(client, token)) }
  return { chainId, escrow, ...found, token: lower(token), startBlock: Number(await client.getBlockNumber()) }
}
