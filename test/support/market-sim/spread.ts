import type { Fact } from '../../../protocols/offers/schema.ts'
import type { World } from '../deal/world.ts'
import type { Peer } from './peer.ts'

interface Told {
  seq: number
  atMs: number
  reached: Uint8Array
  /** ms until the last node so far */
  worstMs: number
}

/** How long offers take to reach every node that keeps a book, reads their lane and was there all the time. */
export class Spread {
  readonly #world: World
  readonly #nodes: number
  readonly #told = new Map<string, Told[]>()
  #peers: readonly Peer[] = []

  constructor(world: World, nodes: number) {
    this.#world = world
    this.#nodes = nodes
  }

  watch(peers: readonly Peer[]): void {
    this.#peers = peers
  }

  published({ body }: Fact): void {
    if (body.type !== 'resource') return
    const told = { seq: body.seq, atMs: this.#world.nowMs, reached: new Uint8Array(this.#nodes), worstMs: 0 }
    const known = this.#told.get(body.account)
    if (known === undefined) this.#told.set(body.account, [told])
    else known.push(told)
  }

  /** Whoever has an offer needs no earlier one of the same provider. */
  booked(node: number, { body }: Fact): void {
    if (body.type !== 'resource') return
    const told = this.#told.get(body.account) ?? []
    for (let i = told.length - 1; i >= 0; i--) {
      const one = told[i]
      if (one === undefined || one.seq > body.seq) continue
      if (one.reached[node] === 1) return
      one.reached[node] = 1
      const peer = this.#peers[node]
      if (peer !== undefined && peer.upSinceMs <= one.atMs) {
        one.worstMs = Math.max(one.worstMs, this.#world.nowMs - one.atMs)
      }
    }
  }

  /**
   * ms of each offer until the last node had it; `missing`: nodes that lack one of those published before `untilMs`.
   * @param needs whether a node was there all the time and reads the provider's lane
   */
  result(untilMs: number, needs: (peer: Peer, account: string, sinceMs: number) => boolean) {
    const spreadMs: number[] = []
    let missing = 0
    for (const [account, list] of this.#told) {
      for (const { atMs, reached, worstMs } of list) {
        const lacking = this.#peers.filter(peer => reached[peer.number] === 0 && needs(peer, account, atMs))
        if (atMs <= untilMs) missing += lacking.length
        if (lacking.length === 0) spreadMs.push(worstMs)
      }
    }
    return { spreadMs, missing }
  }
}
