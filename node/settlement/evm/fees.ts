import type { ChainClient } from './client.ts'

export interface Fees {
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
}

/** Room for the base fee to double before a transaction is stuck: six full blocks in a row. */
const BASE_FEE_FACTOR = 2n
/** Nodes accept a replacement only from 10 % more on; a bit above it, so rounding never matters. */
const BUMP_PERCENT = 125n
/** An offer this far above today's fees is not stuck for its price: raising it further would only be dear. */
const MAX_OVER_MARKET = 8n
/** A tip is one endpoint's advice, and goes to whoever makes the block: no advice costs more than this at first. */
const MAX_TIP = 100n * 10n ** 9n

/** What a transaction should offer now (EIP-1559). */
export async function currentFees(client: ChainClient): Promise<Fees> {
  const [block, advised] = await Promise.all([client.getBlock(), client.estimateMaxPriorityFeePerGas()])
  const tip = advised < MAX_TIP ? advised : MAX_TIP
  return { maxFeePerGas: (block.baseFeePerGas ?? 0n) * BASE_FEE_FACTOR + tip, maxPriorityFeePerGas: tip }
}

/** What replaces an attempt: today's fees, and enough above the old ones for nodes to take it. */
export function bump(old: Fees, current: Fees): Fees {
  const more = (fee: bigint) => (fee * BUMP_PERCENT) / 100n + 1n
  const max = (a: bigint, b: bigint) => (a > b ? a : b)
  return {
    maxFeePerGas: max(more(old.maxFeePerGas), current.maxFeePerGas),
    maxPriorityFeePerGas: max(more(old.maxPriorityFeePerGas), current.maxPriorityFeePerGas)
  }
}

/** Whether a higher price can help an offer that is not mined. */
export function isWorthRaising(offer: Fees, current: Fees): boolean {
  return offer.maxFeePerGas < current.maxFeePerGas * MAX_OVER_MARKET
}
