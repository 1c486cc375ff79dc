import type { Ending } from '../sandbox/conversation.ts'
import { ANSWER, MAX_SLICE_BYTES } from '../sandbox/messages.ts'
import { SliceError, type SliceReason } from './errors.ts'
import type { Feed, Slice } from './feed.ts'
import { type Results, Room, type SliceResult } from './results.ts'
import type { Answered, SliceWorker } from './worker.ts'

/** A batch is what a worker does in about this time: long ones would leave the last worker alone with many slices. */
const BATCH_MS = 10
const MAX_BATCH = 256

export interface Work {
  feed: Feed
  results: Results
  /** resolves when nobody wants results any more */
  over: Promise<void>
  isOver(): boolean
}

type Event = { slices: Slice[] } | Answered | 'over'

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
    if (shift.mustWait) {
      await Promise.race([shift.room.free(), work.over])
      if (work.isOver()) return 'over'
    }
    shift.fetch()
    if (shift.isBusy && !shift.isAsking) shift.ask(await this.ready())
    const awaited = shift.awaited()
    return awaited.length === 0 ? undefined : await Promise.race([...awaited, work.over.then(() => 'over' as const)])
  }
}

/** What one slot has to do for one call of `map`. */
class Shift {
  readonly room = new Room()
  readonly #work: Work
  /** in the order in which they were and will be sent; only the first `#sent` were */
  #slices: Slice[] = []
  #sent = 0
  /** after a death that nobody explained: so many go one at a time, to see which it was */
  #careful = 0
  #batch = 1
  #since = 0
  #isFed = false
  #more: Promise<Event> | undefined
  #answer: Promise<Event> | undefined
  /** that was asked */
  #worker: SliceWorker | undefined

  constructor(work: Work) {
    this.#work = work
  }

  get isBusy(): boolean {
    return this.#slices.length > 0
  }

  get isAsking(): boolean {
    return this.#answer !== undefined
  }

  /** Results that wait for a slice which is tried again cannot make room before it. */
  get mustWait(): boolean {
    return this.room.isFull && !this.isAsking && !this.#slices.some(s => s.isRetry === true)
  }

  awaited(): Promise<Event>[] {
    return [this.#more, this.#answer].filter(p => p !== undefined)
  }

  fetch(): void {
    if (this.#isFed || this.#more !== undefined || this.#slices.length > this.#batch || this.room.isFull) return
    this.#more = this.#work.feed.take(this.#batch).then(slices => ({ slices }))
    // when nobody wants results any more nobody waits for this either
    this.#more.catch(() => undefined)
  }

  /** Sends what was not sent yet and asks for the next answers. */
  ask(worker: SliceWorker): void {
    this.#send(worker)
    this.#since = performance.now()
    this.#answer = worker.next()
    this.#worker = worker
  }

  handle(event: Exclude<Event, 'over'>): void {
    if ('slices' in event) {
      this.#more = undefined
      this.#isFed = event.slices.length === 0
      for (const slice of event.slices) {
        if (slice.refused === undefined) this.#slices.push(slice)
        else this.#settle({ index: slice.index, ok: false, error: slice.refused }, 0)
      }
      if (this.#answer !== undefined && this.#worker !== undefined) this.#send(this.#worker)
      return
    }
    this.#answer = undefined
    if ('lines' in event) this.#answered(event.lines)
    else this.#died(event.ending, event.isSure)
  }

  end(): void {
    this.room.open()
  }

  #send(worker: SliceWorker): void {
    const upTo = this.#careful > 0 ? 1 : this.#slices.length
    if (upTo <= this.#sent) return
    worker.send(this.#slices.slice(this.#sent, upTo))
    this.#sent = upTo
  }

  #answered(lines: readonly string[]): void {
    // more answers than questions: what a broken sandbox says further on is worth nothing
    for (const line of lines.slice(0, this.#sent)) {
      const slice = this.#slices.shift()
      if (slice === undefined) break
      this.#sent -= 1
      this.#careful = Math.max(0, this.#careful - 1)
      this.#conclude(slice, line)
    }
    const eachMs = (performance.now() - this.#since) / lines.length
    this.#batch = Math.max(1, Math.min(Math.round(BATCH_MS / eachMs), this.#batch * 2, MAX_BATCH))
  }

  #conclude(slice: Slice, line: string): void {
    const result = resultOf(slice.index, line)
    if (!result.ok && slice.attempts > 1) this.#slices.splice(this.#sent, 0, again(slice))
    else this.#settle(result, line.length)
  }

  #died(ending: Ending, isSure: boolean): void {
    const wasAlone = this.#sent === 1
    this.#sent = 0
    if (!isSure && !wasAlone) {
      this.#careful = this.#slices.length
      return
    }
    const slice = this.#slices.shift()
    if (slice === undefined) return
    this.#careful = Math.max(0, this.#careful - 1)
    if (slice.attempts > 1) this.#slices.unshift(again(slice))
    else {
      const reason = ending.status === 'timeout' || ending.status === 'out-of-memory' ? ending.status : 'engine-error'
      const error = new SliceError(slice.index, reason, ending.reason ?? reason)
      this.#settle({ index: slice.index, ok: false, error }, 0)
    }
  }

  #settle(result: SliceResult, textBytes: number): void {
    this.#work.results.add(result, this.room.take(textBytes))
  }
}

const again = (slice: Slice): Slice => ({ ...slice, attempts: slice.attempts - 1, isRetry: true })

const FAILURES: Record<string, [SliceReason, string]> = {
  [ANSWER.tooLarge]: ['too-large', `the result has more than ${MAX_SLICE_BYTES} bytes in JSON`],
  [ANSWER.unsettled]: ['unsettled', 'the function’s promise can never settle: nothing is left to run']
}

function resultOf(index: number, line: string): SliceResult {
  const kind = line.slice(0, 1)
  const rest = line.slice(1)
  try {
    if (kind === ANSWER.value) return { index, ok: true, value: JSON.parse(rest) }
    const [reason, message] = FAILURES[kind] ?? ['threw', String(JSON.parse(rest))]
    return { index, ok: false, error: new SliceError(index, reason, message) }
  } catch {
    return { index, ok: false, error: new SliceError(index, 'engine-error', 'the sandbox is broken: no answer') }
  }
}
