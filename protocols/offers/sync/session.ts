import { toHex } from '../../common/values.ts'
import { decodeFact, encodeFact, factDigest } from '../fact.ts'
import type { Fact } from '../schema.ts'
import { answerTo, isEqual } from './answer.ts'
import { SyncViolationError } from './errors.ts'
import { FrameBuilder, isEmpty, isExchange, type PlacedRange, placed } from './frame.ts'
import { SYNC_LIMITS } from './limits.ts'
import { idsIn, RANGE, type SyncFrame } from './messages.ts'
import { EVERYTHING, type Snapshot, type SyncItem } from './snapshot.ts'

export interface SessionInit {
  snapshot: Snapshot
  /** both halves of the nonce: decides where this side starts when not everything fits, so that neighbours bring different facts */
  nonce: Uint8Array
  /** whether a fact of this id would be taken: neither here, nor gone, nor refused before */
  lacks(id: Uint8Array): boolean
}

/** What a session came to. `left`: not everything fitted its limits, the next session goes on. `differed`: an id was here or there alone. */
export interface SessionReport {
  received: number
  sent: number
  left: boolean
  differed: boolean
}

/**
 * One side of a session: frames in, frames out, in turns. No I/O and no clock. Memory is bounded by the snapshot and by
 * what ten frames can hold.
 */
export class SyncSession {
  readonly #snapshot: Snapshot
  readonly #lacks: (id: Uint8Array) => boolean
  readonly #start: number
  /** what the peer said of itself that has no answer yet */
  #ranges: PlacedRange[] = []
  #toOffer: SyncItem[] = []
  #toWant: Uint8Array[] = []
  #toSend: SyncItem[] = []
  readonly #offered = new Set<SyncItem>()
  readonly #asked = new Set<SyncItem>()
  /** ids that this side asked for, or is about to */
  readonly #wanted = new Set<string>()
  /** asked for and not here yet */
  readonly #awaited = new Set<string>()
  readonly #sent = { exchanges: 0, facts: 0 }
  readonly #got = { exchanges: 0, facts: 0, frames: 0 }
  #saidNothing = false
  #peerDone = false
  #left = false
  #differed = false

  constructor(init: SessionInit) {
    this.#snapshot = init.snapshot
    this.#lacks = init.lacks
    this.#start = new DataView(init.nonce.buffer, init.nonce.byteOffset).getUint32(0)
  }

  /** Takes the fingerprint of everything that the peer shares. */
  receiveFingerprint(fingerprint: Uint8Array): void {
    this.#takeFingerprints([{ ...EVERYTHING, kind: RANGE.fingerprint, data: fingerprint }])
    this.#peerDone = true
  }

  /**
   * Takes a frame. Returns the facts in it, decoded and asked for, their signatures not checked.
   *
   * @throws SyncViolationError, InvalidInputError, NonCanonicalError, TooLargeError
   */
  receive(frame: SyncFrame): Fact[] {
    this.#count(frame)
    const facts = frame.facts.map(encoded => this.#awaitedFact(encoded))
    for (const id of idsIn(frame.want)) this.#takeWant(id)
    for (const id of idsIn(frame.offer)) this.#takeId(id)
    const ranges = placed(frame.ranges)
    this.#takeFingerprints(ranges.filter(r => r.kind === RANGE.fingerprint))
    for (const range of ranges) if (range.kind === RANGE.ids) this.#takeList(range)
    this.#peerDone = frame.done
    this.#dropWhatIsTooMuch()
    return facts
  }

  /** The frame to send; it may be empty, which lets the peer go on. */
  next(): SyncFrame {
    const frame = new FrameBuilder()
    this.#toWant = rest(this.#toWant, id => this.#want(frame, id))
    this.#ranges = rest(this.#ranges, range => frame.addRanges(answerTo(this.#snapshot, range)))
    this.#toOffer = rest(this.#toOffer, item => frame.addOffer(item.digest))
    this.#toSend = rest(this.#toSend, item => frame.addFact(encodeFact(item.fact)))
    const built = frame.build(false)
    if (isExchange(built)) this.#sent.exchanges++
    this.#sent.facts += built.facts.length
    this.#saidNothing = isEmpty(built)
    this.#dropWhatIsTooMuch()
    return { ...built, done: !this.hasMore }
  }

  /** Whether this side has something to say by itself. */
  get hasMore(): boolean {
    return this.#toSend.length + this.#ranges.length + this.#toWant.length + this.#toOffer.length > 0
  }

  /** Whether neither side has anything left to say. */
  get isOver(): boolean {
    return this.#peerDone && !this.hasMore
  }

  /** Whether the peer still owes facts. */
  get isWaiting(): boolean {
    return this.#awaited.size > 0
  }

  /** @throws SyncViolationError when the peer promised what it did not send, or differed in nothing but fingerprints */
  finish(): SessionReport {
    if (this.isWaiting) {
      throw new SyncViolationError('facts were promised and did not come', { value: this.#awaited.size })
    }
    const used = Math.max(this.#sent.exchanges, this.#got.exchanges)
    if (used >= SYNC_LIMITS.exchanges && !this.#differed) {
      throw new SyncViolationError('fingerprints differ where no fact does', { limit: `${used} exchanges` })
    }
    return { received: this.#got.facts, sent: this.#sent.facts, left: this.#left, differed: this.#differed }
  }

  #count(frame: SyncFrame): void {
    const got = this.#got
    got.frames++
    got.facts += frame.facts.length
    if (isExchange(frame)) got.exchanges++
    for (const what of ['frames', 'exchanges', 'facts'] as const) {
      const limit = SYNC_LIMITS[what]
      if (got[what] > limit)
        throw new SyncViolationError(`more than ${limit} ${what}`, { value: got[what], limit: `${limit}` })
    }
    if (isEmpty(frame) && (this.#saidNothing || !frame.done)) throw new SyncViolationError('a frame that says nothing')
  }

  #awaitedFact(encoded: Uint8Array): Fact {
    const fact = decodeFact(encoded)
    const id = toHex(factDigest(fact))
    if (!this.#awaited.delete(id)) throw new SyncViolationError('a fact that was not asked for', { value: id })
    return fact
  }

  #takeWant(id: Uint8Array): void {
    const item = this.#snapshot.get(toHex(id))
    if (item === undefined) throw new SyncViolationError('asked for a fact that was not offered', { value: toHex(id) })
    if (this.#asked.has(item)) throw new SyncViolationError('asked twice for a fact', { value: toHex(id) })
    if (this.#asked.size >= SYNC_LIMITS.facts) {
      throw new SyncViolationError('asked for too many facts', { limit: `${SYNC_LIMITS.facts}` })
    }
    this.#asked.add(item)
    this.#toSend.push(item)
    this.#differed = true
  }

  /** What is equal needs no answer. */
  #takeFingerprints(ranges: readonly PlacedRange[]): void {
    const different = ranges.filter(range => !isEqual(this.#snapshot, range))
    this.#ranges.push(...rotated(different, this.#start))
  }

  /** An id that the peer has. */
  #takeId(id: Uint8Array): void {
    this.#differed = true
    const key = toHex(id)
    if (this.#wanted.has(key) || !this.#lacks(id)) return
    if (this.#wanted.size >= SYNC_LIMITS.facts) {
      this.#left = true
      return
    }
    this.#wanted.add(key)
    this.#toWant.push(id)
  }

  /** All that the peer has in a range. */
  #takeList(range: PlacedRange): void {
    const theirs = idsIn(range.data)
    const known = new Set(theirs.map(toHex))
    const [from, to] = this.#snapshot.indices(range)
    const items = this.#snapshot.items.slice(from, to)
    const only = items.filter(item => !known.has(item.id) && !this.#offered.has(item))
    for (const item of only) this.#offered.add(item)
    this.#toOffer.push(...rotated(only, this.#start))
    if (only.length > 0) this.#differed = true
    for (const id of theirs) if (this.#snapshot.get(toHex(id)) === undefined) this.#takeId(id)
  }

  #want(frame: FrameBuilder, id: Uint8Array): boolean {
    if (!frame.addWant(id)) return false
    this.#awaited.add(toHex(id))
    return true
  }

  /** Out of exchanges, or all that the peer may ask for is asked for: the next session goes on from elsewhere. */
  #dropWhatIsTooMuch(): void {
    const isSpent = this.#sent.exchanges >= SYNC_LIMITS.exchanges
    if (isSpent && this.#ranges.length + this.#toWant.length > 0) this.#left = true
    if (isSpent) [this.#ranges, this.#toWant] = [[], []]
    if (!isSpent && this.#asked.size < SYNC_LIMITS.facts) return
    if (this.#toOffer.length > 0) this.#left = true
    this.#toOffer = []
  }
}

/** What is left after as many from the front as `take` takes. */
function rest<T>(queue: T[], take: (item: T) => boolean): T[] {
  const end = queue.findIndex(item => !take(item))
  return end === -1 ? [] : queue.slice(end)
}

function rotated<T>(items: readonly T[], start: number): T[] {
  const at = items.length === 0 ? 0 : start % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
