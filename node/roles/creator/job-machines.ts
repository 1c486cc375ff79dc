import type { Hex } from '../../../protocols/common/values.ts'
import { beginCreator, isDone } from '../../../protocols/deal/creator-machine.ts'
import type {
  Attempt,
  CreatorEffect,
  CreatorEvent,
  CreatorJob,
  CreatorState
} from '../../../protocols/deal/creator-types.ts'
import type { Step } from '../../../protocols/deal/machine.ts'
import type { Reply, Request } from '../../../protocols/deal/messages.ts'
import type { AbortOptions, Log } from '../../components.ts'
import type { Journal, MachineRecord } from '../../journal/journal.ts'
import type { DealEvent } from '../../settlement/settlement.ts'
import { endOf } from '../deal-ends.ts'
import { carryOut } from '../effects.ts'
import { type Event, MachineRunner } from '../machine-runner.ts'
import type { IsDrawn } from '../seal/drawn.ts'
import { checkSigner } from './check-delivery.ts'
import { CREATOR_EFFECTS, type CreatorEffectComponents } from './effects.ts'

export interface JobMachinesInit {
  /** of their records in the journal */
  kind: string
  step(state: CreatorState, event: CreatorEvent): Step<CreatorState, CreatorEffect>
  /** called after every journaled change */
  onChange(state: CreatorState, event: CreatorEvent): void
}

export interface JobMachinesComponents extends CreatorEffectComponents {
  journal: Journal
  log: Log
  isDrawn: IsDrawn
}

/** What only reads, or writes no further than this node's own store; `signProposal` may also fill our own escrow account. */
const PRIVATE_EFFECTS: ReadonlySet<CreatorEffect['type']> = new Set([
  'rank',
  'signProposal',
  'follow',
  'fetchResult',
  'signResult',
  'runAgain'
] as const)

const openable = ({ attempt, signed }: CreatorState): Attempt[] => [
  ...signed,
  ...(attempt === undefined ? [] : [attempt])
]

/** Both signed, as far as this side knows. */
const isAgreed = ({ providerSignature, submitBySec }: Attempt): boolean =>
  providerSignature !== undefined || submitBySec !== undefined

/** Creator machines of one kind, driven: by what providers send, what the chain tells and the clock. */
export class JobMachines {
  readonly #init: JobMachinesInit
  readonly #c: JobMachinesComponents
  readonly #runner: MachineRunner<CreatorState, CreatorEvent, CreatorEffect>
  #shutdown = new AbortController()

  constructor(init: JobMachinesInit, components: JobMachinesComponents) {
    this.#init = init
    this.#c = components
    const { journal, clock, log } = components
    this.#runner = new MachineRunner(
      {
        kind: init.kind,
        begin: event => beginCreator(event as Extract<CreatorEvent, { type: 'submitted' }>),
        step: init.step,
        perform: (_id, state, effect) => this.#perform(state, effect),
        isDone: state => isDone(state.phase) && state.outbox.length === 0,
        private: PRIVATE_EFFECTS,
        onChange: (_id, state, event) => this.#changed(state, event),
        onError: (job, effect, error) => log.debug({ job, effect: effect.type, error }, 'job step failed')
      },
      journal,
      () => clock.nowMs()
    )
  }

  start(): void {
    if (this.#shutdown.signal.aborted) this.#shutdown = new AbortController()
    this.#runner.start()
  }

  async stop(): Promise<void> {
    this.#shutdown.abort()
    await this.#runner.stop()
  }

  begin(job: CreatorJob): CreatorState {
    return this.#runner.begin(job.jobId, { type: 'submitted', job })
  }

  dispatch(jobId: string, event: Event<CreatorEvent>): CreatorState | undefined {
    return this.#runner.dispatch(jobId, event)
  }

  get(jobId: string): CreatorState | undefined {
    return this.#runner.get(jobId)
  }

  list(options: { limit?: number; before?: number } = {}): MachineRecord<CreatorState>[] {
    return this.#runner.list(options)
  }

  tick(nowSec: number): void {
    for (const [id] of this.#runner.live()) this.#runner.dispatch(id, { type: 'tick', nowSec })
  }

  /** Those that are not over. */
  live(): CreatorState[] {
    return this.#runner.live().map(([, state]) => state)
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
    const attempt = openable(state).find(a => a.dealId === event.deal)
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

  /** The reply to a message about a deal of these jobs; undefined for any other message. */
  async onRequest(request: Request, peer: string): Promise<Reply | undefined> {
    if (request.type === 'key') return await this.#onKey(request, peer)
    if (request.type !== 'deliver' && request.type !== 'failed') return undefined
    const state = this.#ofDeal(request.deal)
    if (state === undefined) return undefined
    const attempt = openable(state).find(a => a.dealId === request.deal)
    if (attempt?.candidate.peer !== peer) return { type: 'status', step: 'unknown' }
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
      if (openable(state).some(a => a.dealId === deal)) return state
    }
    return undefined
  }

  #perform(state: CreatorState, effect: CreatorEffect): Promise<Event<CreatorEvent> | undefined> {
    const options: AbortOptions = { signal: this.#shutdown.signal }
    return carryOut(CREATOR_EFFECTS, this.#c, state, effect, options)
  }

  #changed(state: CreatorState, event: CreatorEvent): void {
    if (isDone(state.phase)) {
      this.#c.logs.end(state.jobId)
      if (state.outbox.length === 0) void this.#settlePapers(state)
    }
    this.#init.onChange(state, event)
  }

  /** The match of a deal stays for whoever checks it. */
  async #settlePapers(state: CreatorState): Promise<void> {
    const { papers, log } = this.#c
    await papers.settle(state).catch(error => log.warn({ jobId: state.jobId, error }, 'papers of a match stay pinned'))
  }
}
