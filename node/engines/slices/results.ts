import type { SliceError } from './errors.ts'

/** What came of one value: `index` is its place among the values; `error` says why there is none. */
export type SliceResult = { index: number; ok: true; value: unknown } | { index: number; ok: false; error: SliceError }

/** How much a worker's answers may lie here before the caller has taken them: its sandbox waits above it. */
const HELD_BYTES = 4 * 1024 * 1024
/** What a result costs beside its text. */
const RESULT_BYTES = 256

/** Room for the answers of one worker. The one whose answer the caller waits for never waits for room itself. */
export class Room {
  #held = 0
  #isOpen = false
  #wake: (() => void) | undefined

  take(textBytes: number): () => void {
    const bytes = textBytes + RESULT_BYTES
    this.#held += bytes
    return () => {
      this.#held -= bytes
      if (!this.isFull) this.#wake?.()
    }
  }

  get isFull(): boolean {
    return this.#held >= HELD_BYTES
  }

  async free(): Promise<void> {
    while (this.isFull && !this.#isOpen) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Nobody will take what lies here. */
  open(): void {
    this.#isOpen = true
    this.#wake?.()
  }
}

interface Held {
  result: SliceResult
  release(): void
}

/** Answers in the order of their slices, or as they come. */
export class Results {
  readonly #isOrdered: boolean
  readonly #held = new Map<number, Held>()
  #next = 0
  #isOver = false
  #failure: { error: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(order: 'given' | 'done') {
    this.#isOrdered = order === 'given'
  }

  add(result: SliceResult, release: () => void): void {
    this.#held.set(result.index, { result, release })
    this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake?.()
  }

  /** @throws what `fail` was given */
  async *taken(): AsyncGenerator<SliceResult, undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error
      const held = this.#shift()
      if (held !== undefined) {
        held.release()
        yield held.result
      } else if (this.#isOver) return
      else {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
    }
  }

  #shift(): Held | undefined {
    const index = this.#isOrdered ? this.#next : this.#held.keys().next().value
    const held = index === undefined ? undefined : this.#held.get(index)
    if (held === undefined) return undefined
    this.#held.delete(held.result.index)
    this.#next += 1
    return held
  }
}
