import { randomBytes } from 'node:crypto'
import { messageOf } from '../../../protocols/common/errors.ts'
import { type Hex, toHex } from '../../../protocols/common/values.ts'
import { lookAgainMs } from '../../../protocols/mediation/errand.ts'
import { glanceOf } from '../../../protocols/mediation/glance.ts'
import { beginMediator, stepMediator } from '../../../protocols/mediation/mediator-machine.ts'
import {
  JUDGING,
  MEDIATOR_DONE,
  type MediatorEffect,
  type MediatorEvent,
  type MediatorState
} from '../../../protocols/mediation/mediator-types.ts'
import type { Clock, Log } from '../../components.ts'
import type { Journal, MachineRecord } from '../../journal/journal.ts'
import { pause } from '../../network/deadline.ts'
import type { Court, CourtEvent } from '../../settlement/court.ts'
import { carryOut } from '../effects.ts'
import { type Event, MachineRunner } from '../machine-runner.ts'
import { repeat } from '../repeat.ts'
import { MEDIATOR_EFFECTS, type MediatorEffectComponents } from './effects.ts'
import type { Shelf } from './shelf.ts'
import { type MediatorSummary, summarise } from './summary.ts'

export const MEDIATOR_KIND = 'mediation'
/** Of the court's events; the cursor is kept under this name. */
const CONSUMER = 'mediator'

export interface MediatorInit {
  /** jobs run at the same time */
  judgements: number
  /** how long running work may go on after `stop` was asked for */
  drainMs: number
  /** @default 1000 */
  tickMs?: number
}

export interface MediatorComponents extends Omit<MediatorEffectComponents, 'desk'> {
  journal: Journal
  clock: Clock
  log: Log
  /** keeps what was computed for a while after the end */
  shelf: Shelf
  /** a dispute has moved on: whoever watches it may look now */
  onMoved(deal: Hex): void
  onChange(state: MediatorState): void
}

const TICK_MS = 1_000
/** After the court could not be read, it is left alone this long. */
const PAUSE_MS = 1_000
/** For transactions of declined seats, at the end. */
const LAST_WORDS_MS = 10_000
const STOP_LOOK_MS = 25
/** Judgements read from the journal at once. */
const PAGE = 200

/** Sits in the court: one machine for each dispute that this account was drawn for. */
export class MediatorRole {
  readonly #init: MediatorInit
  readonly #c: MediatorComponents
  readonly #effects: MediatorEffectComponents
  readonly #runner: MachineRunner<MediatorState, MediatorEvent, MediatorEffect>
  /** unix ms of the next look at each dispute */
  readonly #lookAtMs = new Map<string, number>()
  #shutdown: AbortController | undefined
  #loops: Promise<unknown> = Promise.resolve()
  #draining = false

  constructor(init: MediatorInit, components: MediatorComponents) {
    this.#init = init
    this.#c = components
    this.#effects = { ...components, desk: { ready: new Map(), aborts: new Map() } }
    const { journal, clock, log } = components
    this.#runner = new MachineRunner(
      {
        kind: MEDIATOR_KIND,
        begin: event => beginMediator(event as Extract<MediatorEvent, { type: 'drawn' }>),
        step: stepMediator,
        perform: (_id, state, effect) => this.#perform(state, effect),
        isDone: state => MEDIATOR_DONE.includes(state.phase) && state.outbox.length === 0,
        onChange: (id, state, event) => this.#changed(id, state, event),
        onError: (deal, effect, error) =>
          log.warn({ deal, effect: effect.type, error: messageOf(error) }, 'judgement step failed')
      },
      journal,
      () => clock.nowMs()
    )
  }

  /** Start it after the settlement, the engines and the clerk of disputes. */
  start(): void {
    if (this.#shutdown !== undefined) return
    this.#draining = false
    this.#shutdown = new AbortController()
    const { signal } = this.#shutdown
    const { log, settlement } = this.#c
    this.#runner.start()
    if (settlement.court === undefined) {
      log.info({}, 'this network has no court: a mediator has nothing to judge')
      return
    }
    const onError = (error: unknown): void => log.warn({ error: messageOf(error) }, 'the court cannot be read now')
    this.#loops = Promise.all([
      repeat(signal, this.#init.tickMs ?? TICK_MS, () => this.tick(signal), onError),
      repeat(signal, PAUSE_MS, () => this.#listen(signal), onError)
    ])
  }

  /** Lets running judgements finish for a while, gives back what is left as far as the court allows it, and stops. */
  async stop(): Promise<void> {
    if (this.#shutdown === undefined) return
    this.#draining = true
    await this.#while(() => this.#judging().length > 0, this.#init.drainMs)
    for (const [id] of this.#runner.live()) this.#runner.dispatch(id, { type: 'drain' })
    const declines = ([, state]: [string, MediatorState]) =>
      state.phase === 'declining' && state.voteBySec !== undefined
    await this.#while(() => this.#runner.live().some(declines), LAST_WORDS_MS)
    this.#shutdown.abort()
    await this.#loops
    await this.#runner.stop()
    this.#effects.desk.ready.clear()
    this.#lookAtMs.clear()
    this.#shutdown = undefined
  }

  judgement(deal: Hex): MediatorState | undefined {
    return this.#runner.get(deal)
  }

  summary(): MediatorSummary {
    return summarise(this.#all())
  }

  /** newest first */
  judgements(limit: number): MachineRecord<MediatorState>[] {
    return this.#runner.list({ limit })
  }

  /** One pass over everything that is live: look, let time pass, admit. */
  async tick(signal: AbortSignal): Promise<void> {
    await this.#c.shelf.clear()
    const live = this.#runner.live()
    if (live.length === 0) return
    const { settlement, clock } = this.#c
    const nowSec = await settlement.now({ signal })
    const due = live.filter(([id]) => (this.#lookAtMs.get(id) ?? 0) <= clock.nowMs())
    await Promise.all(due.map(([id, state]) => this.#look(id, state, nowSec, signal)))
    for (const [id] of this.#runner.live()) this.#runner.dispatch(id, { type: 'tick', nowSec })
    this.#admit()
  }

  /** Something happened in the court. At least once: what was seen before changes nothing. */
  async onCourt(event: CourtEvent, signal?: AbortSignal): Promise<void> {
    const { settlement, onMoved } = this.#c
    this.#lookAtMs.delete(event.deal)
    if (event.kind === 'drawn' && event.owner === settlement.account) await this.#summon(event, signal)
    onMoved(event.deal)
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { court } = this.#c.settlement
    if (court === undefined) return
    for await (const event of court.events({ consumer: CONSUMER, signal })) await this.onCourt(event, signal)
  }

  /** A journal that was lost hears of every draw again: only a dispute that still lives is one to judge. */
  async #summon(event: CourtEvent & { kind: 'drawn' }, signal?: AbortSignal): Promise<void> {
    const { deal: dealId, round, member, seat } = event
    const known = this.#runner.get(dealId)
    if (known?.member === member && known.seat === seat && known.round === round) return
    const dispute = await this.#court().dispute(dealId, signal === undefined ? {} : { signal })
    if (dispute?.members[member]?.owner !== this.#c.settlement.account) return
    if (this.#runner.get(dealId) !== undefined) {
      this.#c.log.warn({ deal: dealId, seat, round }, 'the chain was reorganised: drawn for another place')
      this.#runner.dispatch(dealId, { type: 'redrawn', round, member, seat })
      return
    }
    const salt = toHex(new Uint8Array(randomBytes(32)))
    this.#c.log.info({ deal: dealId, seat, round }, 'drawn for a dispute')
    this.#runner.begin(dealId, { type: 'drawn', dealId, round, member, seat, salt })
  }

  async #look(id: string, state: MediatorState, nowSec: number, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#c
    // a failed look is repeated with the next tick
    try {
      const court = this.#court()
      const { revealWindowSec } = await court.settings({ signal })
      const dispute = await court.dispute(state.dealId, { signal })
      const context = { nowSec, revealWindowSec }
      const glance = dispute === undefined ? undefined : glanceOf(dispute, state, context)
      // drawn on a branch of the chain that is gone: the seat is not in this dispute
      if (dispute !== undefined && glance === undefined) return
      const waitMs = dispute === undefined ? PAUSE_MS : lookAgainMs(dispute, context)
      this.#lookAtMs.set(id, clock.nowMs() + waitMs)
      this.#runner.dispatch(id, { type: 'looked', glance })
      if (this.#draining) this.#runner.dispatch(id, { type: 'drain' })
    } catch (error) {
      if (!signal.aborted) log.debug({ deal: id, error: messageOf(error) }, 'dispute could not be read')
    }
  }

  /** Free places go to those whose vote window ends first; a window that has not begun ends last. */
  #admit(): void {
    if (this.#draining) return
    const waiting = this.#runner.live().filter(([, s]) => s.phase === 'waiting')
    const byEnd = (a: MediatorState, b: MediatorState) =>
      (a.voteBySec ?? Infinity) - (b.voteBySec ?? Infinity) || (a.dealId < b.dealId ? -1 : 1)
    // work that was abandoned takes its place until it has ended
    const busy = new Set([...this.#judging().map(([id]) => id), ...this.#effects.desk.aborts.keys()])
    const free = this.#init.judgements - busy.size
    for (const [id] of waiting.sort(([, a], [, b]) => byEnd(a, b)).slice(0, Math.max(0, free))) {
      this.#runner.dispatch(id, { type: 'admitted' })
    }
  }

  *#all(): Generator<MediatorState> {
    for (let before: number | undefined; ; ) {
      const page = this.#runner.list({ limit: PAGE, ...(before === undefined ? {} : { before }) })
      for (const { state } of page) yield state
      before = page.at(-1)?.seq
      if (page.length < PAGE) return
    }
  }

  #judging(): [string, MediatorState][] {
    return this.#runner.live().filter(([, state]) => JUDGING.includes(state.phase))
  }

  #perform(state: MediatorState, effect: MediatorEffect): Promise<Event<MediatorEvent> | undefined> {
    const signal = this.#shutdown?.signal
    return carryOut(MEDIATOR_EFFECTS, this.#effects, state, effect, signal === undefined ? {} : { signal })
  }

  #changed(id: string, state: MediatorState, event: MediatorEvent): void {
    const { log, onChange, shelf } = this.#c
    if (event.type === 'sent') this.#lookAtMs.delete(id)
    if (MEDIATOR_DONE.includes(state.phase) && event.type !== 'sent') {
      this.#lookAtMs.delete(id)
      shelf.keep(state.dealId)
      const { phase, reason, paid, lost } = state
      log.info({ deal: id, phase, reason, paid, lost }, 'judgement over')
    }
    onChange(state)
  }

  #court(): Court {
    const { court } = this.#c.settlement
    if (court === undefined) throw new TypeError('the settlement has not started')
    return court
  }

  async #while(isBusy: () => boolean, maxMs: number): Promise<void> {
    const deadline = this.#c.clock.nowMs() + maxMs
    const never = new AbortController().signal
    while (isBusy() && this.#c.clock.nowMs() < deadline) await pause(STOP_LOOK_MS, never)
  }
}
