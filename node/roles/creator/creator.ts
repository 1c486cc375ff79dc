import { CID } from 'multiformats/cid'
import { messageOf } from '../../../protocols/common/errors.ts'
import { type Hex, MAX_AMOUNT } from '../../../protocols/common/values.ts'
import { isDone, stepCreator } from '../../../protocols/deal/creator-machine.ts'
import { canDispute } from '../../../protocols/deal/creator-steps.ts'
import type { CreatorState, JobType, SweepMember } from '../../../protocols/deal/creator-types.ts'
import type { Reply, Request } from '../../../protocols/deal/messages.ts'
import { isGroupOver } from '../../../protocols/deal/replicas-machine.ts'
import type { GroupState } from '../../../protocols/deal/replicas-types.ts'
import { derive, engineOf, policyOf } from '../../../protocols/job/derive.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import type { LogChunk } from '../../../protocols/logs/chain.ts'
import type { JobInput } from '../../../protocols/matching/input.ts'
import { MODULE_LIMITS } from '../../../protocols/modules/limits.ts'
import { decodeFact, encodeFact, factDigest } from '../../../protocols/offers/fact.ts'
import type { JobOffer } from '../../../protocols/offers/schema.ts'
import type { AbortOptions } from '../../components.ts'
import type { LogQuery } from '../../http/api.ts'
import type { MachineRecord } from '../../journal/journal.ts'
import { within } from '../../network/deadline.ts'
import { newSealKey, type SealKey } from '../../sealing/index.ts'
import type { DealEvent } from '../../settlement/settlement.ts'
import type { Served } from '../../storage/storage.ts'
import { sealInputs, sweepSealing } from '../seal/sealed-inputs.ts'
import type { Siblings } from './effects.ts'
import { NotDisputableError, NotReviewingError } from './errors.ts'
import { InputMeter } from './input-meter.ts'
import { jobFolder, writeSpec } from './job-folder.ts'
import { JobMachines, type JobMachinesComponents } from './job-machines.ts'
import type { BookOpinion } from './ranker.ts'
import { GROUP_KIND, ReplicaGroups } from './replica-groups.ts'
import { SecondProviders } from './second-provider.ts'
import { checkBid, checkOf, checkReplicas, inputPins, inputsOf, jobIdOf, replicasOf } from './submission.ts'
import { SweepLedger } from './sweep-ledger.ts'

/** How often a reader of a job that has no provider yet looks for one. */
const LOG_WAIT_MS = 50

export const CREATOR_KIND = 'creator-job'

export interface CreatorInit {
  /** how long one attempt looks for a provider */
  matchWindowMs: number
  roundMs: number
  maxInputBytes: number
}

export interface CreatorComponents extends Omit<JobMachinesComponents, 'siblings' | 'secondProvider' | 'inputsSent'> {
  /** called after every journaled change of a job or of a replica of it */
  onChange(jobId: string): void
}

export interface SubmitOptions {
  name?: string
  type?: JobType
  /** of a job that is one of several */
  sweep?: SweepMember
  /** most to pay for each deal of the job, tip included; absent: what the escrow account holds, shared by the replicas */
  bid?: bigint
  tip?: bigint
  constraints?: Partial<JobOffer['constraints']>
  /** of the first deal, where something else depends on it; never used before. @default one that nobody can guess */
  nonce?: Hex
}

/** A job of this node: one machine and perhaps a second run, or a group and the machines of its replicas by number. */
export type JobRecord =
  /** `check`: its second run, where a spot check asked for one */
  | { record: MachineRecord<CreatorState>; check?: CreatorState }
  | { record: MachineRecord<GroupState>; replicas: CreatorState[] }

/** The machines that a job's deals are made by. */
export const machinesOf = (job: JobRecord): readonly CreatorState[] =>
  'replicas' in job ? job.replicas : [job.record.state, ...(job.check === undefined ? [] : [job.check])]

/** Local inputs are at hand at once; a CID that only others have is looked for this long. */
const INPUT_TIMEOUT_MS = 30_000

const ALONE: Siblings = { taken: new Set(), promised: 0n }

/** Submits jobs and follows each to the end of its money. */
export class CreatorRole {
  readonly #init: CreatorInit
  readonly #c: CreatorComponents
  readonly #jobs: JobMachines
  readonly #groups: ReplicaGroups
  readonly #checks: SecondProviders
  readonly #inputs: InputMeter
  readonly #sweeps: SweepLedger

  constructor(init: CreatorInit, components: CreatorComponents) {
    this.#init = init
    this.#c = components
    this.#inputs = new InputMeter(
      () => [...this.#jobs.live(), ...this.#groups.replicas.live()],
      () => components.clock.nowMs(),
      components.onTransfer
    )
    const parts = { ...components, inputsSent: (state: CreatorState) => this.#inputs.sent(state) }
    this.#checks = new SecondProviders(
      parts,
      jobId => this.#jobs.get(jobId),
      jobId => components.onChange(jobId)
    )
    this.#jobs = new JobMachines(
      {
        kind: CREATOR_KIND,
        step: stepCreator,
        onChange: ({ jobId, phase, outbox }) => this.#changed(jobId, isDone(phase) && outbox.length === 0)
      },
      { ...parts, siblings: () => ALONE, secondProvider: this.#checks }
    )
    this.#groups = new ReplicaGroups(parts, group => this.#changed(group.jobId, isGroupOver(group)))
    const exists = (jobId: string): boolean =>
      [CREATOR_KIND, GROUP_KIND].some(kind => components.journal.version(kind, jobId) !== undefined)
    this.#sweeps = new SweepLedger({ journal: components.journal, exists })
  }

  async start(): Promise<void> {
    await sweepSealing(this.#c.jobsDir)
    this.#checks.machines.start()
    this.#jobs.start()
    this.#groups.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#jobs.stop(), this.#groups.stop(), this.#checks.machines.stop()])
    this.#c.logs.close()
  }

  /**
   * Takes a job: its inputs are pinned here and its first event is on disk when this resolves. One of a group that was taken
   * before is not taken again.
   *
   * @returns its id
   * @throws SweepDiffersError
   */
  async submit(asked: JobSpec, request: SubmitOptions = {}, options: AbortOptions = {}): Promise<string> {
    const { sweep } = request
    if (sweep === undefined) return await this.#take(asked, request, options, () => undefined)
    return await this.#sweeps.once(sweep, note => this.#take(asked, request, options, note))
  }

  /** @param note told the id right before the job is in the journal */
  async #take(
    asked: JobSpec,
    request: SubmitOptions,
    options: AbortOptions,
    note: (jobId: string) => void
  ): Promise<string> {
    const { storage, ranker, clock, jobsDir } = this.#c
    const { spec, sealKey } = await this.#sealed(asked, options)
    const block = encodeSpec(spec)
    const { policy, replicas } = policyOf(spec)
    const tip = request.tip ?? 0n
    const bid = request.bid ?? (await this.#affordable(options)) / BigInt(replicas)
    checkBid(bid, tip)
    const constraints = { labels: {}, allow: [], deny: [], ...request.constraints }
    checkReplicas(spec, constraints)
    const { timeoutMs } = spec
    const offer = { needs: derive(spec), bid, tip, timeoutMs, constraints }
    const first = await ranker.jobOffer({ ...offer, spec: block.cid, policy, replicas }, request.nonce)
    const { nonce } = first.body
    const jobId = jobIdOf(nonce)
    await storage.putBlock(block, options)
    const inputBytes = await this.#holdInputs(jobId, inputsOf(spec), options)
    await storage.pin(block.cid, inputPins(jobId))
    await this.#holdModule(jobId, spec)
    await writeSpec(jobsDir, jobId, block.bytes)
    const job = {
      jobId,
      ...(request.name === undefined ? {} : { name: request.name }),
      ...(request.type === undefined ? {} : { type: request.type }),
      ...(request.sweep === undefined ? {} : { sweep: request.sweep }),
      engine: engineOf(spec),
      spec: block.cid.toString(),
      specBytes: block.bytes,
      createdAtMs: clock.nowMs(),
      ...(sealKey === undefined ? {} : { sealKey }),
      inputBytes,
      matchWindowMs: this.#init.matchWindowMs,
      roundMs: this.#init.roundMs
    }
    const wanted = replicasOf(spec)
    note(jobId)
    if (wanted === undefined)
      this.#jobs.begin({ ...job, jobOffer: encodeFact(first), bid, tip, timeoutMs, check: checkOf(spec) })
    else this.#groups.begin({ ...job, ...wanted, nonce, offer })
    return jobId
  }

  cancel(jobId: string): void {
    this.#jobs.dispatch(jobId, { type: 'cancelRequested' })
    this.#groups.cancel(jobId)
  }

  /** The owner's word that a result is good; of replicas that did not agree, all that wait. @throws NotReviewingError */
  accept(jobId: string): void {
    const waiting = this.#machines(jobId).filter(({ state }) => state.phase === 'reviewing')
    if (!this.#isOwners(jobId) || waiting.length === 0) {
      throw new NotReviewingError(jobId, (this.#jobs.get(jobId) ?? this.#groups.get(jobId))?.phase)
    }
    for (const { machines, state } of waiting) machines.dispatch(state.jobId, { type: 'acceptRequested' })
  }

  /** Takes a result to the court; of replicas that did not agree, all that wait. @throws NotDisputableError */
  dispute(jobId: string, reason: string): void {
    const machines = this.#machines(jobId)
    const disputable = machines.filter(({ state }) => canDispute(state))
    if (!this.#isOwners(jobId) || disputable.length === 0) throw new NotDisputableError(jobId, machines[0]?.state)
    for (const { machines, state } of disputable) machines.dispatch(state.jobId, { type: 'disputeRequested', reason })
  }

  /** Where the files of a job lie. */
  folder(jobId: string): string {
    return jobFolder(this.#c.jobsDir, jobId).root
  }

  find(jobId: string): JobRecord | undefined {
    const { journal } = this.#c
    const alone = journal.get<CreatorState>(CREATOR_KIND, jobId)
    if (alone !== undefined) return this.#alone(alone)
    const group = journal.get<GroupState>(GROUP_KIND, jobId)
    return group === undefined ? undefined : { record: group, replicas: this.#groups.of(jobId) }
  }

  /** Goes up with every change of a job that runs at one provider. */
  version = (jobId: string): number | undefined => this.#c.journal.version(CREATOR_KIND, jobId)

  /** Newest first. */
  jobs(options: { limit?: number; before?: number } = {}): JobRecord[] {
    const alone = this.#jobs.list(options).map(record => this.#alone(record))
    const groups = this.#groups
      .list(options)
      .map((record): JobRecord => ({ record, replicas: this.#groups.of(record.id) }))
    return [...alone, ...groups].sort((a, b) => b.record.seq - a.record.seq).slice(0, options.limit)
  }

  /** What this node's book says about a job of ours now. */
  explain(job: JobRecord): BookOpinion {
    const { ranker } = this.#c
    if ('replicas' in job) return ranker.opinion(this.#asked(job.record.state))
    const { state } = job.record
    const fact = decodeFact(state.jobOffer)
    return ranker.opinion({ id: factDigest(fact), offer: fact.body as JobOffer })
  }

  /** The same for a job that is not submitted; `id` stands for the job offer's, so every node answers alike. */
  explainSpec(
    asked: Pick<JobOffer, 'spec' | 'needs' | 'timeoutMs' | 'policy' | 'replicas'>,
    id: Uint8Array
  ): BookOpinion {
    return this.#c.ranker.opinion({ id, offer: this.#c.ranker.hypothetical(asked) })
  }

  /**
   * Output of a job from a chunk on; `ended` says whether more can come when there is no provider yet. Of a job with replicas,
   * that of the one whose result it took, before that of the first with a provider; or of the one that is asked for.
   */
  async *logs(jobId: string, ended: () => boolean, options: AbortOptions & LogQuery = {}): AsyncGenerator<LogChunk> {
    const follow = options.follow ?? false
    for (;;) {
      const state = this.#spokesman(jobId, options.replica)
      const deal = state?.attempt?.dealId
      if (state !== undefined && deal !== undefined)
        return yield* this.#c.logs.read(state.jobId, deal, options.from ?? 0, { ...options, follow })
      if (!follow || ended() || options.signal?.aborted === true) return
      await new Promise(resolve => setTimeout(resolve, LOG_WAIT_MS))
    }
  }

  /** A peer has taken more of something that this node serves: perhaps inputs of its job. */
  served(served: Served): void {
    this.#inputs.served(served)
  }

  tick(nowSec: number): void {
    this.#jobs.tick(nowSec)
    this.#groups.tick(nowSec)
    this.#checks.tick(nowSec)
  }

  get busy(): boolean {
    return this.#jobs.busy || this.#groups.busy || this.#checks.machines.busy
  }

  async onChain(event: DealEvent): Promise<void> {
    await this.#jobs.onChain(event)
    await this.#groups.replicas.onChain(event)
    await this.#checks.machines.onChain(event)
  }

  /** The reply to a message that is meant for a creator; undefined for one that is not. */
  async onRequest(request: Request, peer: string): Promise<Reply | undefined> {
    const all = [this.#jobs, this.#groups.replicas, this.#checks.machines]
    let reply: Reply | undefined
    for (const machines of all) reply ??= await machines.onRequest(request, peer)
    const isOurs = request.type === 'deliver' || request.type === 'failed'
    return reply ?? (isOurs ? { type: 'status', step: 'unknown' } : undefined)
  }

  #alone(record: MachineRecord<CreatorState>): JobRecord {
    const check = this.#checks.get(record.id)
    return check === undefined ? { record } : { record, check }
  }

  /** The machines of a job, each with what drives it. */
  #machines(jobId: string): { machines: JobMachines; state: CreatorState }[] {
    const alone = this.#jobs.get(jobId)
    if (alone !== undefined) return [{ machines: this.#jobs, state: alone }]
    return this.#groups.of(jobId).map(state => ({ machines: this.#groups.replicas, state }))
  }

  /** Results of replicas are their owner's to judge only where they did not agree. */
  #isOwners(jobId: string): boolean {
    const group = this.#groups.get(jobId)
    return group === undefined || group.phase === 'split'
  }

  /** The machine whose output is the job's. */
  #spokesman(jobId: string, replica: number | undefined): CreatorState | undefined {
    const alone = this.#jobs.get(jobId)
    if (alone !== undefined) return alone
    const replicas = this.#groups.of(jobId)
    const wanted = replica ?? this.#groups.get(jobId)?.leader
    return wanted === undefined ? replicas.find(state => state.attempt !== undefined) : replicas[wanted]
  }

  /** Each replica has an offer and so an order of its own: this is what they have in common. */
  #asked({ spec, offer, n }: GroupState): JobInput {
    const { ranker, identity } = this.#c
    const cid = CID.parse(spec)
    const asked = { ...offer, spec: cid, policy: 'replicas' as const, replicas: n }
    return {
      id: cid.multihash.digest,
      offer: { ...ranker.hypothetical(asked), ...offer, account: identity.account }
    }
  }

  #changed(jobId: string, isOver: boolean): void {
    if (isOver) void this.#release(jobId)
    this.#c.onChange(jobId)
  }

  /** Inputs were kept for the providers; the result stays pinned for its owner. */
  async #release(jobId: string): Promise<void> {
    await this.#c.storage
      .unpinAll(inputPins(jobId))
      .catch(error => this.#c.log.warn({ jobId, error }, 'inputs stay pinned'))
  }

  /** A private job has a key of its own, and inputs that only it opens. */
  async #sealed(spec: JobSpec, options: AbortOptions): Promise<{ spec: JobSpec; sealKey?: SealKey }> {
    if (!spec.private) return { spec }
    const { storage, jobsDir } = this.#c
    const sealKey = await newSealKey()
    for (const { cid } of spec.inputs) {
      const signal = within(INPUT_TIMEOUT_MS, options.signal)
      await storage.fetch(cid, { signal, maxBytes: this.#init.maxInputBytes })
    }
    return { spec: await sealInputs(storage, spec, sealKey, jobsDir, options), sealKey }
  }

  /** Brings every input here and keeps it, so that the provider finds it at this node. */
  async #holdInputs(jobId: string, inputs: CID[], options: AbortOptions): Promise<number> {
    let total = 0
    for (const cid of inputs) {
      const signal = within(INPUT_TIMEOUT_MS, options.signal)
      const { sizeBytes } = await this.#c.storage.fetch(cid, { signal, maxBytes: this.#init.maxInputBytes - total })
      total += sizeBytes
      await this.#c.storage.pin(cid, inputPins(jobId), { announce: true })
    }
    return total
  }

  /** Others look at what the job was made from while it runs. It changes nothing of the run: one that is not here is no error. */
  async #holdModule(jobId: string, { module }: JobSpec): Promise<void> {
    if (module === undefined) return
    try {
      // from nobody: what is here is kept
      await this.#c.storage.fetch(module, { maxBytes: MODULE_LIMITS.bytes, from: [], only: true })
      await this.#c.storage.pin(module, inputPins(jobId), { announce: true })
    } catch (error) {
      this.#c.log.debug({ jobId, module: module.toString(), error: messageOf(error) }, 'the module is not in the store')
    }
  }

  async #affordable(options: AbortOptions): Promise<bigint> {
    // co-signed books know no limit but the one a job names
    if (this.#c.settlement.kind === 'none') return MAX_AMOUNT
    const { free, wallet } = await this.#c.settlement.balances(this.#c.identity.account, options)
    return free + wallet
  }
}
