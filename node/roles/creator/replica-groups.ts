import { CID } from 'multiformats/cid'
import { UserError } from '../../../protocols/common/errors.ts'
import { type Address, toHex } from '../../../protocols/common/values.ts'
import type { CreatorEvent, CreatorState } from '../../../protocols/deal/creator-types.ts'
import { beginGroup, isGroupOver, outvoted, stepGroup, wordFor } from '../../../protocols/deal/replicas-machine.ts'
import type {
  GroupEffect,
  GroupEvent,
  GroupJob,
  GroupState,
  SeenResult
} from '../../../protocols/deal/replicas-types.ts'
import { accountsOf, noteOf, promisedBy, stepReplica } from '../../../protocols/deal/siblings.ts'
import { encodeFact } from '../../../protocols/offers/fact.ts'
import type { MachineRecord } from '../../journal/journal.ts'
import { carryOut, type EffectTable } from '../effects.ts'
import { type Event, MachineRunner } from '../machine-runner.ts'
import { manifestOf } from './check-delivery.ts'
import { JobMachines, type JobMachinesComponents } from './job-machines.ts'
import { dropResult, placeResult, replicaId, replicaOf } from './replica-folders.ts'

export const GROUP_KIND = 'creator-group'
export const REPLICA_KIND = 'creator-replica'

const REJECTED = 'the other replicas of this job came to another result'
const UNDECIDED = 'the replicas of this job did not come to one result'

/** Jobs that run at several providers: one machine compares, one machine for each replica sees its deal through. */
export class ReplicaGroups {
  readonly #c: JobMachinesComponents
  readonly #onChange: (state: GroupState) => void
  /** replicas whose last change their group does not know */
  readonly #untold = new Set<string>()
  readonly #groups: MachineRunner<GroupState, GroupEvent, GroupEffect>
  /** machines of the replicas: chain, messages and clock are theirs */
  readonly replicas: JobMachines

  constructor(components: Omit<JobMachinesComponents, 'siblings'>, onChange: (state: GroupState) => void) {
    const siblings: JobMachinesComponents['siblings'] = state => {
      const others = this.#siblings(state.jobId)
      const promised = others.reduce((sum, other) => sum + promisedBy(other), 0n)
      return { taken: new Set(others.flatMap(accountsOf)), promised }
    }
    const c = { ...components, siblings }
    this.#c = c
    this.#onChange = onChange
    this.replicas = new JobMachines(
      {
        kind: REPLICA_KIND,
        step: (state, event) => stepReplica(state, event, this.#takenFor(state, event)),
        onChange: state => this.#moved(state)
      },
      c
    )
    this.#groups = new MachineRunner(
      {
        kind: GROUP_KIND,
        begin: event => beginGroup(event as Extract<GroupEvent, { type: 'submitted' }>),
        step: stepGroup,
        perform: (_id, state, effect) => carryOut(GROUP_EFFECTS, this, state, effect, {}),
        isDone: isGroupOver,
        onChange: (_id, state) => onChange(state),
        onError: (job, effect, error) => c.log.debug({ job, effect: effect.type, error }, 'job step failed')
      },
      c.journal,
      () => c.clock.nowMs()
    )
  }

  /** A replica and its group are two entries of the journal: what a crash left between them is made up for here. */
  start(): void {
    this.#groups.start()
    this.replicas.start()
    for (const [id] of this.#groups.live()) for (const state of this.of(id)) this.#moved(state)
  }

  async stop(): Promise<void> {
    await this.replicas.stop()
    await this.#groups.stop()
  }

  begin(job: GroupJob): GroupState {
    return this.#groups.begin(job.jobId, { type: 'submitted', job })
  }

  get(jobId: string): GroupState | undefined {
    return this.#groups.get(jobId)
  }

  /** The machines of a job's replicas, by number. */
  of(jobId: string): CreatorState[] {
    const count = this.get(jobId)?.replicas.length ?? 0
    return Array.from({ length: count }, (_unused, i) => this.replicas.get(replicaId(jobId, i)) ?? []).flat()
  }

  list(options: { limit?: number; before?: number } = {}): MachineRecord<GroupState>[] {
    return this.#groups.list(options)
  }

  cancel(jobId: string): void {
    this.#groups.dispatch(jobId, { type: 'cancelRequested' })
  }

  tick(nowSec: number): void {
    for (const id of this.#untold.keys()) this.#tell(id)
    for (const [id] of this.#groups.live()) this.#groups.dispatch(id, { type: 'tick', nowSec })
    this.replicas.tick(nowSec)
  }

  get busy(): boolean {
    return this.#groups.live().length > 0 || this.replicas.busy
  }

  /** Makes the machines that a group has and that are not there yet. */
  async beginReplicas({ jobId }: GroupState): Promise<Event<GroupEvent>> {
    const { ranker, clock } = this.#c
    const count = this.get(jobId)?.replicas.length ?? 0
    for (let i = 0; i < count; i++) {
      const state = this.get(jobId)
      if (state === undefined || this.replicas.get(replicaId(jobId, i)) !== undefined) continue
      const { offer, n, nonce, sealKey } = state
      const body = { ...offer, spec: CID.parse(state.spec), policy: 'replicas' as const, replicas: n }
      const fact = await ranker.jobOffer(body, i === 0 ? nonce : undefined)
      // another call may have been faster
      if (this.replicas.get(replicaId(jobId, i)) !== undefined) continue
      this.replicas.begin({
        jobId: replicaId(jobId, i),
        engine: state.engine,
        spec: state.spec,
        specBytes: state.specBytes,
        jobOffer: encodeFact(fact),
        bid: offer.bid,
        tip: offer.tip,
        timeoutMs: offer.timeoutMs,
        createdAtMs: clock.nowMs(),
        check: { by: 'siblings', min: state.min },
        ...(sealKey === undefined ? {} : { sealKey }),
        inputBytes: state.inputBytes,
        matchWindowMs: state.matchWindowMs,
        roundMs: state.roundMs
      })
    }
    return { type: 'begun', count }
  }

  /** Gives every replica its word. */
  async direct({ jobId }: GroupState): Promise<Event<GroupEvent>> {
    // the change that made this due is still being told to others
    await Promise.resolve()
    const count = this.get(jobId)?.replicas.length ?? 0
    for (let i = 0; i < count; i++) {
      const state = this.get(jobId)
      if (state === undefined) break
      const word = wordFor(state, i)
      if (word === 'wait') continue
      // what is the same is there only once: before it is paid, since from then on its folder is listed
      const isCopy = i !== state.leader && state.digest !== undefined && state.replicas[i]?.digest === state.digest
      if (word === 'accept' && isCopy) await this.#drop(replicaId(jobId, i))
      // it may have gone on meanwhile
      if (wordFor(this.get(jobId) ?? state, i) === word)
        this.replicas.dispatch(replicaId(jobId, i), EVENT_OF[word](state))
    }
    this.#passOver(jobId)
    return { type: 'directed' }
  }

  /** What cannot be removed must not keep anybody from being paid. */
  async #drop(id: string): Promise<void> {
    const { jobsDir, log } = this.#c
    await dropResult(jobsDir, id).catch(error => log.warn({ job: id, error }, 'files that are there twice stay'))
  }

  /** Known to this process only: a restart forgets it. */
  #passOver(jobId: string): void {
    const state = this.get(jobId)
    for (const i of state === undefined ? [] : outvoted(state)) {
      const replica = this.replicas.get(replicaId(jobId, i))
      // the vote stays on record when its deal went another way: whoever came next has said nothing yet
      if (replica?.attempt === undefined || seenOf(replica)?.digest !== state?.replicas[i]?.digest) continue
      this.#c.ranker.passOver(replica.attempt.candidate.account, replica.attempt.dealId)
    }
  }

  /** @throws UserError when the leader's result is not the one that was agreed on any more: what is there now must not take its place */
  async place({ jobId, digest, leader = 0 }: GroupState): Promise<Event<GroupEvent>> {
    const state = this.replicas.get(replicaId(jobId, leader))
    const result = state?.result
    if (state === undefined || result === undefined || seenOf(state)?.digest !== digest) {
      throw new UserError('ResultMissingError', `replica ${leader} of ${jobId} has another result or none by now`)
    }
    return { type: 'placed', result: { ...result, ...(await placeResult(this.#c.jobsDir, jobId, leader)) } }
  }

  #siblings(id: string): CreatorState[] {
    const { jobId } = replicaOf(id)
    return this.of(jobId).filter(state => state.jobId !== id)
  }

  #takenFor(state: CreatorState, { type }: CreatorEvent): ReadonlySet<Address> {
    return type === 'proposalSigned' ? new Set(this.#siblings(state.jobId).flatMap(accountsOf)) : NONE
  }

  /** Tells a group how a replica of it stands. What cannot be written now must not hold up the replica: it is told later. */
  #moved(state: CreatorState): void {
    this.#untold.add(state.jobId)
    try {
      this.#tell(state.jobId)
    } catch (error) {
      this.#c.log.warn({ job: state.jobId, error }, 'a replica could not be compared yet')
    }
  }

  #tell(id: string): void {
    const state = this.replicas.get(id)
    if (state === undefined) return
    const { jobId, replica } = replicaOf(state.jobId)
    const before = this.get(jobId)
    const after = this.#groups.dispatch(jobId, { type: 'moved', replica, note: noteOf(state, seenOf(state)) })
    // of no interest to its siblings, but to whoever watches the job
    if (before !== undefined && before === after) this.#onChange(before)
    this.#untold.delete(id)
  }
}

function seenOf({ result, attempt }: CreatorState): SeenResult | undefined {
  const delivery = result === undefined ? undefined : attempt?.delivery
  if (delivery === undefined) return undefined
  const { digest, outcome, usage } = manifestOf(delivery)
  return { digest: toHex(digest), outcome, wallMs: usage.wallMs, isFree: delivery.result.charge === 0n }
}

const NONE: ReadonlySet<Address> = new Set()

const EVENT_OF: Record<'accept' | 'reject' | 'stop', (state: GroupState) => Event<CreatorEvent>> = {
  accept: () => ({ type: 'acceptRequested' }),
  reject: ({ phase }) => ({ type: 'rejectRequested', reason: phase === 'agreed' ? REJECTED : UNDECIDED }),
  stop: () => ({ type: 'cancelRequested' })
}

const GROUP_EFFECTS: EffectTable<ReplicaGroups, GroupState, GroupEvent, GroupEffect> = {
  begin: (groups, state) => groups.beginReplicas(state),
  direct: (groups, state) => groups.direct(state),
  place: (groups, state) => groups.place(state)
}
