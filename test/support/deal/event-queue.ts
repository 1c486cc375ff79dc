interface Entry {
  atMs: number
  /** what was put in first comes out first among equals */
  seq: number
  work: () => void
}

/** Events by time, a binary heap: a world of thousands of nodes has hundreds of thousands waiting. */
export class EventQueue {
  readonly #heap: Entry[] = []
  #seq = 0

  get size(): number {
    return this.#heap.length
  }

  push(atMs: number, work: () => void): void {
    const entry = { atMs, seq: this.#seq++, work }
    let at = this.#heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(this.#at(parent), entry)) break
      this.#heap[at] = this.#at(parent)
      at = parent
    }
    this.#heap[at] = entry
  }

  pop(): Entry | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return first
    this.#sink(last)
    return first
  }

  #sink(entry: Entry): void {
    const size = this.#heap.length
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && isBefore(this.#at(child + 1), this.#at(child))) child++
      if (isBefore(entry, this.#at(child))) break
      this.#heap[at] = this.#at(child)
      at = child
    }
    this.#heap[at] = entry
  }

  #at(index: number): Entry {
    return this.#heap[index] as Entry
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq)
}
