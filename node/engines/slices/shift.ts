import type { Ending } from '../sandbox/conversation.ts'
import { resultOf } from './answer.ts'
import { SliceError } from './errors.ts'
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

export type Event = { slices: Slice[] } | { error: unknown } | Answered | 'over'

/** What happened, one after another. Not a race of promises: one that lives as long as the whole call would keep a reaction of each. */
class Inbox<T> {
  readonly #events: T[] = []
  #wake: (() => void) | undefined

  put(event: T): void {
    this.#events.push(event)
    this.#wake?.()
  }

  async next(): Promise<T> {
    for (;;) {
      const event = this.#events.shift()
      if (event !== undefined) return event
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

/** What one slot has to do for one call of `map`. */
export class Shift {
  readonly room = new Room()
  readonly inbox = new Inbox<Event>()
  readonly #work: Work
  /** in the order in which they were and will be sent; only the first `#sent` were */
  #slices: Slice[] = []
  #sent = 0
  /** after a death that nobody explained: so many go one at a time, to see which it was */
  #careful = 0
  #batch = 1
  #since = 0
  #isFed = false
  #isFetching = false
  /** that was asked and has not answered */
  #asked: SliceWorker | undefined

  constructor(work: Work) {
    this.#work = work
    void work.over.then(() => {
      this.room.open()
      this.inbox.put('over')
    })
  }

  get isBusy(): boolean {
    return this.#slices.length > 0
  }

  get isAsking(): boolean {
    return this.#asked !== undefined
  }

  /** Something will come into the inbox. */
  get isWaiting(): boolean {
    return this.#isFetching || this.isAsking
  }

  /** Results that wait for a slice which is tried again cannot make room before it. */
  get mustWait(): boolean {
    return this.room.isFull && !this.isAsking && !this.#slices.some(s => s.isRetry === true)
  }

  fetch(): void {
    if (this.#isFed || this.#isFetching || this.#slices.length > this.#batch || this.room.isFull) return
    this.#isFetching = true
    this.#work.feed.take(this.#batch).then(
      slices => this.inbox.put({ slices }),
      error => this.inbox.put({ error })
    )
  }

  /** Sends what was not sent yet and asks for the next answers. */
  ask(worker: SliceWorker): void {
    this.#send(worker)
    this.#since = performance.now()
    this.#asked = worker
    void worker.next().then(answer => this.inbox.put(answer))
  }

  /** @throws what the caller's values threw */
  handle(event: Exclude<Event, 'over'>): void {
    if ('error' in event) throw event.error
    if ('slices' in event) this.#fetched(event.slices)
    else {
      this.#asked = undefined
      if ('lines' in event) this.#answered(event.lines)
      else this.#died(event.ending, event.isSure)
    }
  }

  end(): void {
    this.room.open()
  }

  #fetched(slices: readonly Slice[]): void {
    this.#isFetching = false
    this.#isFed = slices.length === 0
    for (const slice of slices) {
      if (slice.refused === undefined) this.#slices.push(slice)
      else this.#settle({ index: slice.index, ok: false, error: slice.refused }, 0)
    }
    if (this.#asked !== undefined) this.#send(this.#asked)
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
