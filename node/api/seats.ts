import { InvalidInputError } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import { CAPABILITY, type Seat } from '../../protocols/mediation/types.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeApi } from '../http/api.ts'
import type { NodeInfo, SeatView } from '../http/views.ts'
import { NoCourtError } from '../roles/court-terms.ts'
import type { MediatorRole } from '../roles/mediator/mediator.ts'
import { summarise } from '../roles/mediator/summary.ts'
import type { SeatKeeper } from '../roles/seat-keeper.ts'
import type { Court } from '../settlement/court.ts'
import type { Settlement } from '../settlement/settlement.ts'
import { optional } from './job-view.ts'

export interface SeatApiComponents {
  settlement: Settlement
  /** undefined on a node that is no mediator */
  seatKeeper: SeatKeeper | undefined
  mediator: MediatorRole | undefined
}

type SeatApi = Pick<NodeApi, 'seats' | 'mediator' | 'takeSeat' | 'leaveSeat'>

/** The calls of NodeApi that have to do with seats in the court. */
export function seatApi({ settlement, seatKeeper, mediator }: SeatApiComponents): SeatApi {
  const court = (): Court => {
    if (settlement.court === undefined)
      throw new NoCourtError(
        settlement.kind === 'none' ? 'this network has no chain, and so no court' : 'this network has no court',
        { remedy: 'use --verify replicas or spot, which need none; a network with a court is created with --rpc' }
      )
    return settlement.court
  }
  const keeper = (): SeatKeeper => {
    if (seatKeeper !== undefined) return seatKeeper
    throw new InvalidInputError('this node is no mediator', {
      field: 'role',
      remedy: 'start it with --role mediator (and others), and an engine whose jobs can be repeated: js or wasm'
    })
  }
  return {
    async seats(options) {
      const at = court()
      const [seats, settings] = await Promise.all([at.seats(options), at.settings(options)])
      return seats
        .filter(seat => !/^0x0+$/.test(seat.owner))
        .map(seat => seatView(seat, settlement.account, settings.exitDelaySec))
    },
    async mediator(options) {
      const at = court()
      const { exitDelaySec } = await at.settings(options)
      const seats = await keeper().mine(at, options)
      const { earned, lost, ...counts } = mediator?.summary() ?? summarise([])
      return {
        ...counts,
        seats: seats.map(seat => seatView(seat, settlement.account, exitDelaySec)),
        earned: earned.toString(),
        lost: lost.toString()
      }
    },
    async takeSeat(options) {
      const seat = await keeper().take(court(), options)
      const settings = await court().settings(options)
      const found = (await court().seats(options)).find(s => s.index === seat)
      if (found === undefined) throw new InvalidInputError('the seat is gone again', { field: 'seat', value: seat })
      return seatView(found, settlement.account, settings.exitDelaySec)
    },
    async leaveSeat(index, options) {
      const at = court()
      const settings = await at.settings(options)
      const seat = (await keeper().mine(at, options)).find(s => s.index === index)
      if (seat === undefined) {
        throw new InvalidInputError(`seat ${index} is not this node's`, {
          field: 'seat',
          value: index,
          remedy: 'see them with "dcn seat list"'
        })
      }
      if (seat.exitSec === undefined) {
        await keeper().askExit(at, index, options)
        const now = (await keeper().mine(at, options)).find(s => s.index === index) ?? seat
        return { left: false, seat: seatView(now, settlement.account, settings.exitDelaySec) }
      }
      checkFree(index, seat.exitSec + settings.exitDelaySec + 1, await settlement.now(options))
      await at.leaveSeat(index, options)
      return { left: true, seat: seatView(seat, settlement.account, settings.exitDelaySec) }
    }
  }
}

function checkFree(seat: number, freeSec: number, nowSec: number): void {
  if (nowSec >= freeSec) return
  throw new InvalidInputError(`the stake of seat ${seat} is not free yet`, {
    field: 'seat',
    value: seat,
    limit: `from ${new Date(freeSec * 1000).toISOString()} on`,
    remedy: `say "dcn seat leave ${seat}" again then`
  })
}

/** A mediator in short, for the node's own page; undefined while the court cannot be asked. */
export async function judgeView(
  c: SeatApiComponents,
  options?: AbortOptions
): Promise<NonNullable<NodeInfo['judge']> | undefined> {
  const { court } = c.settlement
  if (c.mediator === undefined || c.seatKeeper === undefined || court === undefined) return undefined
  const mine = await c.seatKeeper.mine(court, options).catch(() => undefined)
  if (mine === undefined) return undefined
  const { open, judged, earned, lost } = c.mediator.summary()
  const sum = (key: 'stake' | 'risk') => mine.reduce((total, seat) => total + seat[key], 0n).toString()
  return {
    ...{ seats: mine.length, stake: sum('stake'), risk: sum('risk') },
    ...{ open, judged, earned: earned.toString(), lost: lost.toString() }
  }
}

function seatView(seat: Seat, account: Address, exitDelaySec: number): SeatView {
  const kinds = Object.entries(CAPABILITY).filter(([, bit]) => (seat.capabilities & bit) !== 0)
  return {
    seat: seat.index,
    owner: seat.owner,
    mine: seat.owner === account,
    engines: kinds.map(([kind]) => kind),
    stake: seat.stake.toString(),
    risk: seat.risk.toString(),
    from: seat.fromSec * 1000,
    ...optional('leavesAt', seat.exitSec === undefined ? undefined : (seat.exitSec + exitDelaySec + 1) * 1000)
  }
}
