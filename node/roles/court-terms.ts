import { UserError } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import type { CommitteeTerms } from '../../protocols/deal/terms.ts'
import { isRepeatable } from '../../protocols/job/derive.ts'
import type { EngineKind } from '../../protocols/job/schema.ts'
import { CAPABILITY, type Seat } from '../../protocols/mediation/types.ts'
import type { AbortOptions, Clock } from '../components.ts'
import type { Court, CourtSettings } from '../settlement/court.ts'

/** A deal for which the court's help is wanted. */
export interface CourtCase {
  price: bigint
  engine: EngineKind
  parties: readonly Address[]
  /** chain time, unix s */
  nowSec: number
}

/** What the court's clauses of a deal are, if the court could judge it. @throws NoCourtError: why it could not */
export type CourtTerms = (of: CourtCase, options?: AbortOptions) => Promise<CommitteeTerms>

/** No committee can be promised for a deal. */
export class NoCourtError extends UserError {
  constructor(why: string, details: { value?: unknown; limit?: string; remedy?: string } = {}) {
    super('NoCourtError', `no committee can be promised: ${why}`, {
      field: 'verify.policy',
      remedy: 'start more mediators (--role mediator) and see "dcn seat list", or use verify.policy none',
      ...details
    })
  }
}

/** Owners that could be drawn: so many that three rounds of a first committee find theirs although some sleep. */
export const MIN_OWNERS = { open: 9, dev: 3 } as const
/** Positions that could be drawn, of all: a draw tries 960. */
const MIN_DENSITY = 1 / 8
/** A seat carries this many disputes at once. */
const DISPUTES_A_SEAT = 16n
const RISK_FEES = 3n
/** Seats change by the hour: proposals come in bursts. */
const KEPT_MS = 2_000

/**
 * Both sides ask this before they sign, because a committee that cannot be drawn protects nobody.
 *
 * @param minOwners see MIN_OWNERS
 */
export function courtTerms(court: () => Court | undefined, minOwners: number, clock: Clock): CourtTerms {
  let kept: { seats: Seat[]; settings: CourtSettings; atMs: number } | undefined
  const read = async (from: Court, options: AbortOptions) => {
    const nowMs = clock.nowMs()
    if (kept !== undefined && nowMs - kept.atMs < KEPT_MS) return kept
    const [seats, settings] = await Promise.all([from.seats(options), from.settings(options)])
    kept = { seats, settings, atMs: nowMs }
    return kept
  }
  return async (of, options = {}) => {
    const there = court()
    if (there === undefined) throw new NoCourtError('this network has no court')
    const { seats, settings } = await read(there, options)
    return checkSeats(of, seats, settings, minOwners)
  }
}

/** Pure. @throws NoCourtError */
export function checkSeats(
  { price, engine, parties, nowSec }: CourtCase,
  seats: readonly Seat[],
  settings: CourtSettings,
  minOwners: number
): CommitteeTerms {
  if (!isRepeatable(engine))
    throw new NoCourtError(`runs of ${engine} cannot be repeated exactly`, { value: engine, limit: 'js or wasm' })
  const needs = CAPABILITY[engine]
  const seatFee = price > settings.minSeatFee ? price : settings.minSeatFee
  const risk = RISK_FEES * seatFee
  const largest = settings.seatStake / (RISK_FEES * DISPUTES_A_SEAT)
  if (seatFee > largest)
    throw new NoCourtError('the price is more than its seats answer for', { value: price, limit: `at most ${largest}` })
  const eligible = seats.filter(
    seat =>
      !parties.includes(seat.owner) &&
      seat.fromSec < nowSec &&
      seat.exitSec === undefined &&
      (seat.capabilities & needs) === needs &&
      seat.risk + risk <= seat.stake
  )
  const owners = new Set(eligible.map(seat => seat.owner)).size
  if (owners < minOwners)
    throw new NoCourtError(`${owners} mediators could judge this deal, ${minOwners} are needed`, {
      value: owners,
      limit: `at least ${minOwners}`
    })
  if (eligible.length < seats.length * MIN_DENSITY)
    throw new NoCourtError(`${eligible.length} of ${seats.length} seats could be drawn`, { limit: 'one in eight' })
  return { seatFee, needs }
}
