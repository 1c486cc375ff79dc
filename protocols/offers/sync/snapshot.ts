import { compareBytes, type Hex, toHex } from '../../common/values.ts'
import type { OfferBook } from '../book.ts'
import { factDigest } from '../fact.ts'
import type { Fact } from '../schema.ts'
import { fingerprintOf, prefixSums } from './fingerprint.ts'
import { keyOf, lowerBound, separator } from './key.ts'
import { SYNC_LIMITS } from './limits.ts'

export interface SyncItem {
  key: Uint8Array
  digest: Uint8Array
  /** the digest as text */
  id: Hex
  fact: Fact
}

/** Nothing of an item depends on the session, and a fact lives through hundreds of them. */
const ITEMS = new WeakMap<Fact, SyncItem>()

function itemOf(fact: Fact): SyncItem {
  const known = ITEMS.get(fact)
  if (known !== undefined) return known
  const digest = factDigest(fact)
  const item = { key: keyOf(fact.body.untilRound, digest), digest, id: toHex(digest), fact }
  ITEMS.set(fact, item)
  return item
}

/** A part of the order: from `lower` on, before `upper`; an empty `upper` is the end. */
export interface Span {
  lower: Uint8Array
  upper: Uint8Array
}
export const EVERYTHING: Span = { lower: new Uint8Array(0), upper: new Uint8Array(0) }

/** What a node shares in one session, in order. The book may change meanwhile; what was promised is still here. */
export class Snapshot {
  readonly items: readonly SyncItem[]
  readonly #nonce: Uint8Array
  readonly #sums: readonly bigint[]
  /** made when the books differ, which is rare */
  #byId: ReadonlyMap<string, SyncItem> | undefined

  constructor(facts: readonly Fact[], nonce: Uint8Array) {
    this.items = facts.map(itemOf).sort((a, b) => compareBytes(a.key, b.key))
    this.#nonce = nonce
    this.#sums = prefixSums(
      nonce,
      this.items.map(i => i.digest)
    )
  }

  get(id: string): SyncItem | undefined {
    this.#byId ??= new Map(this.items.map(item => [item.id, item]))
    return this.#byId.get(id)
  }

  /** First index in the span, and the index after its last. */
  indices({ lower, upper }: Span): [from: number, to: number] {
    const from = lowerBound(this.items, lower)
    return [from, upper.byteLength === 0 ? this.items.length : Math.max(from, lowerBound(this.items, upper))]
  }

  fingerprint(from: number, to: number): Uint8Array {
    return fingerprintOf(this.#nonce, (this.#sums[to] ?? 0n) - (this.#sums[from] ?? 0n), to - from)
  }

  /** The bound between the item at `index` and the one before it. */
  boundAt(index: number): Uint8Array {
    const [below, item] = [this.items[index - 1], this.items[index]]
    if (below === undefined || item === undefined) throw new RangeError(`no bound at ${index}`)
    return separator(below.key, item.key)
  }
}

/**
 * What a book shares in a session: facts that hold for 10 s and more after the later of both sides' rounds, as they were
 * named when the session was opened. Each side reads its clock once, or the two would disagree about the edge. `only`: what both
 * sides read, on a network with lanes.
 */
export function snapshotOf(
  book: OfferBook,
  nowMs: number,
  rounds: readonly [number, number],
  nonce: Uint8Array,
  only: (fact: Fact) => boolean = () => true
): Snapshot {
  const until = Math.max(...rounds) + Math.ceil(SYNC_LIMITS.edgeMs / book.roundMs)
  return new Snapshot(book.shared(nowMs, until).filter(only), nonce)
}
