import { decodeFact } from '../../../protocols/offers/fact.ts'
import type { Fact } from '../../../protocols/offers/schema.ts'

/**
 * Facts that nodes share: what a node reads out of bytes is the same at all of them, so bytes that travel by reference are
 * decoded once. Nothing in a fact ever changes.
 */
export class FactPool {
  readonly #byBytes = new WeakMap<Uint8Array, Fact | 'broken'>()
  readonly #byId = new Map<string, Fact>()

  add(fact: Fact): void {
    this.#byId.set(fact.id.toString(), fact)
  }

  /** undefined: it cannot be decoded. */
  decode(bytes: Uint8Array): Fact | undefined {
    const known = this.#byBytes.get(bytes)
    if (known !== undefined) return known === 'broken' ? undefined : known
    const fact = decoded(bytes)
    this.#byBytes.set(bytes, fact === undefined ? 'broken' : this.same(fact))
    return fact
  }

  /** The fact that others hold, when this one is its copy to the last byte of its signature. */
  same(fact: Fact): Fact {
    const known = this.#byId.get(fact.id.toString())
    const isCopy = known !== undefined && Buffer.compare(known.signature, fact.signature) === 0
    return isCopy && known.bind.signature === fact.bind.signature ? known : fact
  }
}

function decoded(bytes: Uint8Array): Fact | undefined {
  try {
    return decodeFact(bytes)
  } catch {
    return undefined
  }
}
