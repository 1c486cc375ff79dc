import type { ChainEnd } from '../../protocols/deal/machine.ts'
import type { DealEvent } from '../settlement/settlement.ts'

/** The end that a chain event tells of; undefined while the deal goes on. */
export function endOf(event: DealEvent): ChainEnd | undefined {
  const { kind } = event
  if (kind === 'opened' || kind === 'submitted' || kind === 'challenged') return undefined
  return {
    kind,
    toProvider: event.toProvider ?? 0n,
    toCreator: event.toCreator ?? 0n,
    transaction: event.transaction
  }
}
