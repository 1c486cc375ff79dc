const NONE: readonly never[] = []

/** Lists by key, most of which hold one item: that one is kept without a list around it, a tenth of a book's memory. */
export class Groups<T extends object> {
  readonly #groups = new Map<string, T | T[]>()

  get(key: string): readonly T[] {
    const group = this.#groups.get(key)
    if (group === undefined) return NONE
    return Array.isArray(group) ? group : [group]
  }

  add(key: string, item: T): void {
    const group = this.#groups.get(key)
    if (Array.isArray(group)) group.push(item)
    else this.#groups.set(key, group === undefined ? item : [group, item])
  }

  delete(key: string, item: T): void {
    const left = this.get(key).filter(other => other !== item)
    const [only] = left
    if (only === undefined) this.#groups.delete(key)
    else this.#groups.set(key, left.length === 1 ? only : left)
  }

  keys(): Iterable<string> {
    return this.#groups.keys()
  }
}
