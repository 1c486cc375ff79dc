import { messageOf } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import type { EngineKind } from '../../protocols/job/schema.ts'
import { CAPABILITY, type Seat } from '../../protocols/mediation/types.ts'
import type { AbortOptions, Log } from '../components.ts'
import type { Journal } from '../journal/journal.ts'
import { pause } from '../network/deadline.ts'
import type { Court } from '../settlement/court.ts'
import type { EnsureFree } from './shared.ts'

export interface SeatKeeperInit {
  account: Address
  /** seats that this node takes by itself */
  wanted: number
  /** what its engines can run again */
  capabilities: number
}

export interface SeatKeeperComponents {
  /** asked anew each time: known once the settlement has started */
  court(): Court | undefined
  ensureFree: EnsureFree
  journal: Pick<Journal, 'getValue' | 'setValue'>
  log: Log
}

/** Without money a seat cannot be taken; money may come. */
const RETRY_MS = 30_000
/** Set when the operator leaves a seat: the node does not take it back by itself. */
const GIVEN_UP = 'mediator/seats-given-up'

/** Takes seats for a mediator, and gives them back: by itself up to the number configured, beyond that when asked. */
export class SeatKeeper {
  readonly #init: SeatKeeperInit
  readonly #c: SeatKeeperComponents
  #shutdown: AbortController | undefined
  #loop: Promise<void> | undefined

  constructor(init: SeatKeeperInit, components: SeatKeeperComponents) {
    this.#init = init
    this.#c = components
  }

  start(): void {
    if (this.#shutdown !== undefined) return
    this.#shutdown = new AbortController()
    this.#loop = this.#keep(this.#shutdown.signal)
  }

  async stop(): Promise<void> {
    this.#shutdown?.abort()
    await this.#loop
    this.#shutdown = undefined
  }

  /** This account's seats, those that it is leaving included. */
  async mine(court: Court, options?: AbortOptions): Promise<Seat[]> {
    return (await court.seats(options)).filter(seat => seat.owner === this.#init.account)
  }

  /** Stakes for one more seat. @throws InsufficientBalanceError and the other errors of Settlement */
  async take(court: Court, options: AbortOptions = {}): Promise<number> {
    const { seatStake } = await court.settings(options)
    await this.#c.ensureFree(seatStake, options)
    const { seat } = await court.takeSeat(this.#init.capabilities, options)
    this.#c.journal.setValue(GIVEN_UP, false)
    this.#c.log.info({ seat, stake: seatStake }, 'seat taken')
    return seat
  }

  /** Asks to leave; from then on nothing draws the seat. */
  async askExit(court: Court, seat: number, options: AbortOptions = {}): Promise<void> {
    this.#c.journal.setValue(GIVEN_UP, true)
    await court.askExit(seat, options)
  }

  async #keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#isKept(signal))) await pause(RETRY_MS, signal)
  }

  /** Whether there is nothing (more) to do. */
  async #isKept(signal: AbortSignal): Promise<boolean> {
    const { wanted, capabilities } = this.#init
    const { log, journal } = this.#c
    const court = this.#c.court()
    if (court === undefined || wanted === 0 || capabilities === 0 || journal.getValue<boolean>(GIVEN_UP) === true) {
      return true
    }
    try {
      const kept = (await this.mine(court, { signal })).filter(seat => seat.exitSec === undefined)
      const unable = kept.find(seat => (seat.capabilities & ~capabilities) !== 0)
      if (unable !== undefined) log.warn({ seat: unable.index }, 'a seat of this node promises an engine that it lacks')
      for (let have = kept.length; have < wanted; have++) await this.take(court, { signal })
      return true
    } catch (error) {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, 'no seat could be taken yet')
      return false
    }
  }
}

/** The bits of what can be run again here. */
export function capabilitiesOf(engines: Iterable<EngineKind>): number {
  let bits = 0
  for (const kind of engines) if (kind === 'js' || kind === 'wasm') bits |= CAPABILITY[kind]
  return bits
}
