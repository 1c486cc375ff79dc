import { AssertionError } from 'node:assert/strict'
import type { Step } from '../../../protocols/deal/machine.ts'
import type { ToyEscrow, ToyEvent } from './toy-escrow.ts'
import type { World } from './world.ts'

export type Unstamped<E> = E extends unknown ? Omit<E, 'atMs'> : never

export interface Hazards {
  /** of losing a request or a reply */
  drop: number
  /** of a request arriving twice */
  duplicate: number
  /** of dying between the journal and the effects, at each step */
  crash: number
  /** of an effect failing, before or after it took place */
  fail: number
}

/**
 * One side of the world: a journal that survives, machines stepped by production code, effects that are lost when the
 * process dies. The interpreter mirrors node/roles/machine-runner.
 */
export abstract class Actor<S extends { phase: string }, E extends { type: string; atMs: number }, F> {
  readonly journal = new Map<string, S>()
  /** gone for good */
  dead = false
  /** longest time it was down */
  longestDownMs = 0
  readonly world: World
  readonly escrow: ToyEscrow
  readonly hazards: Hazards
  /** other actors of the same process: they share its crashes */
  readonly together: { crash(downMs: number): void; die(): void }[] = []
  #epoch = 0
  #up = true
  #cursor = 0

  constructor(world: World, escrow: ToyEscrow, hazards: Hazards) {
    this.world = world
    this.escrow = escrow
    this.hazards = hazards
    world.after(world.between(0, 500), () => this.#tick())
  }

  abstract step(state: S, event: E): Step<S, F>
  abstract isDone(state: S): boolean
  abstract perform(state: S, effect: F, reply: (outcome: Unstamped<E> | undefined) => void): void
  abstract failed(effect: F): Unstamped<E>
  abstract onChain(event: ToyEvent): void

  get up(): boolean {
    return this.#up && !this.dead
  }

  get live(): [string, S][] {
    return [...this.journal].filter(([, state]) => !this.isDone(state))
  }

  begin(id: string, { state, effects }: Step<S, F>): void {
    this.#record(id, state, effects)
  }

  dispatch(id: string, event: Unstamped<E>): S | undefined {
    const state = this.journal.get(id)
    if (!this.up || state === undefined || this.isDone(state)) return state
    const step = this.step(state, { ...event, atMs: this.world.nowMs } as unknown as E)
    if (step.state === state && step.effects.length === 0) return state
    this.#record(id, step.state, step.effects)
    return step.state
  }

  /** Never comes back. */
  die(): void {
    if (this.dead) return
    this.dead = true
    this.#epoch++
    for (const other of this.together) other.die()
  }

  crash(downMs: number): void {
    if (!this.#up) return
    this.#up = false
    this.#epoch++
    this.longestDownMs = Math.max(this.longestDownMs, downMs)
    this.world.after(downMs, () => {
      this.#up = true
      for (const [id] of this.live) this.dispatch(id, { type: 'restarted' } as unknown as Unstamped<E>)
      this.onRestart()
    })
    for (const other of this.together) other.crash(downMs)
  }

  /** What else a process does when it is there again. */
  onRestart(): void {}

  /** Request and reply with losses; exactly one of the two callbacks comes, unless this side dies first. */
  ask<R>(to: { up: boolean }, handle: () => R | undefined, onReply: (r: R) => void, onTimeout: () => void): void {
    const { world, hazards } = this
    const epoch = this.#epoch
    let open = true
    const once = (work: () => void) => {
      if (!open || epoch !== this.#epoch) return
      open = false
      work()
    }
    world.after(2_000, () => once(onTimeout))
    const arrive = () => {
      if (!to.up) return
      const reply = handle()
      // a handler that died has told nobody
      if (reply === undefined || !to.up || world.chance(hazards.drop)) return
      world.after(world.between(1, 400), () => once(() => onReply(reply)))
    }
    if (!world.chance(hazards.drop)) world.after(world.between(1, 400), arrive)
    if (world.chance(hazards.duplicate)) world.after(world.between(1, 30_000), arrive)
  }

  #record(id: string, state: S, effects: readonly F[]): void {
    this.journal.set(id, state)
    if (this.world.chance(this.hazards.crash)) {
      this.crash(this.world.chance(0.1) ? this.world.between(10_000, 120_000) : this.world.between(1, 3_000))
      return
    }
    for (const effect of effects) this.#carryOut(id, state, effect)
  }

  #carryOut(id: string, state: S, effect: F): void {
    const epoch = this.#epoch
    const { world } = this
    const isAlive = () => epoch === this.#epoch && this.up
    const reply = (outcome: Unstamped<E> | undefined) => {
      if (outcome !== undefined && isAlive()) this.dispatch(id, outcome)
    }
    world.after(world.between(0, 50), () => {
      if (!isAlive()) return
      const isLost = world.chance(this.hazards.fail)
      if (isLost && world.chance(0.5)) return reply(this.failed(effect))
      try {
        // half of the failures come after the deed
        this.perform(state, effect, outcome => {
          world.after(world.between(0, 300), () => reply(isLost ? this.failed(effect) : outcome))
        })
      } catch (error) {
        // a broken promise is no fault of the world
        if (error instanceof AssertionError) throw error
        reply(this.failed(effect))
      }
    })
  }

  #tick(): void {
    if (this.dead) return
    this.world.after(this.world.between(400, 1_200), () => this.#tick())
    if (!this.up) return
    this.#readChain()
    const { nowSec } = this.world
    for (const [id] of this.live) this.dispatch(id, { type: 'tick', nowSec } as unknown as Unstamped<E>)
  }

  /** At least once, in order, some time after the block: the cursor moves when the event has been dealt with. */
  #readChain(): void {
    const lagMs = this.world.between(0, 3_000)
    for (; this.#cursor < this.escrow.log.length; this.#cursor++) {
      const event = this.escrow.log[this.#cursor]
      if (event === undefined || event.atMs + lagMs > this.world.nowMs) return
      this.onChain(event)
      if (!this.up) return
    }
    if (this.#cursor > 0 && this.world.chance(0.05)) this.#cursor--
  }
}
