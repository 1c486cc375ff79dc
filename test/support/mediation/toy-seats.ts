import type { Address } from '../../../protocols/common/values.ts'
import type { Seat } from '../../../protocols/mediation/types.ts'

/** A call that the contract would refuse, by the name of its error. */
export class Refused extends Error {
  constructor(name: string) {
    super(name)
    this.name = name
  }
}

export function need(ok: boolean, error: string): asserts ok {
  if (!ok) throw new Refused(error)
}

export interface ToyWorld {
  readonly nowSec: number
  readonly block: bigint
  /** what a block's hash is once there is one */
  hashOf(block: bigint): `0x${string}`
}

export interface ToySettings {
  seatStake: bigint
  revealWindowSec: number
  appealWindowSec: number
  activationSec: number
  exitDelaySec: number
}

export const NOBODY: Address = '0x000000000000000000000000000000000000dead'
const VACANT: Address = `0x${'00'.repeat(20)}`

/** Free balances and seats, by the contract's rules, over plain objects. */
export class ToySeats {
  readonly free = new Map<Address, bigint>()
  readonly seats: Seat[] = []
  readonly settings: ToySettings
  protected readonly world: ToyWorld
  readonly #vacant: number[] = []

  constructor(world: ToyWorld, settings: ToySettings) {
    this.world = world
    this.settings = settings
  }

  takeSeat(owner: Address, capabilities: number): number {
    this.debit(owner, this.settings.seatStake)
    const index = this.#vacant.pop() ?? this.seats.length
    const { seatStake, activationSec } = this.settings
    const fromSec = this.world.nowSec + activationSec
    this.seats[index] = { index, owner, fromSec, stake: seatStake, risk: 0n, capabilities }
    return index
  }

  askExit(owner: Address, index: number): void {
    const seat = this.#own(owner, index)
    need(seat.exitSec === undefined, 'WrongSeatState')
    seat.exitSec = this.world.nowSec
  }

  leaveSeat(owner: Address, index: number): void {
    const seat = this.#own(owner, index)
    need(seat.exitSec !== undefined, 'WrongSeatState')
    need(this.world.nowSec > seat.exitSec + this.settings.exitDelaySec, 'TooEarly')
    need(seat.risk === 0n, 'SeatAtRisk')
    this.credit(owner, seat.stake)
    this.seats[index] = { index, owner: VACANT, fromSec: 0, stake: 0n, risk: 0n, capabilities: 0 }
    this.#vacant.push(index)
  }

  seat(index: number): Seat {
    const seat = this.seats[index]
    need(seat !== undefined, 'Panic')
    return seat
  }

  freeOf(account: Address): bigint {
    return this.free.get(account) ?? 0n
  }

  credit(account: Address, amount: bigint): void {
    this.free.set(account, this.freeOf(account) + amount)
  }

  protected debit(account: Address, amount: bigint): void {
    need(this.freeOf(account) >= amount, 'InsufficientFree')
    this.free.set(account, this.freeOf(account) - amount)
  }

  #own(owner: Address, index: number): Seat {
    const seat = this.seats[index]
    need(seat !== undefined && seat.owner === owner, 'NotSeatOwner')
    return seat
  }
}
