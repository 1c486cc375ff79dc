import { toHex } from '../../common/values.ts'
import type { RefusedReason } from '../book.ts'
import type { Fact } from '../schema.ts'
import type { VerdictReason } from '../validate.ts'
import { SYNC_LIMITS } from './limits.ts'

/** Until when a fact is not wanted again: for good, until it starts, or not at all when the reason says nothing about the fact. */
const DECLINED_UNTIL: Partial<Record<VerdictReason | RefusedReason, 'expiry' | 'start'>> = {
  NotAdmitted: 'expiry',
  FactTimeError: 'start',
  time: 'start',
  withdrawn: 'expiry',
  'not-owner': 'expiry',
  equivocator: 'expiry',
  'account-full': 'expiry',
  full: 'expiry'
}

/** The last round in which a fact that was not taken for `reason` is not wanted; undefined when it may come again at once. */
export function declinedUntil(
  { body }: Pick<Fact, 'body'>,
  reason: VerdictReason | RefusedReason,
  round: number
): number | undefined {
  const until = DECLINED_UNTIL[reason]
  return until === 'start' && body.fromRound > round ? body.fromRound : until && body.untilRound
}

/**
 * Ids of facts that this node was given and did not keep: the book was full, the account is not admitted. Remembered until
 * they expire, so that no neighbour sends them again; the oldest memories go first when there are too many.
 */
export class DeclinedIds {
  readonly #untilRound = new Map<string, number>()
  readonly #max: number

  constructor(max: number = SYNC_LIMITS.declined) {
    this.#max = max
  }

  get size(): number {
    return this.#untilRound.size
  }

  add(id: Uint8Array, untilRound: number): void {
    const key = toHex(id)
    this.#untilRound.delete(key)
    this.#untilRound.set(key, untilRound)
    if (this.#untilRound.size > this.#max) this.#untilRound.delete(this.#untilRound.keys().next().value ?? '')
  }

  /** Forgets all of them: the reasons may hold no more. */
  clear(): void {
    this.#untilRound.clear()
  }

  has(id: Uint8Array): boolean {
    return this.#untilRound.has(toHex(id))
  }

  expire(round: number): void {
    for (const [key, untilRound] of this.#untilRound) if (untilRound < round) this.#untilRound.delete(key)
  }
}
