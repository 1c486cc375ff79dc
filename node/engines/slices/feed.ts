import { messageOf } from '../../../protocols/common/errors.ts'
import { MAX_SLICE_BYTES } from '../sandbox/messages.ts'
import { SliceError } from './errors.ts'

/** Text of one batch: it fits a frame together with one value of the largest size. */
const BATCH_BYTES = 256 * 1024

/** One value on its way to a worker. */
export interface Slice {
  index: number
  /** in JSON, one line */
  text: string
  /** how often it may still be tried */
  attempts: number
  isRetry?: boolean
  /** known to fail before anybody has tried */
  refused?: SliceError
}

/** Takes the caller's values as workers have room for them, a batch at a time, for one worker after another. */
export class Feed {
  readonly #values: AsyncIterator<unknown> | Iterator<unknown>
  readonly #attempts: number
  #turn: Promise<unknown> = Promise.resolve()
  #pending: Promise<IteratorResult<unknown>> | undefined
  #nextIndex = 0
  #isOver = false

  constructor(values: AsyncIterable<unknown> | Iterable<unknown>, attempts: number) {
    this.#values = Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]()
    this.#attempts = attempts
  }

  /** At least one and at most `most` slices; none when there are no more. @throws what the caller's iterable throws */
  async take(most: number): Promise<Slice[]> {
    const mine = this.#turn.then(() => this.#take(most))
    this.#turn = mine.catch(() => undefined)
    return await mine
  }

  /** No more are wanted. */
  async close(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    // a generator that waits for something would only hear of it when that has come
    if (this.#pending === undefined) await this.#values.return?.()
    else void Promise.resolve(this.#values.return?.()).catch(() => undefined)
  }

  async #take(most: number): Promise<Slice[]> {
    const slices: Slice[] = []
    for (let bytes = 0; slices.length < most && bytes < BATCH_BYTES; ) {
      const found = await this.#next(slices.length > 0)
      if (found === undefined) break
      const slice = this.#slice(found.value)
      slices.push(slice)
      bytes += slice.text.length
    }
    return slices
  }

  /** @param hasSome what comes slowly is not waited for when there is something to send already */
  async #next(hasSome: boolean): Promise<{ value: unknown } | undefined> {
    if (this.#isOver) return undefined
    const step = this.#pending ?? this.#values.next()
    let result: IteratorResult<unknown> | undefined
    if (!(step instanceof Promise)) result = step
    else {
      this.#pending = step
      result = hasSome ? await readySoon(step) : await step
      if (result === undefined) return undefined
      this.#pending = undefined
    }
    if (result.done !== true) return { value: result.value }
    this.#isOver = true
    return undefined
  }

  #slice(value: unknown): Slice {
    const slice: Slice = { index: this.#nextIndex++, text: '', attempts: this.#attempts }
    try {
      const text = JSON.stringify(value)
      if (text === undefined) throw new TypeError(`${typeof value} has no form in JSON`)
      if (Buffer.byteLength(text) <= MAX_SLICE_BYTES) return { ...slice, text }
      const refused = new SliceError(
        slice.index,
        'too-large',
        `the value has more than ${MAX_SLICE_BYTES} bytes in JSON`
      )
      return { ...slice, refused }
    } catch (error) {
      return { ...slice, refused: new SliceError(slice.index, 'not-json', messageOf(error)) }
    }
  }
}

/** What a promise gives within this turn of the event loop. */
async function readySoon<T>(promise: Promise<T>): Promise<T | undefined> {
  let turn: NodeJS.Immediate | undefined
  const later = new Promise<undefined>(resolve => {
    turn = setImmediate(() => resolve(undefined))
  })
  try {
    return await Promise.race([promise, later])
  } finally {
    clearImmediate(turn)
  }
}
