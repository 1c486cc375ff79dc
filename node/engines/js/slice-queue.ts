/** One value that the function is to be called with. */
export interface QueuedSlice {
  index: number
  text: string
}

/** Slices that have come from the node and wait for their turn; the node bounds how many those are. */
export class SliceQueue {
  #waiting: QueuedSlice[] = []
  #at = 0
  #wake: (() => void) | undefined

  get isEmpty(): boolean {
    return this.#at === this.#waiting.length
  }

  /** @param body one line of JSON for each index */
  push(indexes: readonly number[], body: Uint8Array): void {
    const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').split('\n')
    const rest = this.#waiting.slice(this.#at)
    this.#waiting = rest.concat(indexes.map((index, i) => ({ index, text: lines[i] ?? '' })))
    this.#at = 0
    this.#wake?.()
  }

  async next(): Promise<QueuedSlice> {
    for (;;) {
      const slice = this.#waiting[this.#at]
      if (slice !== undefined) {
        this.#at += 1
        return slice
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
