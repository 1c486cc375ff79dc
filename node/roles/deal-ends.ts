import type { ChainEnd } from '../../protocols/deal/machine.ts'
import type { Deal } from '../../protocols/deal/schema.ts'
import type { DealEvent, DealStatus } from '../settlement/settlement.ts'

const ZERO_HASH = `0x${'00'.repeat(32)}` as const

/** The end that a chain event tells of; undefined while the deal goes on. */
export function endOf(event: DealEvent): ChainEnd | undefined {
  const { kind } = event
  if (kind === 'opened' || kind === 'submitted') return undefined
  return {
    kind,
    toProvider: event.toProvider ?? 0n,
    toCreator: event.toCreator ?? 0n,
    transaction: event.transaction
  }
}

/** A deal found closed after its submit window, with no event seen: the creator took its money back. */
export function lateEnd(deal: Deal, status: DealStatus): ChainEnd | undefined {
  if (status.phase !== 'closed') return undefined
  return { kind: 'timed-out', toProvider: 0n, toCreator: deal.price + deal.collateral, transaction: ZERO_HASH }
}
