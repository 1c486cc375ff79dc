import { AssertionError } from 'node:assert/strict'
import type { Address } from '../../../protocols/common/values.ts'
import type { Step } from '../../../protocols/deal/machine.ts'
import type { Ground } from './ground.ts'
import type { ToyEscrow, ToyEvent } from './toy-escrow.ts'
import type { World } from './world.ts'

export type Unstamped<E> = E extends unknown ? Omit<E, 'atMs'> : never
export type MaybePromise<T> = T | Promise<T>

/** No answer in this time is none. */
const ANSWER_MS = 2_000

/** A request as the wire sees it, and what the other side makes of it; undefined when it died over it. */
export interface Question<R> {
  sizeBytes?: number
  handle(): MaybePromise<R | undefined>
  replyBytes?(reply: R): number
  /** @default 2,000 */
  timeoutMs?: number
  /** the answer may take virtual time: the other side waits for something */
  isPatient?: true
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
  readonly account: Address
  /** where messages reach it */
  readonly address: string
  readonly ground: Ground
  /** other actors of the same process: they share its crashes */
  readonly together: { crash(downMs: number): void; die(): void }[] = []
  readonly #live = new Set<string>()
  #epoch = 0
  #up = true
  #cursor = 0
  #isTicking = false

  constructor(ground: Ground, { account, address }: { account: Address; address: string }) {
    this.ground = ground
    this.account = account
    this.address = address
  }

  abstract step(state: S, event: E): Step<S, F>
  abstract isDone(state: S): boolean
  abstract perform(state: S, effect: F, reply: (outcome: Unstamped<E> | undefined) => void): void
  abstract failed(effect: F): Unstamped<E>
  abstract onChain(event: ToyEvent): void

  get world(): World {
    return this.ground.world
  }

  get escrow(): ToyEscrow {
    return this.ground.escrow
  }

  get up(): boolean {
    return this.#up && !this.dead
  }

  get live(): [string, S][] {
    return [...this.#live].map(id => [id, this.journal.get(id) as S])
  }

  begin(id: string, { state, effects }: Step<S, F>): void {
    this.#record(id, state, effects)
    if (this.#isTicking) return
    this.#isTicking = true
    this.world.after(this.#within('tickMs'), () => this.#tick())
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
  ask<R>(
    to: { up: boolean; address: string },
    question: Question<R>,
    onReply: (r: R) => void,
    onTimeout: () => void
  ): void {
    const { world, ground } = this
    const epoch = this.#epoch
    let open = true
    const once = (work: () => void) => {
      if (!open || epoch !== this.#epoch) return
      open = false
      work()
    }
    world.after(question.timeoutMs ?? ANSWER_MS, () => once(onTimeout))
    const answer = (reply: R | undefined) => {
      // a handler that died has told nobody
      if (reply === undefined || !to.up) return
      const delayMs = ground.wire.carry(to.address, this.address, question.replyBytes?.(reply) ?? 0)
      if (delayMs !== undefined) world.after(delayMs, () => once(() => onReply(reply)))
    }
    const arrive = () => {
      if (!to.up) return
      const reply = question.handle()
      if (question.isPatient !== true || !(reply instanceof Promise)) return whenDone(world, reply, answer)
      reply.then(answer).catch((error: unknown) => world.hold(Promise.reject(error)))
      world.settle()
    }
    const delayMs = ground.wire.carry(this.address, to.address, question.sizeBytes ?? 0)
    if (delayMs !== undefined) world.after(delayMs, arrive)
    if (world.chance(ground.hazards.duplicate)) world.after(world.between(1, 30_000), arrive)
  }

  #record(id: string, state: S, effects: readonly F[]): void {
    this.journal.set(id, state)
    if (this.isDone(state)) this.#live.delete(id)
    else this.#live.add(id)
    this.ground.onRecord?.(this.address, id, state)
    if (this.world.chance(this.ground.hazards.crash)) {
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
    world.after(this.#within('effectMs'), () => {
      if (!isAlive()) return
      const isLost = world.chance(this.ground.hazards.fail)
      if (isLost && world.chance(0.5)) return reply(this.failed(effect))
      try {
        // half of the failures come after the deed
        this.perform(state, effect, outcome => {
          world.after(this.#within('outcomeMs'), () => reply(isLost ? this.failed(effect) : outcome))
        })
      } catch (error) {
        // a broken promise is no fault of the world
        if (error instanceof AssertionError) throw error
        reply(this.failed(effect))
      }
    })
  }

  /** Only while something is under way: thousands of idle sides cost nothing. */
  #tick(): void {
    if (this.dead || this.#live.size === 0) {
      this.#isTicking = false
      return
    }
    this.world.after(this.#within('tickMs'), () => this.#tick())
    if (!this.up) return
    this.#readChain()
    const { nowSec } = this.world
    for (const [id] of this.live) this.dispatch(id, { type: 'tick', nowSec } as unknown as Unstamped<E>)
  }

  /** At least once, in order, some time after the block: the cursor moves when the event has been dealt with. */
  #readChain(): void {
    const lagMs = this.world.between(0, this.ground.pace.chainLagMs)
    const log = this.escrow.logOf(this.account)
    for (; this.#cursor < log.length; this.#cursor++) {
      const event = log[this.#cursor]
      if (event === undefined || event.atMs + lagMs > this.world.nowMs) return
      this.onChain(event)
      if (!this.up) return
    }
    if (this.#cursor > 0 && this.world.chance(0.05)) this.#cursor--
  }

  #within(what: 'effectMs' | 'outcomeMs' | 'tickMs'): number {
    return this.world.between(...this.ground.pace[what])
  }
}

/** Goes on at once with a value, and with a promise's before any time has passed. */
export function whenDone<T>(world: World, value: MaybePromise<T>, then: (value: T) => void): void {
  if (value instanceof Promise) world.hold(value.then(then))
  else then(value)
}
