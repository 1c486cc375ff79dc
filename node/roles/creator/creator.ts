import { randomBytes } from 'node:crypto'
import { base32 } from 'multiformats/bases/base32'
import type { CID } from 'multiformats/cid'
import { UserError } from '../../../protocols/common/errors.ts'
import { fromHex, type Hex, MAX_AMOUNT, toHex } from '../../../protocols/common/values.ts'
import { beginCreator, isDone, stepCreator } from '../../../protocols/deal/creator-machine.ts'
import { canDispute } from '../../../protocols/deal/creator-steps.ts'
import type {
  Attempt,
  Check,
  CreatorEffect,
  CreatorEvent,
  CreatorState
} from '../../../protocols/deal/creator-types.ts'
import type { Reply, Request } from '../../../protocols/deal/messages.ts'
import { derive, engineOf, policyOf } from '../../../protocols/job/derive.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import type { LogChunk } from '../../../protocols/logs/chain.ts'
import { decodeFact, encodeFact, factDigest } from '../../../protocols/offers/fact.ts'
import type { JobOffer } from '../../../protocols/offers/schema.ts'
import type { AbortOptions, Log } from '../../components.ts'
import type { Journal, MachineRecord } from '../../journal/journal.ts'
import { within } from '../../network/deadline.ts'
import { newSealKey, type SealKey } from '../../sealing/index.ts'
import type { DealEvent } from '../../settlement/settlement.ts'
import { endOf } from '../deal-ends.ts'
import { carryOut } from '../effects.ts'
import { type Event, MachineRunner } from '../machine-runner.ts'
import type { IsDrawn } from '../seal/drawn.ts'
import { sealInputs, sweepSealing } from '../seal/sealed-inputs.ts'
import { checkSigner } from './check-delivery.ts'
import { CREATOR_EFFECTS, type CreatorEffectComponents } from './effects.ts'
import { NotDisputableError, NotReviewingError } from './errors.ts'
import { jobFolder, writeSpec } from './job-folder.ts'
import type { BookOpinion } from './ranker.ts'

/** How often a reader of a job that has no provider yet looks for one. */
const LOG_WAIT_MS = 50

export const CREATOR_KIND = 'creator-job'

export interface CreatorInit {
  /** how long one attempt looks for a provider */
  matchWindowMs: number
  roundMs: number
  maxInputBytes: number
}

export interface CreatorComponents extends CreatorEffectComponents {
  journal: Journal
  log: Log
  isDrawn: IsDrawn
  onChange(state: CreatorState, event: CreatorEvent): void
}

export interface SubmitOptions {
  name?: string
  /** most to pay, tip included; absent: what the escrow account holds */
  bid?: bigint
  tip?: bigint
  constraints?: Partial<JobOffer['constraints']>
}

/** Local inputs are at hand at once; a CID that only others have is looked for this long. */
const INPUT_TIMEOUT_MS = 30_000

/** Submits jobs and follows each to the end of its money. */
export class CreatorRole {
  readonly #init: CreatorInit
  readonly #c: CreatorComponents
  readonly #runner: MachineRunner<CreatorState, CreatorEvent, CreatorEffect>
  #shutdown = new AbortController()

  constructor(init: CreatorInit, components: CreatorComponents) {
    this.#init = init
    this.#c = components
    const { journal, clock, log } = components
    this.#runner = new MachineRunner(
      {
        kind: CREATOR_KIND,
        begin: event => beginCreator(event as Extract<CreatorEvent, { type: 'submitted' }>),
        step: stepCreator,
        perform: (_id, state, effect) => this.#perform(state, effect),
        isDone: state => isDone(state.phase) && state.outbox.length === 0,
        onChange: (_id, state, event) => this.#changed(state, event),
        onError: (job, effect, error) => log.debug({ job, effect: effect.type, error }, 'job step failed')
      },
      journal,
      () => clock.nowMs()
    )
  }

  async start(): Promise<void> {
    if (this.#shutdown.signal.aborted) this.#shutdown = new AbortController()
    await sweepSealing(this.#c.jobsDir)
    this.#runner.start()
  }

  async stop(): Promise<void> {
    this.#shutdown.abort()
    await this.#runner.stop()
    this.#c.logs.close()
  }

  /** Takes a job: its inputs are pinned here and its first event is on disk when this resolves. */
  async submit(asked: JobSpec, request: SubmitOptions = {}, options: AbortOptions = {}): Promise<CreatorState> {
    const { storage, ranker, clock, jobsDir } = this.#c
    const { spec, sealKey } = await this.#sealed(asked, options)
    const block = encodeSpec(spec)
    const tip = request.tip ?? 0n
    const bid = request.bid ?? (await this.#affordable(options))
    if (bid < tip) {
      throw new UserError('InvalidInputError', `the bid ${bid} is below the tip ${tip}`, {
        field: 'bid',
        value: bid,
        limit: `at least ${tip}`,
        remedy: 'raise --bid, or deposit into the escrow with "dcn wallet deposit"'
      })
    }
    const { policy, replicas } = policyOf(spec)
    const constraints = { labels: {}, allow: [], deny: [], ...request.constraints }
    const body = {
      spec: block.cid,
      needs: derive(spec),
      bid,
      tip,
      timeoutMs: spec.timeoutMs,
      policy,
      replicas,
      constraints
    }
    const offer = await ranker.jobOffer(body)
    const jobId = jobIdOf(offer.body.nonce)
    await storage.putBlock(block, options)
    const inputBytes = await this.#holdInputs(jobId, inputsOf(spec), options)
    await storage.pin(block.cid, inputPins(jobId))
    await writeSpec(jobsDir, jobId, block.bytes)
    return this.#runner.begin(jobId, {
      type: 'submitted',
      job: {
        jobId,
        ...(request.name === undefined ? {} : { name: request.name }),
        engine: engineOf(spec),
        spec: block.cid.toString(),
        specBytes: block.bytes,
        jobOffer: encodeFact(offer),
        bid,
        tip,
        timeoutMs: spec.timeoutMs,
        createdAtMs: clock.nowMs(),
        check: checkOf(spec),
        ...(sealKey === undefined ? {} : { sealKey }),
        inputBytes,
        matchWindowMs: this.#init.matchWindowMs,
        roundMs: this.#init.roundMs
      }
    })
  }

  cancel(jobId: string): CreatorState | undefined {
    this.#runner.dispatch(jobId, { type: 'cancelRequested' })
    return this.get(jobId)
  }

  /** The owner's word that a result is good. @throws NotReviewingError */
  accept(jobId: string): void {
    const state = this.get(jobId)
    if (state?.phase !== 'reviewing') throw new NotReviewingError(jobId, state?.phase)
    this.#runner.dispatch(jobId, { type: 'acceptRequested' })
  }

  /** Takes a result to the court. @throws NotDisputableError */
  dispute(jobId: string, reason: string): void {
    const state = this.get(jobId)
    if (state === undefined || !canDispute(state)) throw new NotDisputableError(jobId, state)
    this.#runner.dispatch(jobId, { type: 'disputeRequested', reason })
  }

  /** Where the files of a job lie. */
  folder(jobId: string): string {
    return jobFolder(this.#c.jobsDir, jobId).root
  }

  get(jobId: string): CreatorState | undefined {
    return this.#runner.get(jobId)
  }

  jobs(options: { limit?: number; before?: number } = {}): MachineRecord<CreatorState>[] {
    return this.#runner.list(options)
  }

  /** What this node's book says about a job of ours now. */
  explain(state: CreatorState): BookOpinion {
    const { ranker } = this.#c
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

  /** Output of a job from a chunk on; `ended` says whether more can come when there is no provider yet. */
  async *logs(
    jobId: string,
    ended: () => boolean,
    options: AbortOptions & { from?: number; follow?: boolean } = {}
  ): AsyncGenerator<LogChunk> {
    const follow = options.follow ?? false
    for (;;) {
      const deal = this.get(jobId)?.attempt?.dealId
      if (deal !== undefined) return yield* this.#c.logs.read(jobId, deal, options.from ?? 0, { ...options, follow })
      if (!follow || ended() || options.signal?.aborted === true) return
      await new Promise(resolve => setTimeout(resolve, LOG_WAIT_MS))
    }
  }

  tick(nowSec: number): void {
    for (const [id] of this.#runner.live()) this.#runner.dispatch(id, { type: 'tick', nowSec })
  }

  get busy(): boolean {
    return this.#runner.live().length > 0
  }

  async onChain(event: DealEvent): Promise<void> {
    const state = this.#ofDeal(event.deal)
    if (state === undefined) return
    const end = endOf(event)
    if (end !== undefined) this.#runner.dispatch(state.jobId, { type: 'ended', dealId: event.deal, end })
    if (event.kind === 'challenged')
      this.#runner.dispatch(state.jobId, { type: 'challenged', dealId: event.deal, transaction: event.transaction })
    if (event.kind !== 'opened' && event.kind !== 'submitted') return
    const attempt = [...state.signed, ...(state.attempt === undefined ? [] : [state.attempt])].find(
      a => a.dealId === event.deal
    )
    if (attempt === undefined) return
    const status = await this.#c.settlement.status(attempt.deal, { signal: this.#shutdown.signal })
    const { transaction } = event
    if (event.kind === 'submitted') {
      if (status.phase !== 'submitted') return
      const began = { type: 'reviewBegan', dealId: event.deal, reviewBySec: status.deadlineSec } as const
      return void this.#runner.dispatch(state.jobId, began)
    }
    if (status.phase !== 'open' && status.phase !== 'submitted') return
    this.#runner.dispatch(state.jobId, {
      type: 'opened',
      dealId: event.deal,
      transaction,
      submitBySec: status.deadlineSec
    })
  }

  /** The reply to a message that is meant for a creator; undefined for one that is not. */
  async onRequest(request: Request, peer: string): Promise<Reply | undefined> {
    if (request.type === 'key') return await this.#onKey(request, peer)
    if (request.type !== 'deliver' && request.type !== 'failed') return undefined
    const state = this.#ofDeal(request.deal)
    const attempt = [state?.attempt, ...(state?.signed ?? [])].find(a => a?.dealId === request.deal)
    if (state === undefined || attempt?.candidate.peer !== peer) return { type: 'status', step: 'unknown' }
    if (request.type === 'failed') {
      this.#runner.dispatch(state.jobId, { type: 'providerFailed', dealId: request.deal, reason: request.reason })
      return { type: 'ok' }
    }
    await checkSigner(this.#c.settlement, attempt, request.delivery)
    const { delivery, deal } = request
    const after = this.#runner.dispatch(state.jobId, { type: 'delivered', dealId: deal, delivery })
    // not taken yet (the opening was not seen here): the provider comes again
    const taken = after?.attempt?.dealId === deal && after.attempt.delivery !== undefined
    return taken ? { type: 'ok' } : { type: 'status', step: 'unknown' }
  }

  /** The key of a private job goes to the provider that agreed to it, and to judges that were drawn for it. */
  async #onKey({ deal, bind }: Extract<Request, { type: 'key' }>, peer: string): Promise<Reply | undefined> {
    const state = this.#ofDeal(deal)
    if (state === undefined) return undefined
    const { attempt, sealKey } = state
    const isProvider = attempt?.dealId === deal && attempt.candidate.peer === peer && isAgreed(attempt)
    const isJudge = async () => await this.#c.isDrawn(deal, peer, bind, { signal: this.#shutdown.signal })
    if (sealKey === undefined || !(isProvider || (state.phase === 'disputed' && (await isJudge())))) {
      return { type: 'status', step: 'unknown' }
    }
    return { type: 'key', key: sealKey }
  }

  #ofDeal(deal: Hex): CreatorState | undefined {
    for (const [, state] of this.#runner.live()) {
      if (state.attempt?.dealId === deal || state.signed.some(a => a.dealId === deal)) return state
    }
    return undefined
  }

  #perform(state: CreatorState, effect: CreatorEffect): Promise<Event<CreatorEvent> | undefined> {
    return carryOut(CREATOR_EFFECTS, this.#c, state, effect, { signal: this.#shutdown.signal })
  }

  #changed(state: CreatorState, event: CreatorEvent): void {
    if (isDone(state.phase)) {
      this.#c.logs.end(state.jobId)
      if (state.outbox.length === 0) void this.#release(state)
    }
    this.#c.onChange(state, event)
  }

  /** Inputs were kept for the provider; the result stays pinned for its owner, and the match for whoever checks it. */
  async #release(state: CreatorState): Promise<void> {
    const { jobId } = state
    const { storage, papers, log } = this.#c
    await storage.unpinAll(inputPins(jobId)).catch(error => log.warn({ jobId, error }, 'inputs stay pinned'))
    await papers.settle(state).catch(error => log.warn({ jobId, error }, 'papers of a match stay pinned'))
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
      await this.#c.storage.pin(cid, inputPins(jobId))
    }
    return total
  }

  async #affordable(options: AbortOptions): Promise<bigint> {
    // co-signed books know no limit but the one a job names
    if (this.#c.settlement.kind === 'none') return MAX_AMOUNT
    const { free, wallet } = await this.#c.settlement.balances(this.#c.identity.account, options)
    return free + wallet
  }
}

/** Both signed, as far as this side knows. */
const isAgreed = ({ providerSignature, submitBySec }: Attempt): boolean =>
  providerSignature !== undefined || submitBySec !== undefined

/** How the policy of a specification is carried out here; replicas are a matter of several deals. */
function checkOf({ verify: { policy } }: JobSpec): Check {
  if (policy === 'none' || 'replicas' in policy) return { by: 'nobody' }
  if ('committee' in policy) return { by: 'owner' }
  return { by: 'spot', perMille: policy.spotPerMille, secret: toHex(new Uint8Array(randomBytes(32))) }
}

const inputPins = (jobId: string): string => `inputs of ${jobId}`

/** Every CID that a provider will ask this node for. */
function inputsOf(spec: JobSpec): CID[] {
  const cids = spec.inputs.map(input => input.cid)
  if ('js' in spec.engine && typeof spec.engine.js.source !== 'string') cids.push(spec.engine.js.source)
  if ('wasm' in spec.engine) cids.push(spec.engine.wasm.module)
  return cids
}

/** A job's short name: 80 bits of its first deal nonce. */
export function jobIdOf(nonce: Hex): string {
  return `j${base32.encode(fromHex(nonce).subarray(0, 10)).slice(1)}`
}
