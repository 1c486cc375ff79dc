import { type TokenBuckets, tokenBuckets } from '../../../node/network/token-bucket.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact } from '../../../protocols/offers/schema.ts'
import { SyncViolationError } from '../../../protocols/offers/sync/errors.ts'
import { NONCE_BYTES } from '../../../protocols/offers/sync/limits.ts'
import * as messages from '../../../protocols/offers/sync/messages.ts'
import { SyncSession } from '../../../protocols/offers/sync/session.ts'
import { snapshotOf } from '../../../protocols/offers/sync/snapshot.ts'
import { whenDone } from '../deal/actor.ts'
import type { World } from '../deal/world.ts'
import type { Net } from './net.ts'
import type { Peer } from './peer.ts'
import { ROUND_MS } from './people.ts'

/** As node/network/offer-sync. */
const EVERY_MS = 5_000
const AT_ONCE = 4
const SERVED_PER_SECOND = 4
const SERVED_BURST = 20
/** Negotiating the protocol of a stream, and its frames. */
const STREAM_BYTES = 60

export interface AntiEntropyComponents {
  world: World
  net: Net
  /** neighbours that keep a book too */
  neighbours(of: Peer): Peer[]
  /** whether both read the lane of a fact; undefined when there is one for everything */
  both?(a: Peer, b: Peer): (fact: Fact) => boolean
}

interface Side {
  peer: Peer
  session: SyncSession
}

/** `/dcn/sync/1.0.0` between neighbours: production sessions and messages, driven as node/network/sync-stream does. */
export class AntiEntropy {
  readonly #c: AntiEntropyComponents
  readonly #served = new Map<Peer, TokenBuckets>()

  constructor(components: AntiEntropyComponents) {
    this.#c = components
  }

  start(peer: Peer): void {
    const { world } = this.#c
    const tick = () => {
      world.after(EVERY_MS, tick)
      if (!peer.up) return
      const open = this.#c.neighbours(peer).filter(other => peer.pace.mayOpen(other.person.address))
      if (open.length > 0) this.#open(peer, world.pick(open))
    }
    world.after(world.between(0, EVERY_MS), tick)
  }

  /** A node that comes back asks its neighbours at once. */
  greet(peer: Peer): void {
    for (const other of this.#c.neighbours(peer).slice(0, AT_ONCE)) this.#open(peer, other)
  }

  #open(opener: Peer, other: Peer): void {
    opener.pace.began(other.person.address)
    this.#greeting(opener, opening => {
      this.#send(opener, other, messages.encodeSyncOpen(opening), bytes => {
        if (!this.#serves(other)) return
        other.pace.began(opener.person.address)
        this.#accept(opener, other, opening, messages.decodeSyncOpen(bytes))
      })
    })
  }

  #accept(opener: Peer, other: Peer, opening: messages.SyncOpen, theirs: messages.SyncOpen): void {
    other.heads?.heard(theirs.head)
    this.#greeting(other, answer => {
      const { session, fingerprint } = this.#session(other, opener, theirs, answer)
      const answering = { peer: other, session }
      this.#send(other, opener, messages.encodeSyncAccept({ ...answer, fingerprint }), bytes => {
        const accepted = messages.decodeSyncAccept(bytes)
        opener.heads?.heard(accepted.head)
        const mine = this.#session(opener, other, opening, accepted)
        mine.session.receiveFingerprint(accepted.fingerprint)
        this.#turn({ peer: opener, session: mine.session }, answering)
      })
    })
  }

  /** The opener says something unless nothing is left to say. */
  #turn(opener: Side, other: Side): void {
    if (opener.session.isOver) this.#finish(opener, other)
    else this.#frame(opener, other, () => this.#frame(other, opener, () => this.#turn(opener, other)))
  }

  #frame(from: Side, to: Side, next: () => void): void {
    this.#send(from.peer, to.peer, messages.encodeSyncFrame(from.session.next()), bytes => {
      const taken = async () => {
        for (const fact of to.session.receive(messages.decodeSyncFrame(bytes))) await to.peer.takeSynced(fact)
        return true
      }
      const blamed = (error: unknown) => {
        if (!(error instanceof SyncViolationError)) throw error
        to.peer.penalties.strike(from.peer.person.address)
        return false
      }
      whenDone(this.#c.world, taken().catch(blamed), isGood => {
        if (isGood) next()
      })
    })
  }

  #finish(opener: Side, other: Side): void {
    for (const [side, partner] of [
      [opener, other],
      [other, opener]
    ] as const) {
      try {
        side.peer.pace.ended(partner.peer.person.address, side.session.finish())
      } catch (error) {
        if (!(error instanceof SyncViolationError)) throw error
        side.peer.penalties.strike(partner.peer.person.address)
      }
    }
  }

  /** One message of a stream; when it breaks, so does the session. */
  #send(from: Peer, to: Peer, bytes: Uint8Array, arrive: (bytes: Uint8Array) => void): void {
    const { net, world } = this.#c
    const delayMs = net.streamMs(from.number, to.number)
    if (delayMs === undefined) return
    world.after(delayMs, () => {
      if (!to.up || !from.up || to.shuns(from)) return
      net.meter.count(to.number, 'sync', bytes.byteLength + STREAM_BYTES)
      arrive(bytes)
    })
  }

  /** What a side says first: the time, its half of the nonce, and what its book comes to. */
  #greeting(peer: Peer, say: (opening: messages.SyncOpen) => void): void {
    const { world } = this.#c
    const nonce = Uint8Array.from({ length: NONCE_BYTES }, () => world.between(0, 255))
    const common = { version: 1, round: roundAt(world.nowMs, ROUND_MS), nonce } as const
    if (peer.heads !== undefined) whenDone(world, peer.heads.latest(world.nowMs), head => say({ ...common, head }))
  }

  #session(of: Peer, partner: Peer, opener: messages.SyncOpen, other: messages.SyncOpen) {
    const { book, declined } = of
    if (book === undefined) throw new Error('a node without a book takes no part in sync')
    const nonce = new Uint8Array(Buffer.concat([opener.nonce, other.nonce]))
    const inLane = this.#c.both?.(of, partner)
    const isShared = (fact: Fact) => inLane?.(fact) !== false && of.conduct.shares?.(fact) !== false
    const snapshot = snapshotOf(book, this.#c.world.nowMs, [opener.round, other.round], nonce, isShared)
    const lacks = (id: Uint8Array) => !book.knows(id) && !declined.has(id)
    const fingerprint = snapshot.fingerprint(0, snapshot.items.length)
    return { session: new SyncSession({ snapshot, nonce, lacks }), fingerprint }
  }

  #serves(peer: Peer): boolean {
    const known = this.#served.get(peer)
    const buckets = known ?? tokenBuckets(SERVED_PER_SECOND, SERVED_BURST, () => this.#c.world.nowMs)
    if (known === undefined) this.#served.set(peer, buckets)
    return buckets.take('everybody')
  }
}
