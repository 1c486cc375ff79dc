import { sha256 } from '../../../protocols/common/hash.ts'
import { type Hex, toHex } from '../../../protocols/common/values.ts'
import type { OfferBook } from '../../../protocols/offers/book.ts'
import { factDigest } from '../../../protocols/offers/fact.ts'
import type { SignedHead } from '../../../protocols/offers/head.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact } from '../../../protocols/offers/schema.ts'
import { DeclinedIds, declinedUntil } from '../../../protocols/offers/sync/declined.ts'
import * as messages from '../../../protocols/offers/sync/messages.ts'
import { type SessionReport, SyncSession } from '../../../protocols/offers/sync/session.ts'
import { snapshotOf } from '../../../protocols/offers/sync/snapshot.ts'
import { digestOf, hexId, NETWORK } from './make.ts'

/** A node as far as sync is concerned: a book, and what it refused. */
export interface Side {
  book: OfferBook
  declined: DeclinedIds
  /** what it says of its book; without it one that nobody signed */
  head?: SignedHead
}

/** A head that nobody signed: sync passes heads on unchecked. */
export function unsignedHead(book: OfferBook, nowMs: number, peerKey: Hex = toHex(digestOf('key'))): SignedHead {
  return { head: book.head(nowMs, { network: NETWORK, peerKey }), signature: new Uint8Array(64) }
}

export const side = (book: OfferBook): Side => ({ book, declined: new DeclinedIds() })
export const idsOf = (book: OfferBook, nowMs: number): string[] => book.shared(nowMs, 0).map(hexId).sort()

export interface Exchange {
  /** every message as it travels, in order; the opener's first */
  sent: Uint8Array[]
  bytes: number
  reports: [SessionReport, SessionReport]
}

/** A whole session over the encoded messages, as two peers run it. Facts are booked as they come, their signatures unchecked. */
export function runSession(opener: Side, other: Side, nowMs: number, seed = 'nonces'): Exchange {
  const sent: Uint8Array[] = []
  const pass = (bytes: Uint8Array): Uint8Array => {
    sent.push(bytes)
    return bytes
  }
  const opening = ({ book, head }: Side, name: string): messages.SyncOpen => ({
    version: 1,
    round: roundAt(nowMs, book.roundMs),
    nonce: sha256(Buffer.from(`${seed} ${name}`)).slice(0, 16),
    head: head ?? unsignedHead(book, nowMs)
  })
  const open = messages.decodeSyncOpen(pass(messages.encodeSyncOpen(opening(opener, 'opener'))))
  const answer = opening(other, 'other')
  const nonce = new Uint8Array(Buffer.concat([open.nonce, answer.nonce]))
  const [mine, theirs] = [opener, other].map(({ book, declined }) => {
    const snapshot = snapshotOf(book, nowMs, [open.round, answer.round], nonce)
    const lacks = (id: Uint8Array): boolean => !book.knows(id) && !declined.has(id)
    return { snapshot, session: new SyncSession({ snapshot, nonce, lacks }) }
  }) as [Running, Running]
  const fingerprint = theirs.snapshot.fingerprint(0, theirs.snapshot.items.length)
  const accept = messages.decodeSyncAccept(pass(messages.encodeSyncAccept({ ...answer, fingerprint })))
  mine.session.receiveFingerprint(accept.fingerprint)
  while (!mine.session.isOver) {
    deliver(mine.session, theirs.session, other, nowMs, pass)
    deliver(theirs.session, mine.session, opener, nowMs, pass)
  }
  const reports: Exchange['reports'] = [mine.session.finish(), theirs.session.finish()]
  return { sent, bytes: sent.reduce((sum, b) => sum + framedSize(b), 0), reports }
}

type Running = { snapshot: ReturnType<typeof snapshotOf>; session: SyncSession }

function deliver(
  from: SyncSession,
  to: SyncSession,
  at: Side,
  nowMs: number,
  pass: (b: Uint8Array) => Uint8Array
): void {
  const frame = messages.decodeSyncFrame(pass(messages.encodeSyncFrame(from.next())))
  for (const fact of to.receive(frame)) book(at, fact, nowMs)
}

function book({ book, declined }: Side, fact: Fact, nowMs: number): void {
  const added = book.add(fact, nowMs)
  if (added.result !== 'refused') return
  const until = declinedUntil(fact, added.reason, roundAt(nowMs, book.roundMs))
  if (until !== undefined) declined.add(factDigest(fact), until)
}

/** With the length that precedes each message on the stream. */
const framedSize = (bytes: Uint8Array): number =>
  bytes.byteLength + (bytes.byteLength < 128 ? 1 : bytes.byteLength < 16_384 ? 2 : 3)
