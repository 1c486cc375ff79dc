import { Ascending } from '../common/ascending.ts'
import { compareBytes } from '../common/values.ts'
import type { OfferInput } from './input.ts'
import { Tickets } from './score.ts'

/** Who may be chosen. */
export interface Choice<T extends OfferInput> {
  /** once it is false for an offer, it stays so: the offer leaves the lineup for good */
  isOpen(input: T): boolean
  /** left out of this reading only */
  isSkipped(input: T): boolean
}

/** A range of n is swept after n / 32 readings, which adds to each what 32 members cost. */
const SWEPT_PER_READING = 32

/** Offers in order of what they ask, of which ranges are read by score. One reading at a time: it may move the others. */
export class Lineup<T extends OfferInput> {
  readonly #inputs: T[]
  readonly #asks: bigint[]
  readonly #tickets: Tickets
  readonly #closed: Uint8Array
  /** all before have left */
  #from = 0
  /** of the first range since the last sweep */
  #reads = 0

  /** Takes both lists over. */
  constructor(inputs: T[], asks: bigint[]) {
    this.#inputs = inputs
    this.#asks = asks
    this.#tickets = new Tickets(inputs)
    this.#closed = new Uint8Array(inputs.length)
  }

  get length(): number {
    return this.#inputs.length
  }

  /** The first index, not before `from`, of one that asks more; `length` when there is none. */
  above(ask: bigint, from = this.#from): number {
    let [low, high] = [Math.max(from, this.#from), this.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#asks[middle] as bigint) > ask) high = middle
      else low = middle + 1
    }
    return low
  }

  input(index: number): T {
    return this.#inputs[index] as T
  }

  ask(index: number): bigint {
    return this.#asks[index] as bigint
  }

  /**
   * Indexes of what may be chosen of a range, by score, then ask, then id, as far as the caller reads; of copies of one offer the
   * first. Most read only one: for that one nothing is sorted. Whether an offer is open is asked when its turn has come, because
   * that costs more than its score.
   */
  *byScore(jobId: Uint8Array, first: number, to: number, choice: Choice<T>): Generator<number> {
    const from = this.#withoutClosed(first, to, choice)
    if (from >= to) return
    // a score can cost 1,024 blocks: one offer alone needs none
    const scores = to - from > 1 ? this.#tickets.scores(jobId, from, to) : new Float64Array(1)
    const breaksTie = (a: number, b: number): boolean => this.#breaksTie(from + a, from + b)
    let last = this.#least(scores, from, breaksTie, choice)
    if (last === undefined) return
    yield from + last
    const ascending = new Ascending(scores, breaksTie)
    for (let next = ascending.next(); next !== undefined; next = ascending.next()) {
      if (next === last || !this.#mayChoose(from + next, choice)) continue
      const isCopy = scores[next] === scores[last] && this.#compareIds(from + next, from + last) === 0
      if (!isCopy) yield from + next
      last = next
    }
  }

  #least(
    scores: Float64Array,
    from: number,
    breaksTie: (a: number, b: number) => boolean,
    choice: Choice<T>
  ): number | undefined {
    let least: number | undefined
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i] as number
      if (score > best || (score === best && least !== undefined && !breaksTie(i, least))) continue
      if (!this.#mayChoose(from + i, choice)) continue
      least = i
      best = score
    }
    return least
  }

  #mayChoose(index: number, { isOpen, isSkipped }: Choice<T>): boolean {
    return this.#isOpen(index, isOpen) && !isSkipped(this.input(index))
  }

  #isOpen(index: number, isOpen: (input: T) => boolean): boolean {
    if (this.#closed[index] === 1) return false
    if (isOpen(this.input(index))) return true
    this.#closed[index] = 1
    return false
  }

  /** Ask, then id. */
  #breaksTie(a: number, b: number): boolean {
    const [x, y] = [this.ask(a), this.ask(b)]
    return x < y || (x === y && this.#compareIds(a, b) < 0)
  }

  #compareIds(a: number, b: number): number {
    return compareBytes(this.input(a).id, this.input(b).id)
  }

  /**
   * Where a range begins. Of the first one now and then all that are not open leave, and the others move up to its end: else
   * scores would be made of more and more that have long been full.
   */
  #withoutClosed(first: number, to: number, { isOpen }: Choice<T>): number {
    const from = Math.max(first, this.#from)
    if (from !== this.#from || ++this.#reads * SWEPT_PER_READING < to - from) return from
    this.#reads = 0
    let end = to
    for (let i = to - 1; i >= from; i--) {
      if (this.#isOpen(i, isOpen)) this.#move(i, --end)
    }
    this.#from = end
    return end
  }

  #move(from: number, to: number): void {
    if (from === to) return
    this.#inputs[to] = this.input(from)
    this.#asks[to] = this.ask(from)
    this.#closed[to] = 0
    this.#tickets.move(from, to)
  }
}
