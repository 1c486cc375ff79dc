import type { Verdict as GossipVerdict } from '../../../node/network/gossip.ts'
import { type Penalties, penalties } from '../../../node/network/peer-penalty.ts'
import { SyncPace } from '../../../node/network/sync-pace.ts'
import { type AddResult, OfferBook } from '../../../protocols/offers/book.ts'
import { encodeFact, factDigest } from '../../../protocols/offers/fact.ts'
import { HeadLog } from '../../../protocols/offers/head-log.ts'
import type { Lane, Lanes } from '../../../protocols/offers/lanes/index.ts'
import { ACCOUNT_RATE, RateLimiter } from '../../../protocols/offers/rate-limit.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact } from '../../../protocols/offers/schema.ts'
import { DeclinedIds, declinedUntil } from '../../../protocols/offers/sync/declined.ts'
import { SyncViolationError } from '../../../protocols/offers/sync/errors.ts'
import { judgeFact, type ValidatorContext, validateFact } from '../../../protocols/offers/validate.ts'
import type { World } from '../deal/world.ts'
import type { Conduct } from './adversaries.ts'
import { Graylist } from './graylist.ts'
import { NETWORK, type Person, ROUND_MS } from './people.ts'
import type { FactPool } from './pool.ts'

/** As node/network/offer-exchange. */
const EXPIRE_EVERY_MS = 5_000
/** Accounts whose rate a node without a book counts; a whole node counts 10,000. */
const LIGHT_RATES = 256

export interface PeerComponents {
  world: World
  pool: FactPool
  lanes: Lanes
  verify: Pick<ValidatorContext, 'verifyEd25519' | 'verifyBind'>
  gossip(lane: Lane, node: number, bytes: Uint8Array, to?: readonly number[]): void
  /** a fact is in this node's book, or need not be there any more */
  onBooked(node: number, fact: Fact): void
}

export interface PeerInit {
  number: number
  person: Person
  /** keeps a book and takes part in sync */
  isFull: boolean
  reads: ReadonlySet<Lane>
  conduct?: Conduct
}

/** A node: what it takes from others and what it says. Mirrors node/network/offer-exchange over production code. */
export class Peer {
  readonly number: number
  readonly person: Person
  readonly reads: ReadonlySet<Lane>
  readonly conduct: Conduct
  readonly penalties: Penalties
  readonly graylist: Graylist
  readonly pace: SyncPace
  book: OfferBook | undefined
  /** what the book comes to, signed */
  heads: HeadLog | undefined
  declined = new DeclinedIds()
  up = true
  upSinceMs: number
  readonly #c: PeerComponents
  readonly #rates: RateLimiter
  readonly #banned = new Set<string>()

  constructor({ number, person, isFull, reads, conduct = {} }: PeerInit, components: PeerComponents) {
    const { world } = components
    const now = () => world.nowMs
    this.number = number
    this.person = person
    this.reads = reads
    this.conduct = conduct
    this.#c = components
    if (isFull) this.#openBook()
    this.#rates = new RateLimiter(ACCOUNT_RATE, isFull ? undefined : LIGHT_RATES)
    this.penalties = penalties({ now, onBan: peer => this.#banned.add(peer) })
    this.graylist = new Graylist(now, peer => this.penalties.score(peer))
    this.pace = new SyncPace(now)
    this.upSinceMs = world.nowMs
    if (isFull) world.after(world.between(0, EXPIRE_EVERY_MS), () => this.#expire())
  }

  /** Whether this node has cut another off. */
  shuns({ person: { address } }: Peer): boolean {
    return this.#banned.size > 0 && this.#banned.has(address) && this.penalties.isBanned(address)
  }

  /** Books a fact of ours and tells the network. */
  publish(fact: Fact, to?: readonly number[]): void {
    const bytes = encodeFact(fact)
    this.#c.pool.add(fact)
    this.#add(fact)
    for (const lane of this.#c.lanes.lanesOf(fact.body)) this.#c.gossip(lane, this.number, bytes, to)
  }

  /** Judges gossiped bytes and books what holds. */
  async hear(bytes: Uint8Array, from: Peer): Promise<GossipVerdict> {
    const verdict = await this.take(bytes)
    if (verdict !== 'reject') return verdict
    this.penalties.strike(from.person.address)
    this.graylist.add(from.person.address)
    return verdict
  }

  async take(bytes: Uint8Array): Promise<GossipVerdict> {
    const { world } = this.#c
    const context = { ...this.context, withinRate: (account: string) => this.#rates.allow(account, world.nowMs) }
    const fact = this.#c.pool.decode(bytes)
    const judged = await (fact === undefined ? validateFact(bytes, context) : judgeFact(fact, context))
    if (judged.verdict === 'accept') this.#add(judged.fact)
    return judged.verdict
  }

  /** A fact of a neighbour's book. @throws SyncViolationError when it is provably bad */
  async takeSynced(received: Fact): Promise<void> {
    const fact = this.#c.pool.same(received)
    if (this.book === undefined || this.book.get(fact.id) !== undefined) return
    const verdict = await judgeFact(fact, this.context)
    if (verdict.verdict === 'reject') throw new SyncViolationError(verdict.detail, { value: verdict.reason })
    const added =
      verdict.verdict === 'accept' ? this.#add(fact) : ({ result: 'refused', reason: verdict.reason } as const)
    if (added === undefined || added.result !== 'refused') return
    const until = declinedUntil(fact, added.reason, roundAt(this.#c.world.nowMs, ROUND_MS))
    if (until !== undefined) this.declined.add(factDigest(fact), until)
  }

  get context(): ValidatorContext {
    return { network: NETWORK, nowMs: this.#c.world.nowMs, roundMs: ROUND_MS, ...this.#c.verify }
  }

  /** After a time away, with its book or without. */
  comeBack(keepsBook: boolean): void {
    this.up = true
    this.upSinceMs = this.#c.world.nowMs
    if (keepsBook || this.book === undefined) return
    this.#openBook()
    this.declined = new DeclinedIds()
  }

  #openBook(): void {
    const { bind, sign } = this.person
    this.book = new OfferBook({ roundMs: ROUND_MS })
    this.heads = new HeadLog({ network: NETWORK, peerKey: bind.peerKey, sign }, this.book)
  }

  #add(fact: Fact): AddResult | undefined {
    const { world, onBooked } = this.#c
    const added = this.book?.add(fact, world.nowMs)
    if (added !== undefined && added.result !== 'refused') onBooked(this.number, fact)
    return added
  }

  #expire(): void {
    this.#c.world.after(EXPIRE_EVERY_MS, () => this.#expire())
    if (!this.up) return
    this.book?.expire(this.#c.world.nowMs)
    this.declined.expire(roundAt(this.#c.world.nowMs, ROUND_MS))
  }
}
