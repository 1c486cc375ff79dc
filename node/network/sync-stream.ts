import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import type { OfferBook } from '../../protocols/offers/book.ts'
import type { SignedHead } from '../../protocols/offers/head.ts'
import { roundAt } from '../../protocols/offers/round.ts'
import type { Fact } from '../../protocols/offers/schema.ts'
import { SyncViolationError } from '../../protocols/offers/sync/errors.ts'
import { MAX_SESSION_BYTES, NONCE_BYTES, SYNC_LIMITS } from '../../protocols/offers/sync/limits.ts'
import * as messages from '../../protocols/offers/sync/messages.ts'
import { type SessionReport, SyncSession } from '../../protocols/offers/sync/session.ts'
import { snapshotOf } from '../../protocols/offers/sync/snapshot.ts'
import type { Clock } from '../components.ts'
import { withDeadline } from './deadline.ts'
import { RequestTimeoutError } from './errors.ts'
import { frames } from './streams.ts'

/** How long one frame of 64 KiB may take, the peer's work on it included: 13 KB/s, and a peer that stops is noticed soon. */
export const FRAME_TIMEOUT_MS = 5_000
/** How long a session may take: all that one may bring, over a link of 300 KB/s. */
export const SESSION_TIMEOUT_MS = 30_000

/** What a session works on. */
export interface SyncParts {
  book: OfferBook
  clock: Clock
  /** whether a fact of this id would be taken */
  lacks(id: Uint8Array): boolean
  /** what this node's book comes to, signed */
  head(): Promise<SignedHead>
  /** what the peer says that its book comes to. @throws SyncViolationError when it is not the peer's to say */
  heard(head: SignedHead): void
  /** takes a fact that was asked for. @throws SyncViolationError when it is provably bad */
  take(fact: Fact): Promise<void>
  frameTimeoutMs: number
  sessionTimeoutMs: number
}

export interface SyncReport extends SessionReport {
  /** how far the peer's clock is ahead of ours, give or take a round and the way of a message */
  aheadMs: number
}

/** The side that opened the stream. It says when the session is over, by closing. */
export function initiateSync(stream: Stream, parts: SyncParts, signal: AbortSignal): Promise<SyncReport> {
  return timed('session', parts.sessionTimeoutMs, signal, async deadline => {
    const wire = framed(stream, parts, deadline)
    const mine = await opening(parts)
    await wire.write(messages.encodeSyncOpen(mine))
    const theirs = messages.decodeSyncAccept(await wire.read())
    const aheadMs = aheadOf(parts, theirs.round)
    parts.heard(theirs.head)
    const { session } = sessionOf(parts, mine, theirs)
    session.receiveFingerprint(theirs.fingerprint)
    while (!session.isOver) {
      await wire.write(messages.encodeSyncFrame(session.next()))
      await receive(session, await wire.read(), parts)
    }
    const report = session.finish()
    await stream.close({ signal: deadline })
    return { ...report, aheadMs }
  })
}

/** The other side: answers each frame until the stream ends. */
export function answerSync(stream: Stream, parts: SyncParts, signal: AbortSignal): Promise<SyncReport> {
  return timed('session', parts.sessionTimeoutMs, signal, async deadline => {
    const wire = framed(stream, parts, deadline)
    const theirs = messages.decodeSyncOpen(await wire.read())
    const aheadMs = aheadOf(parts, theirs.round)
    parts.heard(theirs.head)
    const mine = await opening(parts)
    const { session, fingerprint } = sessionOf(parts, theirs, mine)
    await wire.write(messages.encodeSyncAccept({ ...mine, fingerprint }))
    for (let frame = await wire.readOrEnd(); frame !== undefined; frame = await wire.readOrEnd()) {
      await receive(session, frame, parts)
      await wire.write(messages.encodeSyncFrame(session.next()))
    }
    const report = session.finish()
    await stream.close({ signal: deadline })
    return { ...report, aheadMs }
  })
}

async function opening({ clock, book, head }: SyncParts): Promise<messages.SyncOpen> {
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES))
  return { version: 1, round: roundAt(clock.nowMs(), book.roundMs), nonce, head: await head() }
}

/** The middle of their round against our present. */
function aheadOf({ clock, book }: SyncParts, round: number): number {
  return Math.round((round + 0.5) * book.roundMs - clock.nowMs())
}

/** The nonce is the opener's half, then the other's. */
function sessionOf({ book, clock, lacks }: SyncParts, opener: messages.SyncOpen, other: messages.SyncOpen) {
  const nonce = new Uint8Array(Buffer.concat([opener.nonce, other.nonce]))
  const snapshot = snapshotOf(book, clock.nowMs(), [opener.round, other.round], nonce)
  const fingerprint = snapshot.fingerprint(0, snapshot.items.length)
  return { session: new SyncSession({ snapshot, nonce, lacks }), fingerprint }
}

async function receive(session: SyncSession, bytes: Uint8Array, parts: SyncParts): Promise<void> {
  for (const fact of session.receive(messages.decodeSyncFrame(bytes))) await parts.take(fact)
}

/** Frames of the stream, each with its own deadline. */
function framed(stream: Stream, { frameTimeoutMs }: SyncParts, deadline: AbortSignal) {
  const wire = frames(stream, SYNC_LIMITS.frameBytes)
  let received = 0
  const read = async (): Promise<Uint8Array> => {
    const message = await timed('frame', frameTimeoutMs, deadline, signal => wire.read({ signal }))
    received += message.byteLength
    if (received > MAX_SESSION_BYTES) {
      throw new SyncViolationError('a session that is too long', {
        value: received,
        limit: `${MAX_SESSION_BYTES} bytes`
      })
    }
    return message.subarray()
  }
  return {
    read,
    write: (bytes: Uint8Array): Promise<void> =>
      timed('frame', frameTimeoutMs, deadline, signal => wire.write(bytes, { signal })),
    /** undefined when the peer has closed its side between two frames */
    async readOrEnd(): Promise<Uint8Array | undefined> {
      try {
        return await read()
      } catch (error) {
        if (error instanceof Error && error.name === 'UnexpectedEOFError') return undefined
        throw error
      }
    }
  }
}

/** Slowness beyond these limits is a violation: places for sessions are few, and a slow peer holds one. */
async function timed<T>(
  what: string,
  timeoutMs: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  try {
    return await withDeadline(`sync ${what}`, timeoutMs, parent, work)
  } catch (error) {
    if (error instanceof RequestTimeoutError && !parent.aborted) {
      throw new SyncViolationError(`a ${what} took too long`, { limit: `${timeoutMs} ms`, cause: error })
    }
    throw error
  }
}
