import type { CID } from 'multiformats/cid'
import { UserError } from '../common/errors.ts'
import type { Address } from '../common/values.ts'
import { byAge, byVersion, Entry, effective, keyOf } from './book-entry.ts'
import { Groups } from './groups.ts'
import { type BookHead, headOf } from './head.ts'
import { MerkleTree } from './merkle.ts'
import { checkRounds, roundAt } from './round.ts'
import type { Fact, JobOffer, ResourceOffer, Withdrawal } from './schema.ts'
import { SharedParts, sameBind } from './sharing.ts'

/** What leaves a full book at once: to look through all of it for each newcomer would let a flood cost ms for each fact. */
const EVICTED_SHARE = 0.01

export interface BookInit {
  roundMs: number
  /** facts held in all, at about 2 KiB each. @default 20,000 */
  maxFacts?: number
  /** facts held of one account, replaced ones included: an hour of offers at the pace of a busy node. @default 256 */
  maxPerAccount?: number
  /** ids remembered of facts that left early. @default 50,000 */
  maxGone?: number
  /** who stays when the book is full: the escrow balance or the like. @default the same for all */
  weightOf?: (account: Address) => bigint
}

export type RefusedReason = 'time' | 'withdrawn' | 'not-owner' | 'equivocator' | 'account-full' | 'full'
export const GONE_REASONS = ['superseded', 'withdrawn', 'evicted'] as const
export type GoneReason = (typeof GONE_REASONS)[number]

export type AddResult =
  | { result: 'added' | 'duplicate' | 'superseded' }
  /** two bodies with one seq: the proof against the account, lowest id first */
  | { result: 'equivocation'; proof: [Fact, Fact] }
  | { result: 'refused'; reason: RefusedReason }

/** Why an id left before its last round. */
export interface Gone {
  untilRound: number
  why: GoneReason
}

/**
 * The live facts that a node knows, verified before they come here. No I/O and no clock: time (unix ms) is given. What it
 * holds does not depend on the order of arrival as long as no cap is reached.
 */
export class OfferBook {
  readonly roundMs: number
  readonly #maxFacts: number
  readonly #maxPerAccount: number
  readonly #maxGone: number
  readonly #weightOf: (account: Address) => bigint
  readonly #entries = new Map<string, Entry>()
  readonly #slots = new Groups<Entry>()
  readonly #accounts = new Groups<Entry>()
  readonly #parts = new SharedParts()
  /** why an id left before its time, so that a neighbour cannot bring it back */
  readonly #gone = new Map<string, Gone>()
  /** accounts caught in equivocation, until the later of the two facts expires */
  readonly #banned = new Map<Address, { untilRound: number; proof: [Fact, Fact] }>()
  /** account and withdrawn id → withdrawal; by account, or a stranger's could displace the owner's */
  readonly #withdrawn = new Map<string, Entry>()
  /** what was next to go when the full book refused a newcomer */
  #floor: Entry | undefined

  constructor(init: BookInit) {
    this.roundMs = init.roundMs
    this.#maxFacts = init.maxFacts ?? 20_000
    this.#maxPerAccount = init.maxPerAccount ?? 256
    this.#maxGone = init.maxGone ?? 50_000
    this.#weightOf = init.weightOf ?? (() => 0n)
  }

  /** facts held, replaced ones and withdrawals included */
  get size(): number {
    return this.#entries.size
  }

  /** All that is held, by key (`keyOf`), in order of arrival: for whoever keeps it over a restart. */
  get held(): ReadonlyMap<string, Fact> {
    return this.#entries
  }

  /** What is remembered of facts that left early, by key. */
  get gone(): ReadonlyMap<string, Gone> {
    return this.#gone
  }

  /** Accounts with facts here, those longest here first. */
  accounts(): Iterable<Address> {
    return this.#accounts.keys() as Iterable<Address>
  }

  /** Takes over what an earlier run remembered. */
  remember(digest: Uint8Array, gone: Gone): void {
    if (!this.#entries.has(keyOf(digest)) && this.#gone.size < this.#maxGone) this.#gone.set(keyOf(digest), gone)
  }

  add(fact: Fact, nowMs: number): AddResult {
    const entry = this.#entryOf(fact)
    const round = roundAt(nowMs, this.roundMs)
    const early = this.#alreadyDecided(entry, nowMs, round)
    if (early !== undefined) return early
    const twin = this.#twinOf(entry)
    if (fact.body.type === 'withdrawal') this.#takeOut(fact.body)
    if (!this.#makeRoom(entry, nowMs)) return refuse(this.#full(entry.account))
    this.#insert(entry)
    if (twin !== undefined) return this.#ban(entry, twin)
    return { result: this.#isSuperseded(entry, round) ? 'superseded' : 'added' }
  }

  get(id: CID): Fact | undefined {
    return this.#entries.get(keyOf(id.multihash.digest))
  }

  /** Offers that hold at `nowMs`, at most one per provider and one per job; none of an account that equivocated. */
  live(nowMs: number, type: 'resource'): Fact<ResourceOffer>[]
  live(nowMs: number, type: 'job'): Fact<JobOffer>[]
  live(nowMs: number): Fact[]
  live(nowMs: number, type?: 'resource' | 'job'): Fact[] {
    const live = this.#live(nowMs)
    return type === undefined ? live : live.filter(entry => entry.body.type === type)
  }

  /** Root and count over the live offers of both types; `signHead` signs it. */
  head(nowMs: number, node: Pick<BookHead, 'network' | 'peerKey'>): BookHead {
    const tree = new MerkleTree(this.#live(nowMs).map(entry => entry.digest))
    return headOf(tree, { ...node, round: roundAt(nowMs, this.roundMs) })
  }

  /** The proof against an account that is being ignored. */
  equivocation(account: Address): [Fact, Fact] | undefined {
    return this.#banned.get(account)?.proof
  }

  /** Accounts being ignored. */
  get banned(): Address[] {
    return [...this.#banned.keys()]
  }

  /** Takes out what is not to be here, such as all of a peer that was shut out; it may come back. How many facts left. */
  removeWhere(isOut: (fact: Fact) => boolean): number {
    const going = [...this.#entries.values()].filter(isOut)
    for (const entry of going) this.#remove(entry)
    return going.length
  }

  /** Forgets what is over. Returns how many facts left. */
  expire(nowMs: number): number {
    this.#floor = undefined
    const round = roundAt(nowMs, this.roundMs)
    const before = this.#entries.size
    for (const entry of [...this.#entries.values()]) {
      if (entry.body.untilRound >= round || !this.#entries.has(entry.key)) continue
      // what it replaced must not come back to life
      for (const other of this.#slots.get(entry.slot)) {
        if (byVersion(entry, other) < 0) this.#drop(other, 'superseded')
      }
      this.#remove(entry)
    }
    for (const [key, gone] of this.#gone) if (gone.untilRound < round) this.#gone.delete(key)
    for (const [account, ban] of this.#banned) if (ban.untilRound < round) this.#banned.delete(account)
    return before - this.#entries.size
  }

  /** What takes part in sync: facts that hold at least until `untilRound`, without replaced ones, but with proofs. */
  shared(nowMs: number, untilRound: number): Fact[] {
    const round = roundAt(nowMs, this.roundMs)
    return [...this.#entries.values()].filter(e => e.body.untilRound >= untilRound && this.#isShared(e, round))
  }

  /** Whether the fact of this 32-byte id is here, or was and left early: then no neighbour need send it. */
  knows(digest: Uint8Array): boolean {
    const key = keyOf(digest)
    return this.#entries.has(key) || this.#gone.has(key)
  }

  /** A renewal shares what its provider has said before. */
  #entryOf(fact: Fact): Entry {
    const bind = sameBind(this.#accounts.get(fact.body.account)[0]?.bind, fact.bind)
    return new Entry(fact, this.#parts.body(fact.body, bind), bind)
  }

  #alreadyDecided(entry: Entry, nowMs: number, round: number): AddResult | undefined {
    const { body } = entry
    if (this.#entries.has(entry.key)) return { result: 'duplicate' }
    const gone = this.#gone.get(entry.key)
    if (gone?.why === 'superseded') return { result: 'superseded' }
    if (gone !== undefined) return refuse(gone.why === 'withdrawn' ? 'withdrawn' : 'full')
    if (!holds(entry, nowMs, this.roundMs)) return refuse('time')
    const ban = this.#banned.get(entry.account)
    if (ban !== undefined && ban.untilRound >= round && body.type !== 'withdrawal') return refuse('equivocator')
    if (this.#isWithdrawn(entry)) return refuse('withdrawn')
    if (body.type !== 'withdrawal') return undefined
    const target = this.#entries.get(keyOf(body.id.multihash.digest))
    const foreign = target !== undefined && (target.account !== entry.account || target.body.type === 'withdrawal')
    return foreign ? refuse('not-owner') : undefined
  }

  /** Another body with the same seq. Job offers are renewed without a seq, so there the lowest id simply counts. */
  #twinOf(entry: Entry): Entry | undefined {
    if (entry.body.type !== 'resource') return undefined
    for (const other of this.#slots.get(entry.slot)) if (other.version === entry.version) return other
    return undefined
  }

  #ban(entry: Entry, twin: Entry): AddResult {
    const [low, high] = [entry, twin].sort(byVersion)
    const proof: [Fact, Fact] = [low ?? entry, high ?? twin]
    const untilRound = Math.max(entry.body.untilRound, twin.body.untilRound)
    this.#banned.set(entry.account, { untilRound, proof })
    return { result: 'equivocation', proof }
  }

  #takeOut({ account, id, seq = -1 }: Withdrawal): void {
    const held = this.#entries.get(keyOf(id.multihash.digest))
    if (held !== undefined) this.#drop(held, 'withdrawn')
    for (const entry of [...this.#accounts.get(account)]) {
      if (entry.body.type === 'resource' && entry.version <= seq) this.#drop(entry, 'withdrawn')
    }
  }

  /** By its id, or together with a later offer of its account. */
  #isWithdrawn({ account, key, body: { type }, version }: Entry): boolean {
    if (this.#withdrawn.has(withdrawnKey(account, key))) return true
    if (type !== 'resource') return false
    for (const other of this.#accounts.get(account)) {
      const { body } = other
      if (body.type === 'withdrawal' && body.seq !== undefined && version <= body.seq) return true
    }
    return false
  }

  #live(nowMs: number): Entry[] {
    const round = roundAt(nowMs, this.roundMs)
    const live: Entry[] = []
    for (const slot of this.#slots.keys()) {
      const entry = effective(this.#slots.get(slot), round)
      if (entry === undefined || entry.body.untilRound < round || this.#banned.has(entry.account)) continue
      if (entry.body.type !== 'withdrawal') live.push(entry)
    }
    return live
  }

  /** Of an account that is ignored only the proof: its other facts are refused wherever the proof has come. */
  #isShared(entry: Entry, round: number): boolean {
    const ban = this.#banned.get(entry.account)
    if (ban === undefined) return !this.#isSuperseded(entry, round)
    return entry.body.type === 'withdrawal' || ban.proof.includes(entry)
  }

  #isSuperseded(entry: Entry, round: number): boolean {
    const best = effective(this.#slots.get(entry.slot), round)
    return best !== undefined && byVersion(best, entry) < 0
  }

  #full(account: Address): RefusedReason {
    return this.#accounts.get(account).length >= this.#maxPerAccount ? 'account-full' : 'full'
  }

  /** Makes room for one more; false when the newcomer itself is what would have to go. */
  #makeRoom(entry: Entry, nowMs: number): boolean {
    const own = this.#accounts.get(entry.account)
    if (own.length >= this.#maxPerAccount && this.#evict(own, 1, nowMs, entry) === 0) return false
    if (this.#entries.size < this.#maxFacts) return true
    if (this.#isBelowFloor(entry)) return false
    if (this.expire(nowMs) > 0) return true
    const { least, entries } = this.#poorest()
    const mine = this.#weightOf(entry.account)
    const count = Math.ceil(this.#maxFacts * EVICTED_SHARE)
    const went = least > mine ? 0 : this.#evict(entries, count, nowMs, least < mine ? undefined : entry)
    if (went === 0) this.#floor = entries.sort(byAge)[0]
    return went > 0
  }

  /** Replaced facts go first, then the oldest, until it is the newcomer's turn. How many went. */
  #evict(candidates: readonly Entry[], count: number, nowMs: number, newcomer?: Entry): number {
    const round = roundAt(nowMs, this.roundMs)
    const isReplaced = (entry: Entry): boolean => !this.#banned.has(entry.account) && this.#isSuperseded(entry, round)
    const replaced = candidates.filter(isReplaced)
    const known = new Set(replaced)
    const older = candidates.filter(e => !known.has(e) && (newcomer === undefined || byAge(e, newcomer) < 0))
    const going = [...replaced.sort(byAge), ...older.sort(byAge)].slice(0, count)
    for (const entry of going) this.#drop(entry, known.has(entry) ? 'superseded' : 'evicted')
    return going.length
  }

  /** Entries of the accounts with the least weight. */
  #poorest(): { least: bigint; entries: Entry[] } {
    let [least, entries]: [bigint | undefined, Entry[]] = [undefined, []]
    for (const account of this.#accounts.keys() as Iterable<Address>) {
      const weight = this.#weightOf(account)
      if (least !== undefined && weight > least) continue
      if (weight !== least) [least, entries] = [weight, []]
      entries.push(...this.#accounts.get(account))
    }
    return { least: least ?? 0n, entries }
  }

  /** Whether it would go before the one that was next to go when the book last refused somebody: no need to look again. */
  #isBelowFloor(entry: Entry): boolean {
    const floor = this.#floor
    if (floor === undefined || !this.#entries.has(floor.key)) return false
    const [mine, its] = [this.#weightOf(entry.account), this.#weightOf(floor.account)]
    return mine < its || (mine === its && byAge(entry, floor) < 0)
  }

  #insert(entry: Entry): void {
    this.#entries.set(entry.key, entry)
    this.#slots.add(entry.slot, entry)
    this.#accounts.add(entry.account, entry)
    const { body } = entry
    if (body.type === 'withdrawal')
      this.#withdrawn.set(withdrawnKey(entry.account, keyOf(body.id.multihash.digest)), entry)
  }

  #drop(entry: Entry, why: GoneReason): void {
    this.#remove(entry)
    this.#gone.set(entry.key, { untilRound: entry.body.untilRound, why })
    for (const oldest of this.#gone.keys()) {
      if (this.#gone.size <= this.#maxGone) break
      this.#gone.delete(oldest)
    }
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.key)
    this.#slots.delete(entry.slot, entry)
    this.#accounts.delete(entry.account, entry)
    const { body } = entry
    if (body.type !== 'withdrawal') return
    const key = withdrawnKey(entry.account, keyOf(body.id.multihash.digest))
    if (this.#withdrawn.get(key) === entry) this.#withdrawn.delete(key)
  }
}

const withdrawnKey = (account: Address, id: string): string => `${account} ${id}`
const refuse = (reason: RefusedReason): AddResult => ({ result: 'refused', reason })

function holds(fact: Fact, nowMs: number, roundMs: number): boolean {
  try {
    checkRounds(fact.body, nowMs, roundMs)
    return true
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}
