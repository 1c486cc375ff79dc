import { compareBytes } from '../../common/values.ts'
import { ID_BYTES, SYNC_LIMITS } from './limits.ts'
import { RANGE, type RangeKind, type SyncFrame, type SyncRange } from './messages.ts'
import type { Span } from './snapshot.ts'

/** A range with its own lower bound, before it is put in line with the others. */
export interface PlacedRange extends Span {
  kind: RangeKind
  data: Uint8Array
}

/** The frame's map, its keys, `done`, and the lengths of its four lists. */
const FRAME_OVERHEAD = 64
/** Array, kind, and the length prefixes of bound and data. */
const RANGE_OVERHEAD = 8
/** CBOR's length before a byte string of up to 64 KiB. */
const LENGTH_BYTES = 3

/** Fills one frame up to its limits. What does not fit stays with the caller. */
export class FrameBuilder {
  readonly #ranges: PlacedRange[] = []
  readonly #offer: Uint8Array[] = []
  readonly #want: Uint8Array[] = []
  readonly #facts: Uint8Array[] = []
  #room: number = SYNC_LIMITS.frameBytes - FRAME_OVERHEAD
  /** each group of neighbouring ranges may need a skip before it */
  #rangesLeft: number = SYNC_LIMITS.ranges

  /** Takes neighbouring ranges, all of them or none. */
  addRanges(group: readonly PlacedRange[]): boolean {
    const skip = RANGE_OVERHEAD + (group[0]?.lower.byteLength ?? 0)
    const size = group.reduce((sum, r) => sum + RANGE_OVERHEAD + r.upper.byteLength + r.data.byteLength, skip)
    if (size > this.#room || group.length + 1 > this.#rangesLeft) return false
    this.#ranges.push(...group)
    this.#room -= size
    this.#rangesLeft -= group.length + 1
    return true
  }

  addOffer(id: Uint8Array): boolean {
    return this.#addTo(this.#offer, id, ID_BYTES, SYNC_LIMITS.ids)
  }

  addWant(id: Uint8Array): boolean {
    return this.#addTo(this.#want, id, ID_BYTES, SYNC_LIMITS.ids)
  }

  addFact(encoded: Uint8Array): boolean {
    return this.#addTo(this.#facts, encoded, encoded.byteLength + LENGTH_BYTES, SYNC_LIMITS.facts)
  }

  build(done: boolean): SyncFrame {
    return {
      ranges: inLine(this.#ranges),
      offer: new Uint8Array(Buffer.concat(this.#offer)),
      want: new Uint8Array(Buffer.concat(this.#want)),
      facts: this.#facts,
      done
    }
  }

  #addTo(list: Uint8Array[], bytes: Uint8Array, size: number, max: number): boolean {
    if (size > this.#room || list.length >= max) return false
    list.push(bytes)
    this.#room -= size
    return true
  }
}

/** Ascending, with a skip wherever a range does not begin where the one before it ends. */
function inLine(ranges: readonly PlacedRange[]): SyncRange[] {
  const sorted = [...ranges].sort((a, b) => compareBytes(a.lower, b.lower))
  const line: SyncRange[] = []
  let reached: Uint8Array = new Uint8Array(0)
  for (const { lower, upper, kind, data } of sorted) {
    if (compareBytes(lower, reached) !== 0) line.push([lower, RANGE.skip, new Uint8Array(0)])
    line.push([upper, kind, data])
    reached = upper
  }
  return line
}

/** The ranges of a frame that say something, each with both of its bounds. */
export function placed(line: readonly SyncRange[]): PlacedRange[] {
  return line
    .map(([upper, kind, data], i) => ({ lower: line[i - 1]?.[0] ?? new Uint8Array(0), upper, kind, data }))
    .filter(({ kind }) => kind !== RANGE.skip)
}

export function isEmpty(frame: SyncFrame): boolean {
  return !isExchange(frame) && frame.facts.length === 0
}

/** Whether the frame says what its sender has or lacks, and so may need an answer. */
export function isExchange({ ranges, offer, want }: SyncFrame): boolean {
  return ranges.length > 0 || offer.byteLength > 0 || want.byteLength > 0
}
