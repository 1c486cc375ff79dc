import { SealBrokenError, type SealKey } from '../../sealing/index.ts'

/** Keys that somebody says are the right ones; the first that opens something is used for all of it. */
export class KeyRing {
  readonly #more: AsyncIterator<SealKey>
  #current: SealKey | undefined

  constructor(keys: AsyncIterable<SealKey>) {
    this.#more = keys[Symbol.asyncIterator]()
  }

  /** Opens with the key at hand, or with the next one that works. @throws what `open` and the keys throw */
  async open(open: (key: SealKey) => Promise<void>): Promise<void> {
    let broken: unknown
    for (;;) {
      const key = this.#current ?? (await this.#next())
      if (key === undefined) throw broken
      try {
        await open(key)
        this.#current = key
        return
      } catch (error) {
        if (!(error instanceof SealBrokenError)) throw error
        broken = error
        this.#current = undefined
      }
    }
  }

  async #next(): Promise<SealKey | undefined> {
    const { done, value } = await this.#more.next()
    return done === true ? undefined : value
  }
}
