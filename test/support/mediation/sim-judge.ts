import assert from 'node:assert/strict'
import { DealStateError } from '../../../node/settlement/errors.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import { accountOf } from '../../../protocols/mediation/accounts.ts'
import { errandOf, rankOf } from '../../../protocols/mediation/errand.ts'
import { glanceOf } from '../../../protocols/mediation/glance.ts'
import { beginMediator, sealed, stepMediator } from '../../../protocols/mediation/mediator-machine.ts'
import {
  JUDGING,
  MEDIATOR_DONE,
  type MediatorEffect,
  type MediatorEvent,
  type MediatorState
} from '../../../protocols/mediation/mediator-types.ts'
import { TIMEOUT_DIGEST as TIMEOUT } from '../../../protocols/mediation/verdict.ts'
import type { World } from '../deal/world.ts'
import type { ToyCourt } from './toy-court.ts'
import { Refused } from './toy-seats.ts'

type Unstamped<E> = E extends unknown ? Omit<E, 'atMs'> : never
type Outcome = Unstamped<MediatorEvent> | undefined

export interface JudgeHazards {
  /** of dying between the journal and the effects, at each step */
  crash: number
  /** of an effect failing, before or after it took place */
  fail: number
  /** of a run that the engine fails */
  engine: number
}

/** What a job comes to on an honest machine, and how long that takes there. */
export interface SimJob {
  digest: Hex
  timeoutMs: number
  /** as long as the provider's side says; a judge may be slower */
  wallMs: number
  /** unix ms at which its inputs can be had; Infinity: never */
  inputsAtMs: number
  valid: boolean
}

const JUDGEMENTS = 2
const LONG_MS = 100_000

/**
 * A mediator's node: a journal that survives, the production machine, effects that are lost when the process dies. The
 * interpreter mirrors node/roles/mediator and node/roles/court-clerk.
 */
export class SimJudge {
  readonly account: Address
  readonly journal = new Map<Hex, MediatorState>()
  /** every vote that reached the court, by deal */
  readonly votes = new Map<Hex, Hex>()
  /** when it was down, unix ms */
  readonly outages: [fromMs: number, toMs: number][] = []
  readonly #world: World
  readonly #court: ToyCourt
  readonly #hazards: JudgeHazards
  readonly #jobs: ReadonlyMap<Hex, SimJob>
  readonly #speed: number
  #epoch = 0
  #up = true
  #cursor = 0
  /** runs under way in this process */
  readonly #running = new Map<Hex, number>()

  constructor(world: World, court: ToyCourt, jobs: ReadonlyMap<Hex, SimJob>, account: Address, hazards: JudgeHazards) {
    this.#world = world
    this.#court = court
    this.#jobs = jobs
    this.account = account
    this.#hazards = hazards
    this.#speed = world.pick([0.5, 1, 1, 2, 3.5])
    world.after(world.between(0, 1_000), () => this.#tick())
  }

  get live(): [Hex, MediatorState][] {
    return [...this.journal].filter(([, state]) => !isDone(state))
  }

  dispatch(id: Hex, event: Exclude<Outcome, undefined>): void {
    const state = this.journal.get(id)
    if (!this.#up || state === undefined || isDone(state)) return
    const step = stepMediator(state, { ...event, atMs: this.#world.nowMs } as MediatorEvent)
    if (step.state === state && step.effects.length === 0) return
    this.#record(id, step.state, step.effects)
  }

  #record(id: Hex, state: MediatorState, effects: readonly MediatorEffect[]): void {
    const before = this.journal.get(id)?.vote
    if (before !== undefined) assert.deepEqual(state.vote, before, 'a vote was changed')
    this.journal.set(id, state)
    if (this.#world.chance(this.#hazards.crash)) this.crash()
    else for (const effect of effects) this.#carryOut(id, state, effect)
  }

  crash(): void {
    const { nowMs } = this.#world
    const downMs = this.#world.chance(0.1) ? this.#world.between(10_000, LONG_MS) : this.#world.between(1, 3_000)
    this.outages.push([nowMs, nowMs + downMs])
    this.#up = false
    this.#epoch++
    this.#running.clear()
    this.#world.after(downMs, () => {
      this.#up = true
      for (const [id] of this.live) this.dispatch(id, { type: 'restarted' })
    })
  }

  #carryOut(id: Hex, state: MediatorState, effect: MediatorEffect): void {
    const epoch = this.#epoch
    const isAlive = () => epoch === this.#epoch && this.#up
    const world = this.#world
    const reply = (outcome: Outcome) => {
      if (outcome !== undefined && isAlive()) this.dispatch(id, outcome)
    }
    const failed = (name?: string): Outcome => ({
      type: 'effectFailed',
      effect: effect.type,
      reason: 'it failed',
      ...(name === undefined ? {} : { name })
    })
    world.after(world.between(0, 50), () => {
      if (!isAlive()) return
      const isLost = world.chance(this.#hazards.fail)
      if (isLost && world.chance(0.5)) return reply(failed())
      try {
        const [afterMs, outcome] = this.#perform(id, state, effect, failed)
        // half of the failures come after the deed
        world.after(afterMs + world.between(0, 300), () => {
          if (effect.type === 'run' && isAlive()) this.#running.delete(id)
          reply(isLost ? failed() : outcome())
        })
      } catch (error) {
        if (!(error instanceof Refused) && !(error instanceof DealStateError)) throw error
        const isTooLate = effect.type === 'decline' && ['TooLate', 'NothingToDraw'].includes(error.name)
        reply(isTooLate ? { type: 'cannotDecline', reason: error.name } : failed())
      }
    })
  }

  /** What it does now, and after how long it says what. */
  #perform(
    id: Hex,
    state: MediatorState,
    effect: MediatorEffect,
    failed: (name?: string) => Outcome
  ): [afterMs: number, outcome: () => Outcome] {
    const court = this.#court
    const job = this.#jobs.get(id) as SimJob
    const sent = (type: 'commit' | 'reveal' | 'decline' | 'abandon' | 'cleanUp'): [number, () => Outcome] => [
      0,
      () => ({ type: 'sent', effect: type })
    ]
    switch (effect.type) {
      case 'read': {
        const challenge = court.challengeOf(id)
        return [0, () => (challenge === undefined ? failed() : { type: 'read', ...challenge })]
      }
      case 'prepare':
        if (job.inputsAtMs > this.#world.nowMs) return [5_000, () => failed('ContentUnavailableError')]
        if (!job.valid) return [500, () => ({ type: 'invalid', reason: 'it does not follow' })]
        return [2_000, () => ({ type: 'prepared', timeoutMs: job.timeoutMs })]
      case 'run':
        return this.#run(id, job, failed)
      case 'abandon':
        this.#running.delete(id)
        return sent('abandon')
      case 'commit':
        this.#commit(id, state)
        return sent('commit')
      case 'reveal': {
        const { vote, salt, member } = state
        assert.ok(vote !== undefined)
        if (court.dispute(id)?.members[member]?.standing !== 'revealed') {
          court.reveal(this.account, id, member, { digest: vote.digest, orTimeout: vote.orTimeout, salt })
        }
        return sent('reveal')
      }
      case 'decline':
        if (state.deal !== undefined && court.dispute(id)?.members[state.member]?.standing !== 'declined') {
          court.decline(this.account, state.deal, state.member)
        }
        return sent('decline')
      case 'account':
        return [0, () => this.#account(id, state) ?? failed()]
      case 'cleanUp':
        return sent('cleanUp')
    }
  }

  #run(id: Hex, job: SimJob, failed: () => Outcome): [number, () => Outcome] {
    assert.ok(!this.#running.has(id), 'a job was run twice at the same time')
    assert.ok(this.#running.size < JUDGEMENTS, 'more jobs than places')
    const startedMs = this.#world.nowMs
    this.#running.set(id, startedMs)
    const wallMs = Math.min(job.wallMs * this.#speed, 4 * job.timeoutMs)
    if (this.#world.chance(this.#hazards.engine)) return [wallMs / 2, failed]
    const isOver = job.wallMs * this.#speed > 4 * job.timeoutMs
    const digest = isOver ? TIMEOUT : job.digest
    return [wallMs, () => ({ type: 'ran', digest, outcome: isOver ? 'timeout' : 'exited', wallMs })]
  }

  #commit(id: Hex, state: MediatorState): void {
    assert.ok(state.vote !== undefined)
    const short = sealed(state, state.vote)
    const known = this.#court.dispute(id)?.members[state.member]
    if (known?.standing === 'committed') return
    this.#court.commit(this.account, id, state.member, short)
    assert.equal(this.votes.get(id) ?? short, short, 'two different votes of one seat')
    this.votes.set(id, short)
  }

  #account(id: Hex, state: MediatorState): Outcome {
    const account = accountOf(
      this.#court.events.filter(e => e.deal === id),
      state
    )
    return account === undefined ? undefined : { type: 'ended', ...account }
  }

  #tick(): void {
    this.#world.after(this.#world.between(600, 1_500), () => this.#tick())
    if (!this.#up) return
    this.#readEvents()
    const { nowSec } = this.#world
    const { revealWindowSec } = this.#court.settings
    for (const [id, state] of this.live) {
      const dispute = this.#court.dispute(id)
      const glance = dispute === undefined ? undefined : glanceOf(dispute, state, { nowSec, revealWindowSec })
      if (dispute === undefined || glance !== undefined) this.dispatch(id, { type: 'looked', glance })
      this.dispatch(id, { type: 'tick', nowSec })
      if (dispute !== undefined) this.#errand(id, state)
    }
    this.#admit()
  }

  #readEvents(): void {
    for (; this.#up && this.#cursor < this.#court.events.length; this.#cursor++) {
      const event = this.#court.events[this.#cursor]
      if (event?.kind !== 'drawn' || event.owner !== this.account) continue
      const { deal: dealId, round, member, seat } = event
      if (this.journal.has(dealId) || this.#court.dispute(dealId) === undefined) continue
      const drawn = { type: 'drawn', dealId, round, member, seat, salt: this.#salt() } as const
      const { state, effects } = beginMediator({ ...drawn, atMs: this.#world.nowMs })
      this.#record(dealId, state, effects)
    }
  }

  #admit(): void {
    const judging = this.live.filter(([, s]) => JUDGING.includes(s.phase)).map(([id]) => id)
    const busy = new Set([...judging, ...this.#running.keys()])
    const waiting = this.live.filter(([, s]) => s.phase === 'waiting')
    for (const [id] of waiting.slice(0, Math.max(0, JUDGEMENTS - busy.size))) this.dispatch(id, { type: 'admitted' })
  }

  /** As the clerk: by rank, one after the other. */
  #errand(id: Hex, { deal, result }: MediatorState): void {
    const dispute = this.#court.dispute(id)
    if (dispute === undefined || deal === undefined || result === undefined) return
    const { nowSec } = this.#world
    const { revealWindowSec } = this.#court.settings
    const errand = errandOf(dispute, { nowSec, revealWindowSec }, false)
    if (errand === undefined || errand === 'revealCommitment') return
    if (this.#world.between(0, rankOf(dispute, 'member', this.account)) > 2) return
    try {
      if (errand === 'rearm') this.#court.rearm(id)
      else if (errand === 'finish') this.#court.finish(deal, result)
      else this.#court[errand](deal)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }

  #salt(): Hex {
    const half = () =>
      this.#world
        .between(0, 2 ** 31 - 1)
        .toString(16)
        .padStart(8, '0')
    return `0x${Array.from({ length: 8 }, half).join('')}`
  }
}

const isDone = (state: MediatorState): boolean => MEDIATOR_DONE.includes(state.phase) && state.outbox.length === 0
