import { z } from 'zod'
import { decodeCanonical, encode } from '../common/cbor.ts'
import { InvalidInputError } from '../common/errors.ts'
import { parse, toWire } from '../common/parse.ts'
import { bytes, bytes32, bytesUpTo, compareBytes, toHex, uint } from '../common/values.ts'
import type { OfferBook } from './book.ts'
import { encodeFact, factDigest } from './fact.ts'
import { merkleRoot } from './merkle.ts'
import { roundAt } from './round.ts'
import { type Fact, OFFER_LIMITS } from './schema.ts'

/** Version 0.1: one-sided lists of id prefixes, exact and simple; range-based reconciliation replaces it (docs/offers.md). */
export const SYNC_PROTOCOL = '/dcn/sync/0.1.0'

export const SYNC_LIMITS = {
  /** one frame of the stream, in both directions */
  frameBytes: 64 * 1024,
  /** id prefixes in a request: 16 KB, so a request is one frame */
  have: 2000,
  /** facts in the reply to one request, over all of its frames */
  facts: 2000,
  /** requests of one session: what a book of 20,000 needs */
  exchanges: 10,
  /** facts about to expire stay out, or two nodes would differ at the edge for ever */
  edgeMs: 10_000,
  /** one session per peer in this time */
  perPeerMs: 5000
} as const

/** 64 bits of an id: enough to tell honest ids apart. Whoever grinds collisions hides only a fact of its own. */
const PREFIX_BYTES = 8
const FIRST = new Uint8Array(PREFIX_BYTES)
const prefix = bytes.refine(b => b.byteLength === PREFIX_BYTES, `expected ${PREFIX_BYTES} bytes`)

const request = z.strictObject({
  version: z.literal(1),
  round: uint,
  /** Merkle root and count of the facts that this node would share: equal on both sides means nothing to do */
  root: bytes32,
  count: uint,
  /** the part of the id space that this request is about: from `start`, before `end` (absent: to the end) */
  start: prefix,
  end: prefix.optional(),
  /** prefixes of the known ids in that part, ascending, one after the other */
  have: bytesUpTo(SYNC_LIMITS.have * PREFIX_BYTES).refine(
    b => b.byteLength % PREFIX_BYTES === 0,
    'expected whole prefixes'
  )
})
export type SyncRequest = z.output<typeof request>

const frame = z.strictObject({
  version: z.literal(1),
  /** encoded facts */
  facts: z.array(bytesUpTo(OFFER_LIMITS.factBytes)).max(SYNC_LIMITS.facts),
  /** whether this is the last frame of the reply */
  last: z.boolean(),
  /** on the last frame, when there is more: where the next request starts */
  next: prefix.optional()
})
export type SyncFrame = z.output<typeof frame>

/** What this node knows of the id space from `start` on, as far as one request can say. */
export function syncRequest(book: OfferBook, nowMs: number, start: Uint8Array = FIRST): SyncRequest {
  const { root, count, round } = summary(book, nowMs)
  const known = knownPrefixes(book).filter(p => compareBytes(p, start) >= 0)
  // the first prefix left out ends the part, so that an unlisted id is never taken for an unknown one
  const end = known[SYNC_LIMITS.have]
  const have = Buffer.concat(known.slice(0, SYNC_LIMITS.have))
  return { version: 1, round, root, count, start, have: new Uint8Array(have), ...(end === undefined ? {} : { end }) }
}

/** The frames to send back, in order: at least one, each at most 64 KiB. */
export function answerSync(book: OfferBook, asked: SyncRequest, nowMs: number): SyncFrame[] {
  const mine = summary(book, nowMs, asked.round)
  if (mine.root === asked.root && mine.count === asked.count) return [{ version: 1, facts: [], last: true }]
  const have = new Set<string>()
  for (let i = 0; i < asked.have.byteLength; i += PREFIX_BYTES)
    have.add(toHex(asked.have.subarray(i, i + PREFIX_BYTES)))
  const missing = mine.facts
    .map(fact => ({ fact, at: prefixOf(fact) }))
    .filter(
      ({ at }) => compareBytes(at, asked.start) >= 0 && (asked.end === undefined || compareBytes(at, asked.end) < 0)
    )
    .filter(({ at }) => !have.has(toHex(at)))
  const next = missing[SYNC_LIMITS.facts]?.at ?? asked.end
  const encoded = missing.slice(0, SYNC_LIMITS.facts).map(({ fact }) => encodeFact(fact))
  const frames: SyncFrame[] = packed(encoded).map(facts => ({ version: 1, facts, last: false }))
  const end = frames.pop() ?? { version: 1, facts: [], last: true }
  return [...frames, { ...end, last: true, ...(next === undefined ? {} : { next }) }]
}

/** What came of a reply. A peer with `rejected` > 0 passed on something provably bad and should be dropped. */
export interface MergeReport {
  added: number
  known: number
  ignored: number
  rejected: number
}

/** Decides about one encoded fact: `validateFact` with this node's context. */
export type VerifyBytes = (
  bytes: Uint8Array
) => Promise<{ verdict: 'accept'; fact: Fact } | { verdict: 'ignore' | 'reject' }>

/** Takes the facts of a frame into the book; each is checked like a gossiped one. Stops at the first reject. */
export async function mergeSync(
  book: OfferBook,
  reply: SyncFrame,
  verify: VerifyBytes,
  nowMs: number
): Promise<MergeReport> {
  const report: MergeReport = { added: 0, known: 0, ignored: 0, rejected: 0 }
  for (const encoded of reply.facts) {
    const verdict = await verify(encoded)
    if (verdict.verdict === 'accept') report[COUNTED[book.add(verdict.fact, nowMs).result]]++
    else if (verdict.verdict === 'ignore') report.ignored++
    else {
      report.rejected++
      break
    }
  }
  return report
}

const COUNTED = {
  added: 'added',
  superseded: 'known',
  duplicate: 'known',
  equivocation: 'added',
  refused: 'ignored'
} as const

/**
 * Where to ask on, or undefined when the session is complete. A peer whose cursor does not move forward would be asked for
 * ever.
 *
 * @throws InvalidInputError
 */
export function nextStart(asked: SyncRequest, last: SyncFrame): Uint8Array | undefined {
  if (last.next === undefined || compareBytes(last.next, asked.start) > 0) return last.next
  throw new InvalidInputError('sync reply: next does not lie after start', { field: 'next', value: last.next })
}

export const encodeSyncRequest = (value: SyncRequest): Uint8Array => encode(toWire(request, value, 'sync request'))
export const encodeSyncFrame = (value: SyncFrame): Uint8Array => encode(toWire(frame, value, 'sync reply'))

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeSyncRequest(encoded: Uint8Array): SyncRequest {
  return parse(request, decodeCanonical(encoded, 'sync request', SYNC_LIMITS.frameBytes), 'sync request')
}

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeSyncFrame(encoded: Uint8Array): SyncFrame {
  return parse(frame, decodeCanonical(encoded, 'sync reply', SYNC_LIMITS.frameBytes), 'sync reply')
}

function summary(book: OfferBook, nowMs: number, theirRound = 0) {
  const round = roundAt(nowMs, book.roundMs)
  const edge = Math.ceil(SYNC_LIMITS.edgeMs / book.roundMs)
  const facts = book.shared(nowMs, Math.max(round, theirRound) + edge)
  facts.sort((a, b) => compareBytes(factDigest(a), factDigest(b)))
  return { round, facts, count: facts.length, root: toHex(merkleRoot(facts.map(factDigest))) }
}

function knownPrefixes(book: OfferBook): Uint8Array[] {
  const prefixes = [...book.knownDigests()].map(digest => digest.subarray(0, PREFIX_BYTES))
  return prefixes.sort(compareBytes)
}

function prefixOf(fact: Fact): Uint8Array {
  return factDigest(fact).slice(0, PREFIX_BYTES)
}

/** Room for the frame's own keys beside the facts. */
const FRAME_OVERHEAD = 256

function packed(facts: readonly Uint8Array[]): Uint8Array[][] {
  const frames: Uint8Array[][] = []
  let room = 0
  for (const fact of facts) {
    // 3 bytes of CBOR length before a byte string of up to 64 KiB
    const size = fact.byteLength + 3
    if (size > room) {
      frames.push([])
      room = SYNC_LIMITS.frameBytes - FRAME_OVERHEAD
    }
    frames.at(-1)?.push(fact)
    room -= size
  }
  return frames
}
