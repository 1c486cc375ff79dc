import type { World } from '../deal/world.ts'
import type { Crowd } from './crowd.ts'
import type { Net } from './net.ts'
import type { MarketOptions } from './options.ts'
import type { Peer } from './peer.ts'
import type { Sides } from './sides.ts'

const AWAY_MS = [2_000, 20_000] as const
const LOOK_EVERY_MS = 500

/** Nodes that leave, crash and come back, and a network that falls in two; how long they take to know the market again. */
export class Faults {
  /** ms from coming back, or from the end of a partition, to holding every offer that stood then */
  readonly caughtUpMs: number[] = []
  #behind = 0
  readonly #world: World
  readonly #net: Net
  readonly #crowd: Crowd
  readonly #sides: Sides
  readonly #options: MarketOptions

  constructor(world: World, net: Net, crowd: Crowd, sides: Sides, options: MarketOptions) {
    this.#world = world
    this.#net = net
    this.#crowd = crowd
    this.#sides = sides
    this.#options = options
  }

  /** Nodes that have not caught up yet. */
  get behind(): number {
    return this.#behind
  }

  start(): void {
    const { churnPerMille, partition, seconds, nodes } = this.#options
    const third = (seconds * 1_000) / 3
    if (partition) {
      this.#world.after(third, () => {
        this.#net.isParted = true
      })
      this.#world.after(2 * third, () => {
        this.#net.isParted = false
        for (const peer of this.#crowd.full) if (peer.up) this.#catchUp(peer)
      })
    }
    const count = Math.round((churnPerMille * nodes * seconds) / 1_000)
    for (let i = 0; i < count; i++) {
      this.#world.after(this.#world.between(0, seconds * 1_000), () => {
        const there = this.#crowd.peers.filter(peer => peer.up && peer.number < nodes)
        if (there.length > 0) this.#takeAway(this.#world.pick(there))
      })
    }
  }

  /** One in three leaves in order, the others die; one in two of those finds no book afterwards. */
  #takeAway(peer: Peer): void {
    const world = this.#world
    const stall = this.#sides.stallOf(peer)
    const isOrderly = stall !== undefined && world.chance(1 / 3)
    const awayMs = world.between(...AWAY_MS)
    const keepsBook = world.chance(0.5)
    if (isOrderly) {
      // it drains: no new work, but what it has is done
      stall.isDraining = true
      world.hold(stall.keeper.stop())
    } else {
      peer.up = false
      this.#sides.crash(peer, awayMs)
    }
    world.after(awayMs, () => {
      if (stall !== undefined) {
        stall.isDraining = false
        world.hold(stall.keeper.start())
      }
      if (isOrderly) return
      peer.comeBack(keepsBook)
      if (peer.book === undefined) return
      this.#crowd.sync.greet(peer)
      this.#catchUp(peer)
    })
  }

  #catchUp(peer: Peer): void {
    const { lanes } = this.#crowd
    const sinceMs = this.#world.nowMs
    const standing = this.#sides.stalls.flatMap(({ keeper, peer: by }) => {
      const { current } = keeper
      if (current === undefined || by.conduct.isTwoFaced) return []
      return lanes.lanesOf(current.body).some(lane => peer.reads.has(lane)) ? [{ keeper, id: current.id }] : []
    })
    this.#behind++
    const look = () => {
      const isBehind = standing.some(({ keeper, id }) => {
        const isCurrent = keeper.current?.id.equals(id) === true
        return isCurrent && peer.book?.get(id) === undefined
      })
      if (!isBehind || !peer.up) {
        this.#behind--
        if (peer.up) this.caughtUpMs.push(this.#world.nowMs - sinceMs)
        return
      }
      this.#world.after(LOOK_EVERY_MS, look)
    }
    look()
  }
}
