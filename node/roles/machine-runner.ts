import { InternalError, messageOf, UserError } from '../../protocols/common/errors.ts'
import type { Step } from '../../protocols/deal/machine.ts'
import type { Journal, MachineRecord, WriteOptions } from '../journal/journal.ts'

export interface MachineRunnerInit<S, E extends { type: string; atMs: number }, F extends { type: string }> {
  kind: string
  begin(event: E): Step<S, F>
  step(state: S, event: E): Step<S, F>
  /** carries out one effect; what it resolves to is dispatched, what it throws becomes `effectFailed` */
  perform(id: string, state: S, effect: F): Promise<Event<E> | undefined>
  isDone(state: S): boolean
  /**
   * Effects that nobody else can see, that learn nothing from others that cannot be asked for again, and that may be repeated:
   * a step from one of these to nothing but these need not wait for the disk. A power cut then takes the machine back to before
   * it, where it does the same again. @default none
   */
  private?: ReadonlySet<F['type']>
  /** called after every journaled change */
  onChange(id: string, state: S, event: E): void
  onError(id: string, effect: F, error: unknown): void
}

/** An event before the runner stamps it with the time. */
export type Event<E extends { atMs: number }> = E extends unknown ? Omit<E, 'atMs'> : never

/**
 * The edge around a pure state machine: journal the event and the state it led to, then carry out the effects and feed
 * their outcomes back. `dispatch` is synchronous up to the disk, so events of one machine never interleave. What comes from
 * outside is on disk when the call returns, because an answer may follow; so is the outcome of an effect, unless it and all that
 * follows from it are private.
 */
export class MachineRunner<S, E extends { type: string; atMs: number }, F extends { type: string }> {
  readonly #init: MachineRunnerInit<S, E, F>
  readonly #journal: Journal
  readonly #nowMs: () => number
  readonly #live = new Map<string, MachineRecord<S>>()
  readonly #running = new Set<Promise<void>>()
  /** machines whose last outcome could not be written: what they have under way is uncertain, as after a crash */
  readonly #unsure = new Set<string>()
  #stopped = true

  constructor(init: MachineRunnerInit<S, E, F>, journal: Journal, nowMs: () => number) {
    this.#init = init
    this.#journal = journal
    this.#nowMs = nowMs
  }

  /** Loads what was live and carries out again what it still owed. */
  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    for (const record of this.#unfinished()) this.#live.set(record.id, record)
    for (const id of [...this.#live.keys()]) this.dispatch(id, { type: 'restarted' } as unknown as Event<E>)
  }

  /** No effect starts any more; resolves when those under way have ended. Their outcomes are dropped: a restart redoes them. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.allSettled([...this.#running])
    this.#live.clear()
    this.#unsure.clear()
  }

  /** Starts a machine. The first event is on disk when this returns. */
  begin(id: string, event: Event<E>): S {
    if (this.get(id) !== undefined) throw new InternalError(`${this.#init.kind} ${id} exists`)
    const stamped = this.#stamp(event)
    return this.#record(id, stamped, this.#init.begin(stamped), 0)
  }

  /** Applies an event; unknown machines and events after the end change nothing. It is on disk when this returns. */
  dispatch(id: string, event: Event<E>): S | undefined {
    return this.#dispatch(id, event, () => false)
  }

  #dispatch(id: string, event: Event<E>, isLazy: (effects: readonly F[]) => boolean): S | undefined {
    if (this.#unsure.has(id)) this.#recover(id)
    const record = this.#live.get(id)
    if (record === undefined || this.#stopped) return record?.state
    const stamped = this.#stamp(event)
    const step = this.#init.step(record.state, stamped)
    if (step.state === record.state && step.effects.length === 0) return record.state
    return this.#record(id, stamped, step, record.version, { lazy: isLazy(step.effects) })
  }

  get(id: string): S | undefined {
    return this.#live.get(id)?.state ?? this.#journal.get<S>(this.#init.kind, id)?.state
  }

  /** Machines that have not ended. */
  live(): [id: string, state: S][] {
    return [...this.#live].map(([id, record]) => [id, record.state])
  }

  list(options: { limit?: number; before?: number } = {}): MachineRecord<S>[] {
    return this.#journal.list<S>(this.#init.kind, options)
  }

  /** Newest first, as the journal lists them: the oldest begins again first. */
  #unfinished(): MachineRecord<S>[] {
    const all: MachineRecord<S>[] = []
    for (let before: number | undefined; ; before = all.at(-1)?.seq) {
      const page = this.#journal.list<S>(this.#init.kind, {
        done: false,
        ...(before === undefined ? {} : { before })
      })
      if (page.length === 0) return all.reverse()
      all.push(...page)
    }
  }

  /** The journal can be written again: everything owed is carried out anew. */
  #recover(id: string): void {
    this.#unsure.delete(id)
    try {
      this.dispatch(id, { type: 'restarted' } as unknown as Event<E>)
    } catch (error) {
      this.#unsure.add(id)
      throw error
    }
  }

  #stamp(event: Event<E>): E {
    return { ...event, atMs: this.#nowMs() } as unknown as E
  }

  #record(id: string, event: E, step: Step<S, F>, version: number, options: WriteOptions = {}): S {
    const { kind } = this.#init
    const done = this.#init.isDone(step.state)
    const entry = { kind, id, at: event.atMs, event, state: step.state, expectedVersion: version, done }
    this.#journal.append(entry, options)
    const record = done ? undefined : this.#journal.get<S>(kind, id)
    if (record === undefined) this.#live.delete(id)
    else this.#live.set(id, { ...record, state: step.state })
    this.#init.onChange(id, step.state, event)
    for (const effect of step.effects) this.#carryOut(id, step.state, effect)
    return step.state
  }

  #carryOut(id: string, state: S, effect: F): void {
    const isPrivate = ({ type }: F): boolean => this.#init.private?.has(type) ?? false
    const isLazy = (next: readonly F[]): boolean => isPrivate(effect) && next.every(isPrivate)
    const work = (async () => {
      try {
        const event = await this.#init.perform(id, state, effect)
        if (event !== undefined) this.#dispatch(id, event, isLazy)
      } catch (error) {
        this.#fail(id, effect, error)
      }
    })()
    this.#running.add(work)
    void work.finally(() => this.#running.delete(work))
  }

  #fail(id: string, effect: F, error: unknown): void {
    if (this.#stopped) return
    this.#init.onError(id, effect, error)
    try {
      const name = error instanceof UserError ? { name: error.name } : {}
      const failed = { type: 'effectFailed', effect: effect.type, reason: messageOf(error), ...name }
      this.dispatch(id, failed as unknown as Event<E>)
    } catch (failure) {
      // a full disk must not end the process: the effect is done again once something can be written
      this.#unsure.add(id)
      this.#init.onError(id, effect, failure)
    }
  }
}
