import type { HeliaWithLibp2p } from '@helia/libp2p'
import { peerIdFromString } from '@libp2p/peer-id'
import type { CID } from 'multiformats/cid'
import { concat } from 'uint8arrays/concat'
import { pause, withDeadline } from '../network/deadline.ts'
import { connect, type Dialer } from '../network/streams.ts'
import { ContentUnavailableError, isFinal } from './errors.ts'
import type { Source } from './storage.ts'

/** Without a single block for this long the peer is given up: bitswap itself would wait for ever. */
export const STALL_MS = 30_000
/**
 * Before the first block has come the wants are sent anew sooner: a helia peer drops, without a word, the first repeated want
 * for a block that it sent before on this connection. Later silence is more likely a slow link, where repeating wants would
 * bring blocks twice.
 */
const PATIENCE_MS = [1_000, 5_000]
/** How often stalls and lost connections are looked for: bitswap does not tell. */
const CHECK_MS = 250
/** Sessions tried for one block, after a stall or a lost connection; each dials the peer anew. */
const ATTEMPTS = PATIENCE_MS.length + 1
const RETRY_MS = 200
const DIAL_TIMEOUT_MS = 10_000

export interface BitswapComponents {
  helia: Pick<HeliaWithLibp2p, 'blockstore'>
  libp2p: Dialer
  /** bounds the wants of all fetches of this node together */
  limit: <T>(work: () => Promise<T>) => Promise<T>
}

type Session = ReturnType<HeliaWithLibp2p['blockstore']['createSession']>

/** Gets the blocks of one DAG in a bitswap session with the named peer or, without one, with peers that the network's routing names. */
export class BitswapSource {
  readonly #c: BitswapComponents
  readonly #root: CID
  readonly #from: Source | undefined
  readonly #signal: AbortSignal
  readonly #watchdog: NodeJS.Timeout
  readonly #stallMs: number
  #session: Promise<Session> | undefined
  /** the peer has been dialled: from now on a missing connection is a lost one */
  #isOpen = false
  #progressAt = performance.now()
  #hasBlocks = false
  /** every attempt was in vain: the blocks after this one need not wait as long */
  #dead: ContentUnavailableError | undefined
  /** sessions given up so far */
  #stalls = 0

  constructor(c: BitswapComponents, root: CID, from: Source | undefined, signal: AbortSignal, stallMs: number) {
    this.#c = c
    this.#root = root
    this.#from = from
    this.#signal = signal
    this.#stallMs = stallMs
    this.#watchdog = setInterval(() => this.#checkProgress(), Math.min(CHECK_MS, stallMs))
    this.#watchdog.unref()
  }

  /** @throws ContentUnavailableError, QuotaExceededError, TooLargeError; the signal's reason */
  async get(cid: CID): Promise<Uint8Array> {
    this.#signal.throwIfAborted()
    return this.#c.limit(() => this.#ask(cid))
  }

  close(): void {
    clearInterval(this.#watchdog)
    this.#drop(this.#session)
  }

  async #ask(cid: CID): Promise<Uint8Array> {
    if (this.#dead !== undefined) throw this.#dead
    let last: unknown
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const session = this.#current()
      try {
        const bytes = await this.#getOnce(await session, cid)
        this.#progressAt = performance.now()
        this.#hasBlocks = true
        return bytes
      } catch (error) {
        last = rootCause(error)
        this.#signal.throwIfAborted()
        if (isFinal(last)) throw last
        // a peer says only once that it lacks a block: asked again on this connection it would stay silent
        if (this.#session === session && this.#isConnected()) {
          throw new ContentUnavailableError(cid, this.#from?.peer, last)
        }
        this.#drop(session)
      }
      if (attempt < ATTEMPTS) await pause(RETRY_MS * attempt, this.#signal)
      this.#signal.throwIfAborted()
    }
    this.#dead ??= new ContentUnavailableError(cid, this.#from?.peer, last)
    throw this.#dead
  }

  #current(): Promise<Session> {
    this.#session ??= this.#open()
    return this.#session
  }

  async #getOnce(session: Session, cid: CID): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    for await (const part of session.get(cid, { signal: this.#signal })) parts.push(part)
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(parts)
  }

  async #open(): Promise<Session> {
    const from = this.#from
    this.#isOpen = false
    const providers = from === undefined ? {} : await this.#dial(from)
    this.#isOpen = true
    this.#progressAt = performance.now()
    return this.#c.helia.blockstore.createSession(this.#root, providers)
  }

  /** With one provider named and no more allowed, the routing is not asked. */
  async #dial(from: Source): Promise<Parameters<BitswapComponents['helia']['blockstore']['createSession']>[1]> {
    await withDeadline('dial', DIAL_TIMEOUT_MS, this.#signal, signal => connect(this.#c.libp2p, from, { signal }))
    return { providers: [peerIdFromString(from.peer).toCID()], minProviders: 1, maxProviders: 1 }
  }

  /** Closing a session rejects its pending gets, which then try the next one. */
  #drop(session: Promise<Session> | undefined): void {
    if (this.#session === session) this.#session = undefined
    session?.then(
      s => s.close(),
      () => undefined
    )
  }

  #checkProgress(): void {
    if (!this.#isOpen || this.#session === undefined) return
    const early = this.#hasBlocks ? undefined : PATIENCE_MS[this.#stalls]
    const patienceMs = Math.min(this.#stallMs, early ?? this.#stallMs)
    const stalled = performance.now() - this.#progressAt > patienceMs
    if (!stalled && this.#isConnected()) return
    this.#stalls++
    this.#drop(this.#session)
  }

  #isConnected(): boolean {
    const peer = this.#from?.peer
    if (peer === undefined) return true
    return this.#c.libp2p.getConnections().some(c => c.status === 'open' && c.remotePeer.toString() === peer)
  }
}

/** helia wraps the errors of its brokers in an aggregate */
function rootCause(error: unknown): unknown {
  const errors = (error as { errors?: unknown[] } | undefined)?.errors
  return Array.isArray(errors) && errors.length > 0 ? errors[0] : error
}
