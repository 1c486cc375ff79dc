import type { Bind, FactBody } from './schema.ts'

/** Parts remembered. Providers are alike in most, and what does not repeat only costs a look-up. */
const MAX_PARTS = 1_024

/**
 * Lets equal parts of facts be one object: engines, terms and capacities repeat from offer to offer, names and a Bind from
 * one offer of a provider to its next. Saves a third of the memory of a book.
 */
export class SharedParts {
  readonly #parts = new Map<string, object>()

  /** The same body with parts that others have. It must not be changed afterwards. */
  body<B extends FactBody>(body: B, { network, account }: Bind): B {
    const named = { ...body, network, account }
    if (named.type !== 'resource') return named
    const [engines, networks] = [this.#share(named.engines), this.#share(named.networks)]
    const [terms, labels] = [this.#share(named.terms), this.#share(named.labels)]
    const capacity = this.#share(named.capacity)
    // what is free is nobody else's, but mostly the whole
    const free = JSON.stringify(named.free) === JSON.stringify(capacity) ? capacity : named.free
    return { ...named, engines, networks, terms, labels, capacity, free }
  }

  /** Parts as JSON can tell them apart: text, numbers and truth values only. */
  #share<T extends object>(part: T): T {
    const name = JSON.stringify(part)
    const known = this.#parts.get(name)
    if (known !== undefined) return known as T
    if (this.#parts.size >= MAX_PARTS) this.#parts.clear()
    this.#parts.set(name, Object.freeze(part))
    return part
  }
}

/** The Bind that is there already when it is the same. */
export function sameBind(held: Bind | undefined, fresh: Bind): Bind {
  return held !== undefined && held.signature === fresh.signature && isSameBind(held, fresh) ? held : fresh
}

export const isSameBind = (a: Bind, b: Bind): boolean =>
  a.account === b.account &&
  a.peerKey === b.peerKey &&
  a.from === b.from &&
  a.until === b.until &&
  a.network === b.network &&
  a.signature === b.signature
