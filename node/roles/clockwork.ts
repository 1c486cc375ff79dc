import type { Log } from '../components.ts'
import type { DealEvent, Settlement } from '../settlement/settlement.ts'
import { OutageLog } from './outage-log.ts'
import { repeat } from './repeat.ts'

export interface Driven {
  readonly busy: boolean
  tick(nowSec: number): void
  onChain(event: DealEvent): void | Promise<void>
}

/** Timeouts are seconds: looking four times a second is soon enough, and costs nothing when no deal is live. */
const TICK_MS = 250
/** After the settlement could not be read, it is left alone this long. */
const PAUSE_MS = 1_000

const CLOCK = { down: 'the settlement cannot be read at the moment', up: 'the settlement can be read again' }
const EVENTS = {
  down: 'the events of the settlement cannot be read at the moment',
  up: 'the events of the settlement can be read again'
}

/** Gives the machines their time (chain time, not the wall's) and the events of the chain. */
export class Clockwork {
  readonly #settlement: Settlement
  readonly #driven: Driven[]
  readonly #log: Log
  #shutdown: AbortController | undefined
  #loops: Promise<unknown> | undefined

  constructor(settlement: Settlement, driven: Driven[], log: Log) {
    this.#settlement = settlement
    this.#driven = driven
    this.#log = log
  }

  start(): void {
    if (this.#shutdown !== undefined) return
    this.#shutdown = new AbortController()
    const { signal } = this.#shutdown
    // one for each: that the time can be read does not say that the events can
    const clock = new OutageLog(this.#log, CLOCK)
    const events = new OutageLog(this.#log, EVENTS)
    this.#loops = Promise.all([
      repeat(
        signal,
        TICK_MS,
        () => this.#tick(signal, clock),
        error => clock.failed(error)
      ),
      repeat(
        signal,
        PAUSE_MS,
        () => this.#watch(signal, events),
        error => events.failed(error)
      )
    ])
  }

  async stop(): Promise<void> {
    this.#shutdown?.abort()
    await this.#loops
    this.#shutdown = undefined
  }

  async #tick(signal: AbortSignal, outage: OutageLog): Promise<void> {
    const busy = this.#driven.filter(d => d.busy)
    if (busy.length === 0) return
    const nowSec = await this.#settlement.now({ signal })
    outage.worked()
    for (const driven of busy) driven.tick(nowSec)
  }

  async #watch(signal: AbortSignal, outage: OutageLog): Promise<void> {
    for await (const event of this.#settlement.events({ signal })) {
      outage.worked()
      if (event.removed === true) {
        // its transaction is sent again by the node that made it, and then the event comes again
        const { deal, kind, transaction } = event
        this.#log.warn({ deal, kind, transaction }, 'the chain took an event of a deal back')
        continue
      }
      for (const driven of this.#driven) await driven.onChain(event)
    }
  }
}
