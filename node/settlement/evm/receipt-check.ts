import { erc20Abi, getAbiItem, type TransactionReceipt } from 'viem'
import type { Address } from '../../../protocols/common/values.ts'
import type { Deal, DealPhase } from '../../../protocols/deal/schema.ts'
import { EndpointLieError, SettlementUnreachableError } from '../errors.ts'
import { delay } from './async.ts'
import type { Chain, ChainClient, Source } from './client.ts'
import { readStatus } from './contract.ts'
import { isUnreachable } from './errors.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'

/** Whether the contract shows what a transaction was sent for, at the block of its receipt. */
export type Proof = (client: ChainClient, receipt: TransactionReceipt) => Promise<boolean>

export interface CheckInit {
  chain: Chain
  pollMs: number
  /** what the transaction was for, e.g. `open` */
  what: string
  stop: AbortSignal
}

/** Looks at the contract after a receipt, for an endpoint that lags behind the one that gave the receipt. */
const LOOKS = 20

/**
 * A receipt is one chain node's word; what the contract says at that block is what counts. The endpoints are asked in turn.
 *
 * @throws EndpointLieError when the contract contradicts the receipt, SettlementUnreachableError when nobody can say
 */
export async function checkReceipt(
  receipt: TransactionReceipt,
  proof: Proof,
  { chain, pollMs, what, stop }: CheckInit,
  signal?: AbortSignal
): Promise<void> {
  let denied: Source | undefined
  for (let look = 0; look < LOOKS; look++) {
    signal?.throwIfAborted()
    const sources = await chain.sources()
    const source = sources[look % sources.length] ?? chain.anyone
    const shown = await proof(source.client, receipt).catch(onlyUnknown)
    if (shown === true) return
    if (shown === false) denied = source
    await delay(pollMs, stop)
  }
  const { transactionHash } = receipt
  const again = await chain.client.getTransactionReceipt({ hash: transactionHash }).catch(() => undefined)
  if (denied === undefined || again?.blockHash !== receipt.blockHash) {
    throw new SettlementUnreachableError(`whether the ${what} was done cannot be told: the chain changed meanwhile`, {
      value: transactionHash,
      remedy: 'a transaction that the chain dropped is sent again: ask once more'
    })
  }
  throw new EndpointLieError(`a receipt says that the ${what} was done, and the contract at ${denied.label} does not`, {
    value: transactionHash
  })
}

/** A lagging endpoint has no state of the block yet, a failing one says nothing: neither denies. */
function onlyUnknown(error: unknown): undefined {
  if (isUnreachable(error) || error instanceof Error) return undefined
  throw error
}

/** The deal has left the phases in which the call has not happened. */
export const dealMoved =
  (escrow: Address, deal: Deal, not: readonly DealPhase[]): Proof =>
  async (client, { blockNumber }) =>
    !not.includes((await readStatus(client, escrow, deal, blockNumber)).phase)

export const nonceBurned =
  (escrow: Address, creator: Address, nonce: bigint): Proof =>
  (client, { blockNumber }) =>
    client.readContract({
      address: escrow,
      abi: dealEscrowAbi,
      functionName: 'nonceUsed',
      args: [creator, nonce],
      blockNumber
    })

/** A balance may have moved for other reasons in the same block: the event of this transaction is what tells. */
export const moneyMoved =
  (escrow: Address, name: 'Deposited' | 'Withdrawn'): Proof =>
  async (client, { blockHash, transactionHash }) => {
    const event = getAbiItem({ abi: dealEscrowAbi, name })
    const logs = await client.getLogs({ address: escrow, event, blockHash })
    return logs.some(log => log.transactionHash === transactionHash)
  }

export const allowed =
  (token: Address, owner: Address, spender: Address, amount: bigint): Proof =>
  async (client, { blockNumber }) => {
    const args = [owner, spender] as const
    const allowance = { address: token, abi: erc20Abi, functionName: 'allowance', args, blockNumber } as const
    return (await client.readContract(allowance)) >= amount
  }
