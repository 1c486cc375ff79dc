import { type Event, Shift, type Work } from './shift.ts'
import type { SliceWorker } from './worker.ts'

/** One of the places where slices are worked on: keeps a worker busy, and puts another in its place when it had to be ended. */
export class Slot {
  readonly #start: () => Promise<SliceWorker>
  #worker: SliceWorker | undefined

  constructor(start: () => Promise<SliceWorker>) {
    this.#start = start
  }

  /** Has a worker ready. @throws SliceModuleError, UserError when no sandbox can be started */
  async ready(): Promise<SliceWorker> {
    if (this.#worker?.alive !== true) {
      await this.#worker?.kill()
      this.#worker = undefined
      this.#worker = await this.#start()
    }
    return this.#worker
  }

  async kill(): Promise<void> {
    await this.#worker?.kill()
  }

  /** Works until there are no more slices or nobody wants them. @throws as `ready`, and what the caller's values throw */
  async work(work: Work): Promise<void> {
    const shift = new Shift(work)
    try {
      while (!work.isOver()) {
        const event = await this.#event(shift, work)
        if (event === undefined || event === 'over') break
        shift.handle(event)
      }
    } finally {
      shift.end()
      // what is under way is of no use, and could go on for as long as a slice may
      if (shift.isBusy) await this.kill()
      this.#worker?.idle()
    }
  }

  /** The next thing that happens; undefined when nothing can any more. */
  async #event(shift: Shift, work: Work): Promise<Event | undefined> {
    if (shift.mustWait) await shift.room.free()
    if (work.isOver()) return undefined
    shift.fetch()
    if (shift.isBusy && !shift.isAsking) shift.ask(await this.ready())
    return shift.isWaiting ? await shift.inbox.next() : undefined
  }
}
