import assert from 'node:assert/strict'
import type { Hex } from '../../../protocols/common/values.ts'
import { beginCreator } from '../../../protocols/deal/creator-machine.ts'
import type { CreatorEffect, CreatorEvent, CreatorState, JobResult } from '../../../protocols/deal/creator-types.ts'
import type { Step } from '../../../protocols/deal/machine.ts'
import { beginGroup, isGroupOver, stepGroup, wordFor } from '../../../protocols/deal/replicas-machine.ts'
import type { GroupEffect, GroupEvent, GroupState, SeenResult } from '../../../protocols/deal/replicas-types.ts'
import { accountsOf, noteOf, stepReplica } from '../../../protocols/deal/siblings.ts'
import { isRepeatable } from '../../../protocols/job/derive.ts'
import { Actor, type Unstamped } from './actor.ts'
import { CREATOR, toyGroupJob, toyJob, toyResult, word } from './builders.ts'
import type { Ground } from './ground.ts'
import { type Caution, type CreatorKind, SimCreator } from './sim-creator.ts'
import type { ToyMarket } from './toy-market.ts'

export const HONEST: Hex = word(1)
const GROUP = 'group'

/** Machines of replicas, of one process with their group: what differs from a job that is alone mirrors node/roles/creator. */
export class SimReplicas extends SimCreator {
  readonly group: SimGroup
  /** whether those that forge do it alike */
  readonly collude: boolean

  readonly #market: ToyMarket

  constructor(
    ground: Ground,
    setup: { kind: CreatorKind; caution: Caution; collude: boolean; engine: string; n: number; min: number },
    market: ToyMarket
  ) {
    super(ground, { account: CREATOR, address: 'creator', ...setup }, market)
    this.#market = market
    this.collude = setup.collude
    this.group = new SimGroup(ground, this, setup)
    this.together.push(this.group)
    this.group.together.push(this)
  }

  override step(state: CreatorState, event: CreatorEvent): Step<CreatorState, CreatorEffect> {
    return stepReplica(state, event, new Set(this.#siblings(state).flatMap(accountsOf)))
  }

  override dispatch(id: string, event: Unstamped<CreatorEvent>): CreatorState | undefined {
    const before = this.journal.get(id)
    const after = super.dispatch(id, event)
    if (after !== before) this.tell(id)
    return after
  }

  override rank(state: CreatorState, freshNonce: boolean): ReturnType<SimCreator['rank']> {
    const ranked = super.rank(state, freshNonce)
    assert.ok(!(ranked instanceof Promise))
    const taken = new Set(this.#siblings(state).flatMap(accountsOf))
    const isEnough = this.#market.providers.length >= this.group.state.min
    const own = new Map(ranked.candidates.map(c => [c, this.world.random()]))
    const candidates = ranked.candidates
      .filter(c => isEnough && !taken.has(c.account))
      .sort((a, b) => (own.get(a) ?? 0) - (own.get(b) ?? 0))
    return { ...ranked, candidates }
  }

  override onSign(state: CreatorState): void {
    const { digest, cancelling } = this.group.state
    const seen = this.#seen(state)
    if (cancelling && digest === undefined) return
    // its provider did as it was told
    if ((cancelling || state.cancelling) && seen?.outcome === 'cancelled') return
    if (!isRepeatable(this.group.state.engine)) {
      assert.notEqual(this.group.state.phase, 'comparing', 'a container was paid before it was compared')
      return
    }
    assert.ok(digest !== undefined, 'a result was accepted before the replicas agreed')
    assert.equal(digest, seen?.digest, 'a result was accepted that is not the one they agreed on')
  }

  #seen({ result, attempt }: CreatorState): SeenResult | undefined {
    if (result === undefined || attempt === undefined) return undefined
    const { kind, account } = this.providerOf(attempt)
    const { outcome } = result
    const forged = word(this.collude ? 0xf0 : 0xf00 + Number(account))
    const digest = outcome === 'cancelled' ? word(0xca) : kind === 'forger' ? forged : HONEST
    return { digest, outcome, wallMs: 1, isFree: false }
  }

  tell(id: string): void {
    const state = this.journal.get(id)
    if (state === undefined || !this.up) return
    this.group.dispatch(GROUP, { type: 'moved', replica: Number(id), note: noteOf(state, this.#seen(state)) })
  }

  override onRestart(): void {
    for (const id of this.journal.keys()) this.tell(id)
  }

  beginReplica(id: string): void {
    if (this.journal.has(id)) return
    const check = { by: 'siblings' as const, min: this.group.state.min }
    const job = toyJob({ jobId: id, jobOffer: this.#market.freshOffer(), check })
    this.begin(id, beginCreator({ type: 'submitted', atMs: this.world.nowMs, job }))
  }

  #siblings({ jobId }: CreatorState): CreatorState[] {
    return [...this.journal.values()].filter(other => other.jobId !== jobId)
  }
}

/** The group of one job, with effects that mirror node/roles/creator/replica-groups. */
export class SimGroup extends Actor<GroupState, GroupEvent, GroupEffect> {
  readonly #replicas: SimReplicas
  readonly #size: { engine: string; n: number; min: number }

  constructor(ground: Ground, replicas: SimReplicas, size: { engine: string; n: number; min: number }) {
    super(ground, { account: CREATOR, address: 'creator' })
    this.#replicas = replicas
    this.#size = size
  }

  submit(): void {
    const { engine, n, min } = this.#size
    const job = toyGroupJob({ engine, n, min })
    this.begin(GROUP, beginGroup({ type: 'submitted', atMs: this.world.nowMs, job }))
  }

  get state(): GroupState {
    return this.journal.get(GROUP) as GroupState
  }

  cancel(): void {
    this.dispatch(GROUP, { type: 'cancelRequested' })
  }

  step = stepGroup
  isDone = isGroupOver
  failed = (effect: GroupEffect): Unstamped<GroupEvent> => ({
    type: 'effectFailed',
    effect: effect.type,
    reason: 'it failed'
  })
  onChain(): void {}

  override onRestart(): void {
    this.#replicas.onRestart()
  }

  perform(state: GroupState, effect: GroupEffect, reply: (outcome: Unstamped<GroupEvent> | undefined) => void): void {
    if (effect.type === 'begin') reply(this.#begin())
    else if (effect.type === 'place') reply({ type: 'placed', result: this.#resultOf(state) })
    else reply(this.#direct())
  }

  #begin(): Unstamped<GroupEvent> {
    const count = this.state.replicas.length
    for (let i = 0; i < count && this.up; i++) this.#replicas.beginReplica(String(i))
    return { type: 'begun', count }
  }

  #direct(): Unstamped<GroupEvent> {
    for (let i = 0; i < this.state.replicas.length && this.up; i++) {
      const said = wordFor(this.state, i)
      if (said === 'accept') this.#replicas.dispatch(String(i), { type: 'acceptRequested' })
      if (said === 'reject') this.#replicas.dispatch(String(i), { type: 'rejectRequested', reason: 'it differs' })
      if (said === 'stop') this.#replicas.dispatch(String(i), { type: 'cancelRequested' })
    }
    return { type: 'directed' }
  }

  #resultOf({ leader }: GroupState): JobResult {
    const found = this.#replicas.journal.get(String(leader))
    assert.ok(found?.result !== undefined, 'the leader has no result')
    return toyResult()
  }
}
