import { compareBytes } from '../../common/values.ts'
import type { PlacedRange } from './frame.ts'
import { FANOUT, LIST_UP_TO } from './limits.ts'
import { RANGE } from './messages.ts'
import type { Snapshot } from './snapshot.ts'

/** Whether what is here in the range has the fingerprint that the peer gave. */
export function isEqual(snapshot: Snapshot, range: PlacedRange): boolean {
  return compareBytes(snapshot.fingerprint(...snapshot.indices(range)), range.data) === 0
}

/** What to say of a range whose fingerprint differs: all ids when there are few here, else narrower fingerprints. */
export function answerTo(snapshot: Snapshot, range: PlacedRange): PlacedRange[] {
  const [from, to] = snapshot.indices(range)
  if (to - from > LIST_UP_TO) return split(snapshot, range, from, to)
  const ids = snapshot.items.slice(from, to).map(item => item.digest)
  return [{ lower: range.lower, upper: range.upper, kind: RANGE.ids, data: new Uint8Array(Buffer.concat(ids)) }]
}

/** Parts of equal size by what is here, at the shortest bounds that tell them apart. */
function split(snapshot: Snapshot, { lower, upper }: PlacedRange, from: number, to: number): PlacedRange[] {
  const parts = Math.min(FANOUT, to - from)
  const cuts = Array.from({ length: parts + 1 }, (_, i) => from + Math.floor(((to - from) * i) / parts))
  const bounds = [lower, ...cuts.slice(1, -1).map(cut => snapshot.boundAt(cut)), upper]
  return bounds.slice(1).map((bound, i) => ({
    lower: bounds[i] ?? lower,
    upper: bound,
    kind: RANGE.fingerprint,
    data: snapshot.fingerprint(cuts[i] ?? from, cuts[i + 1] ?? to)
  }))
}
