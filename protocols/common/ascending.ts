import { compareBytes } from './values.ts'

/** So many are put in order by hand: to ask the engine costs more. */
const FEW = 16

/**
 * The positions of numbers ≥ 0 in ascending order of these, as far as the caller reads. They are spread over as many buckets as there
 * are numbers, and a bucket is put in order when it is read: k of n that are spread like hashes cost O(n + k), any others at
 * most a sort. `breaksTie` says whether the first of two with the same number comes first.
 */
export class Ascending {
  readonly #keys: Float64Array
  readonly #breaksTie: (a: number, b: number) => boolean
  /** bucket by bucket */
  readonly #positions: Uint32Array
  /** where each bucket begins */
  readonly #starts: Uint32Array
  #bucket = 0
  #next = 0

  constructor(keys: Float64Array, breaksTie: (a: number, b: number) => boolean) {
    this.#keys = keys
    this.#breaksTie = breaksTie
    const { length } = keys
    const buckets = bucketsOf(keys)
    const starts = new Uint32Array(length + 2)
    for (const bucket of buckets) starts[bucket] = (starts[bucket] as number) + 1
    let end = 0
    for (let i = 0; i < starts.length; i++) {
      end += starts[i] as number
      starts[i] = end
    }
    // each bucket is filled from its end, and so ends where it begins
    const positions = new Uint32Array(length)
    for (let i = 0; i < length; i++) {
      const bucket = buckets[i] as number
      const at = (starts[bucket] as number) - 1
      starts[bucket] = at
      positions[at] = i
    }
    this.#positions = positions
    this.#starts = starts
  }

  /** The next position; undefined when there is none left. */
  next(): number | undefined {
    const { length } = this.#positions
    if (this.#next === length) return undefined
    while (this.#next === this.#starts[this.#bucket]) {
      this.#bucket++
      this.#order(this.#next, this.#starts[this.#bucket] as number)
    }
    return this.#positions[this.#next++]
  }

  #order(from: number, to: number): void {
    const positions = this.#positions
    if (to - from > FEW) {
      positions.subarray(from, to).sort((a, b) => (this.#isBefore(a, b) ? -1 : 1))
      return
    }
    for (let i = from + 1; i < to; i++) {
      const position = positions[i] as number
      let at = i
      for (; at > from && this.#isBefore(position, positions[at - 1] as number); at--) {
        positions[at] = positions[at - 1] as number
      }
      positions[at] = position
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#keys[a] as number, this.#keys[b] as number]
    return x < y || (x === y && this.#breaksTie(a, b))
  }
}

/** The same for byte strings, in their unsigned order; fast for hashes. */
export function ascendingBytes(values: readonly Uint8Array[]): Ascending {
  const at = (i: number): Uint8Array => values[i] as Uint8Array
  return new Ascending(
    Float64Array.from(values, b => word24(b, 0) * 2 ** 24 + word24(b, 3)),
    (a, b) => compareBytes(at(a), at(b)) < 0
  )
}

/** Three bytes; those that are not there count as zeros. */
function word24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
}

/** Up to `keys.length`: rounding may put the greatest into one bucket more. */
function bucketsOf(keys: Float64Array): Uint32Array {
  let most = 0
  for (let i = 0; i < keys.length; i++) most = Math.max(most, keys[i] as number)
  const width = (most + 1) / keys.length
  const buckets = new Uint32Array(keys.length)
  for (let i = 0; i < keys.length; i++) buckets[i] = (keys[i] as number) / width
  return buckets
}
