import { keccak256, type LocalAccount, type TransactionReceipt } from 'viem'
import type { Hex } from '../../../protocols/common/values.ts'
import type { SettlementLogger } from '../settlement.ts'
import { type Broadcast, broadcast } from './broadcast.ts'
import type { ChainClient } from './client.ts'
import { bump, currentFees, type Fees, isWorthRaising } from './fees.ts'
import { AT_ONCE, type Pending, type PendingList } from './pending.ts'

export type TransactionSigner = Pick<LocalAccount, 'address' | 'signTransaction'>

export interface AttemptsInit {
  client: ChainClient
  chainId: number
  signer: TransactionSigner
  nowMs: () => number
  logger: SettlementLogger
}

/** Signed forms kept of one transaction; those before were replaced in every pool long ago. */
const MAX_ATTEMPTS = 12

/** The signed forms of pending transactions: each is in the journal before it leaves the node. */
export class Attempts {
  readonly #init: AttemptsInit
  readonly #pending: PendingList

  constructor(init: AttemptsInit, pending: PendingList) {
    this.#init = init
    this.#pending = pending
  }

  async sign(entry: Pending, fees: Fees): Promise<void> {
    const { to, data, nonce, gas } = entry
    const { signer, chainId } = this.#init
    const raw = await signer.signTransaction({ type: 'eip1559', chainId, to, data, nonce, gas, ...fees })
    entry.attempts = [...entry.attempts, { hash: keccak256(raw), raw, ...fees }].slice(-MAX_ATTEMPTS)
    this.#pending.put(entry)
  }

  /** Hands the newest form that is taken to the chain: a dearer one may be above what the account can pay. */
  async offer(entry: Pending): Promise<Broadcast> {
    entry.broadcastAtMs = this.#init.nowMs()
    let first: Broadcast | undefined
    for (const { raw } of entry.attempts.toReversed()) {
      const sent = await broadcast(this.#init.client, raw)
      // what may never have arrived is sent again at the next look, not after a while
      if (sent.outcome === 'unknown') entry.broadcastAtMs = AT_ONCE
      if (sent.outcome !== 'refused') return sent
      first ??= sent
    }
    return first ?? { outcome: 'unknown' }
  }

  /** Offers more for a transaction that is not mined, as far as that can help. */
  async reprice(entry: Pending): Promise<void> {
    const { client, logger, nowMs } = this.#init
    const { key, nonce } = entry
    const last = entry.attempts.at(-1)
    const current = await currentFees(client)
    entry.pricedAtMs = nowMs()
    if (last !== undefined && isWorthRaising(last, current)) {
      const fees = bump(last, current)
      await this.sign(entry, fees)
      logger.info({ key, nonce, maxFeePerGas: fees.maxFeePerGas }, 'transaction repriced')
    }
    await this.offer(entry)
  }

  /** The receipt of whichever form was mined. */
  async receiptOf(entry: Pending, client: ChainClient = this.#init.client): Promise<TransactionReceipt | undefined> {
    for (const { hash } of entry.attempts.toReversed()) {
      const receipt = await receiptOf(client, hash)
      if (receipt !== undefined) return receipt
    }
    return undefined
  }
}

/** Undefined when the chain node knows no receipt. */
export async function receiptOf(client: ChainClient, hash: Hex): Promise<TransactionReceipt | undefined> {
  try {
    return await client.getTransactionReceipt({ hash })
  } catch (error) {
    if (error instanceof Error && error.name === 'TransactionReceiptNotFoundError') return undefined
    throw error
  }
}
