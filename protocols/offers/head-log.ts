import type { Hex } from '../common/values.ts'
import type { OfferBook } from './book.ts'
import { factDigest, type Sign } from './fact.ts'
import { type BookHead, headOf, type SignedHead, signHead } from './head.ts'
import { MerkleTree } from './merkle.ts'
import { roundAt } from './round.ts'
import type { Fact } from './schema.ts'

export const HEAD_LOG_LIMITS = {
  /** own books remembered, one for each root that was signed: some minutes of a busy node, hours of a quiet one */
  snapshots: 64,
  /** facts that these books hold together; most are in several of them and held once, at about 2 KiB */
  facts: 200_000,
  /** peers whose heads are remembered: as many as a node has seen connections, at 16 times 300 bytes each */
  peers: 512,
  headsPerPeer: 16
} as const

export interface HeadLogInit {
  network: string
  peerKey: Hex
  sign: Sign
}

/** What this node's book held when it signed a root. */
export interface BookSnapshot {
  root: Hex
  facts: readonly Fact[]
}

/**
 * Signs what the book comes to, remembers what it then held, and what others said of theirs: when another node's root is
 * one of ours, its signature proves what it knew. No clock: time (unix ms) is given.
 */
export class HeadLog {
  readonly #init: HeadLogInit
  readonly #book: OfferBook
  readonly #snapshots = new Map<Hex, BookSnapshot>()
  #held = 0
  #last: { head: BookHead; facts: readonly Fact[]; tree: MerkleTree; signed: Promise<SignedHead> } | undefined
  /** by peer key, longest unheard first; by root, oldest first */
  readonly #heard = new Map<Hex, Map<Hex, SignedHead>>()

  constructor(init: HeadLogInit, book: OfferBook) {
    this.#init = init
    this.#book = book
  }

  /** The head for a greeting: at most one is made for a round, however many peers are greeted. */
  latest(nowMs: number): Promise<SignedHead> {
    if (this.#last?.head.round === roundAt(nowMs, this.#book.roundMs)) return this.#last.signed
    return this.exact(nowMs)
  }

  /** The head of exactly what is live now, for a ranking of it. Of its tree only what changed is hashed. */
  exact(nowMs: number): Promise<SignedHead> {
    const { network, peerKey, sign } = this.#init
    const live = this.#book.live(nowMs)
    const round = roundAt(nowMs, this.#book.roundMs)
    const last = this.#last
    const isSame = last !== undefined && sameFacts(last.facts, live)
    if (isSame && last.head.round === round) return last.signed
    const { facts, tree } = isSame ? last : { facts: live, tree: new MerkleTree(live.map(factDigest), last?.tree) }
    const head = headOf(tree, { network, peerKey, round })
    const signed = signHead(head, sign)
    this.#last = { head, facts, tree, signed }
    this.#remember({ root: head.root, facts })
    return signed
  }

  /** What this node's own book held under a root. */
  snapshot(root: Hex): BookSnapshot | undefined {
    return this.#snapshots.get(root)
  }

  /**
   * Takes a head from a peer, its signature unchecked: whoever uses it checks it. Of several with one root the earliest is
   * kept, which shows the most.
   */
  heard(signed: SignedHead): void {
    const { peerKey, root } = signed.head
    const heads = this.#heard.get(peerKey) ?? new Map<Hex, SignedHead>()
    this.#heard.delete(peerKey)
    this.#heard.set(peerKey, heads)
    if (!heads.has(root)) heads.set(root, signed)
    dropOldest(heads, HEAD_LOG_LIMITS.headsPerPeer)
    dropOldest(this.#heard, HEAD_LOG_LIMITS.peers)
  }

  /** Heads that a peer said, oldest first, their signatures unchecked. */
  headsOf(peerKey: Hex): SignedHead[] {
    return [...(this.#heard.get(peerKey)?.values() ?? [])]
  }

  #remember(snapshot: BookSnapshot): void {
    const known = this.#snapshots.get(snapshot.root)
    // also one that is known: it is the newest now
    this.#snapshots.delete(snapshot.root)
    this.#snapshots.set(snapshot.root, snapshot)
    this.#held += snapshot.facts.length - (known?.facts.length ?? 0)
    for (const [root, { facts }] of this.#snapshots) {
      const isFull = this.#snapshots.size > HEAD_LOG_LIMITS.snapshots || this.#held > HEAD_LOG_LIMITS.facts
      if (!isFull || root === snapshot.root) break
      this.#snapshots.delete(root)
      this.#held -= facts.length
    }
  }
}

/** An unchanged book lists the same objects in the same order. */
const sameFacts = (a: readonly Fact[], b: readonly Fact[]): boolean =>
  a.length === b.length && a.every((fact, i) => fact === b[i])

function dropOldest<K>(map: Map<K, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) break
    map.delete(key)
  }
}
