import type { Hex } from '../../../protocols/common/values.ts'
import { encodeRefusal, type Propose, type Reply, type Request } from '../../../protocols/deal/messages.ts'
import {
  beginProvider,
  holdsRoom,
  PROVIDER_DONE,
  type ProviderEffect,
  type ProviderEvent,
  type ProviderState,
  stepName,
  stepProvider
} from '../../../protocols/deal/provider-machine.ts'
import { decodeSpec, encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { decodeFact } from '../../../protocols/offers/fact.ts'
import { peerIdText } from '../../../protocols/offers/peer-key.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact, JobOffer, ResourceOffer } from '../../../protocols/offers/schema.ts'
import type { Clock, Identity, Log } from '../../components.ts'
import type { Journal, MachineRecord } from '../../journal/journal.ts'
import type { DealEvent, Settlement } from '../../settlement/settlement.ts'
import type { TermsTime } from '../chain-time.ts'
import { endOf } from '../deal-ends.ts'
import type { LogStore } from '../log-store.ts'
import { type Event, MachineRunner } from '../machine-runner.ts'
import { consider, type Proposal, Refused } from './consider.ts'
import { PROVIDER_EFFECTS, type ProviderEffectComponents } from './effects.ts'
import type { OfferKeeper } from './offer-keeper.ts'

export const PROVIDER_KIND = 'provider-deal'

export interface ProviderInit {
  roundMs: number
  /** deals agreed with one creator and not yet opened */
  maxUnopened: number
  /** most jobs at the same time */
  maxJobs: number
  /** how long running work may go on after `stop` was asked for */
  drainMs: number
}

export interface ProviderComponents extends ProviderEffectComponents {
  journal: Journal
  identity: Identity
  settlement: Settlement
  offers: OfferKeeper
  clock: Clock
  termsTime: TermsTime
  log: Log
  /** signatures, Bind, network and time of a fact from a stranger */
  verifyFact(fact: Fact): Promise<void>
  onChange(state: ProviderState): void
  /** removes what runs of deals other than these left behind */
  sweep(keep: Hex[]): Promise<void>
}

/** Answers proposals, and runs the deals it has agreed to. */
export class ProviderRole {
  readonly #init: ProviderInit
  readonly #c: ProviderComponents
  readonly #runner: MachineRunner<ProviderState, ProviderEvent, ProviderEffect>
  #shutdown = new AbortController()
  #draining = false
  /** proposals are decided one after another: two must not take the same room */
  #deciding: Promise<unknown> = Promise.resolve()

  constructor(init: ProviderInit, components: ProviderComponents) {
    this.#init = init
    this.#c = components
    const { journal, clock, log } = components
    this.#runner = new MachineRunner(
      {
        kind: PROVIDER_KIND,
        begin: event => beginProvider(event as Extract<ProviderEvent, { type: 'agreed' }>),
        step: stepProvider,
        perform: (_id, state, effect) => this.#perform(state, effect),
        failed: (effect, reason) => ({ type: 'effectFailed', effect: effect.type, reason }),
        isDone: state => PROVIDER_DONE.includes(state.phase) && state.outbox.length === 0,
        onChange: (_id, state, event) => this.#changed(state, event),
        onError: (id, effect, error) => log.warn({ deal: id, effect: effect.type, error }, 'deal step failed')
      },
      journal,
      () => clock.nowMs()
    )
  }

  async start(): Promise<void> {
    if (this.#shutdown.signal.aborted) this.#shutdown = new AbortController()
    this.#draining = false
    const live = this.#c.journal.list<ProviderState>(PROVIDER_KIND, { done: false })
    await this.#c.sweep(live.map(record => record.state.dealId)).catch(error => {
      this.#c.log.warn({ error }, 'leftovers of an earlier run could not be removed')
    })
    this.#runner.start()
    await this.#c.offers.start(() => this.#reserved())
  }

  /** Takes no new deals, lets running work finish for a while, hands the rest back, and stops. */
  async stop(): Promise<void> {
    await this.drain()
    this.#shutdown.abort()
    await this.#runner.stop()
    this.#c.workshop.close()
  }

  /** Resolves when no deal needs this machine any more, or the grace time is over and what was left is handed back. */
  async drain(): Promise<void> {
    if (this.#draining) return
    this.#draining = true
    await this.#c.offers.stop()
    const deadline = this.#c.clock.nowMs() + this.#init.drainMs
    await this.#whileBusy(deadline)
    for (const [id, state] of this.#runner.live()) if (holdsRoom(state)) this.#runner.dispatch(id, { type: 'drain' })
    await this.#whileBusy(this.#c.clock.nowMs() + Math.min(this.#init.drainMs, 5_000))
  }

  tick(nowSec: number): void {
    for (const [id] of this.#runner.live()) this.#runner.dispatch(id, { type: 'tick', nowSec })
  }

  get busy(): boolean {
    return this.#runner.live().length > 0
  }

  async onChain(event: DealEvent): Promise<void> {
    const end = endOf(event)
    if (end !== undefined) this.#runner.dispatch(event.deal, { type: 'ended', end })
    const state = event.kind === 'opened' ? this.#runner.get(event.deal) : undefined
    if (state?.phase !== 'preparing') return
    // both signatures are out: somebody else opened before everything was here
    const status = await this.#c.settlement.status(state.deal, { signal: this.#shutdown.signal })
    if (status.phase !== 'open') return
    const nowSec = await this.#c.settlement.now({ signal: this.#shutdown.signal })
    const { deadlineSec: submitBySec } = status
    this.#runner.dispatch(event.deal, { type: 'opened', transaction: event.transaction, submitBySec, nowSec })
  }

  deal(id: Hex): ProviderState | undefined {
    return this.#runner.get(id)
  }

  deals(limit: number): MachineRecord<ProviderState>[] {
    return this.#runner.list({ limit })
  }

  /** The live log of a deal, for the peer that made it. */
  logOf(deal: Hex, peer: string): LogStore | undefined {
    const state = this.#runner.get(deal)
    if (state === undefined || state.creator.peer !== peer || PROVIDER_DONE.includes(state.phase)) return undefined
    return this.#c.workshop.logOf(state)
  }

  /** our standing offer */
  get offer(): Fact<ResourceOffer> | undefined {
    return this.#c.offers.current
  }

  /** The reply to a message that is meant for a provider; undefined for one that is not. */
  async onRequest(request: Request, peer: string): Promise<Reply | undefined> {
    if (request.type === 'propose') return await this.#serially(() => this.#onPropose(request, peer))
    if (
      request.type !== 'status' &&
      request.type !== 'accept' &&
      request.type !== 'reject' &&
      request.type !== 'cancel'
    ) {
      return undefined
    }
    const state = this.#runner.get(request.deal)
    // a stranger learns nothing about other people's deals
    if (state === undefined || state.creator.peer !== peer) return { type: 'status', step: 'unknown' }
    if (request.type === 'status') return statusOf(state)
    if (request.type === 'reject') this.#runner.dispatch(request.deal, { type: 'rejected', reason: request.reason })
    if (request.type === 'cancel') this.#runner.dispatch(request.deal, { type: 'cancelRequested' })
    if (request.type === 'accept') await this.#onAccept(state, request.signature)
    return { type: 'ok' }
  }

  async #onAccept(state: ProviderState, signature: Hex): Promise<void> {
    const result = state.delivery?.result
    if (result === undefined) return
    const signer = await this.#c.settlement.resultSigner(result, signature)
    if (signer !== state.deal.creator) {
      this.#c.log.warn({ deal: state.dealId, signer }, 'acceptance is not signed by the creator')
      return
    }
    this.#runner.dispatch(state.dealId, { type: 'accepted', signature })
  }

  async #onPropose(message: Propose, peer: string): Promise<Reply> {
    const fact = decodeFact(message.jobOffer)
    if (fact.body.type !== 'job') throw new Refused('bad-proposal', 'the fact in the proposal is no job offer')
    try {
      return await this.#agree(message, fact as Fact<JobOffer>, peer)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.#c.log.info({ reason: error.reason, detail: error.message, creator: fact.body.account }, 'proposal refused')
      return this.#refusal(fact, error)
    }
  }

  async #agree(message: Propose, fact: Fact<JobOffer>, peer: string): Promise<Reply> {
    const { settlement } = this.#c
    const { deal } = message
    const dealId = settlement.dealId(deal)
    const known = this.#runner.get(dealId)
    if (known !== undefined) {
      if (PROVIDER_DONE.includes(known.phase)) throw new Refused('bad-proposal', 'this deal is over here')
      return { type: 'agree', signature: known.providerSignature }
    }
    await this.#c.verifyFact(fact)
    if (peerIdText(fact.bind.peerKey) !== peer) {
      throw new Refused('bad-proposal', 'the job offer was signed by another peer than the one that proposes')
    }
    if ((await settlement.dealSigner(deal, message.signature)) !== fact.body.account) {
      throw new Refused('bad-proposal', "the deal does not carry the creator's signature")
    }
    const spec = decodeSpec(message.spec)
    const job = { id: fact.id, body: fact.body }
    const proposal: Proposal = { message, job, spec, specCid: encodeSpec(spec).cid }
    consider(proposal, await this.#situation(message, fact.body))
    const providerSignature = await settlement.signDeal(deal)
    // on disk before the signature leaves this process
    this.#runner.begin(dealId, {
      type: 'agreed',
      state: {
        dealId,
        deal,
        creatorSignature: message.signature,
        providerSignature,
        creator: { account: fact.body.account, peer, addrs: fact.body.addrs },
        spec: message.spec,
        needs: fact.body.needs,
        timeoutMs: fact.body.timeoutMs
      }
    })
    return { type: 'agree', signature: providerSignature }
  }

  async #situation(message: Propose, job: JobOffer) {
    const nowMs = this.#c.clock.nowMs()
    const mine = this.#runner
      .live()
      .filter(([, s]) => s.creator.account === job.account && s.openTransaction === undefined)
    const freeAtMs = this.#freeAtMs(nowMs)
    return {
      account: this.#c.identity.account,
      offer: this.#c.offers.find(message.offer),
      nowSec: await this.#c.termsTime(),
      draining: this.#draining,
      unopened: mine.filter(([, s]) => holdsRoom(s)).length,
      maxUnopened: this.#init.maxUnopened,
      running: this.#reserved().length,
      maxJobs: this.#init.maxJobs,
      round: roundAt(nowMs, this.#init.roundMs),
      ...(freeAtMs === undefined ? {} : { freeAtMs })
    }
  }

  /** When the first of the running deals must have left at the latest. */
  #freeAtMs(nowMs: number): number | undefined {
    const ends = this.#runner
      .live()
      .filter(([, s]) => holdsRoom(s))
      .map(([, s]) => (s.timeline.find(m => m.phase === 'running')?.atMs ?? nowMs) + s.timeoutMs)
    return ends.length === 0 ? undefined : Math.min(...ends)
  }

  #refusal(fact: Fact<JobOffer> | Fact, refused: Refused): Reply {
    const { identity, clock } = this.#c
    const body = encodeRefusal({
      version: 1,
      job: fact.id,
      provider: identity.account,
      reason: refused.reason,
      detail: refused.message.slice(0, 300),
      ...(refused.freeAtMs === undefined ? {} : { freeAtMs: refused.freeAtMs }),
      round: roundAt(clock.nowMs(), this.#init.roundMs)
    })
    const evidence = this.#c.offers.evidence(refused.reason)
    return { type: 'refuse', refusal: { body, signature: identity.sign(body) }, evidence }
  }

  #reserved(): ProviderState['needs'][] {
    return this.#runner
      .live()
      .filter(([, state]) => holdsRoom(state))
      .map(([, state]) => state.needs)
  }

  #perform(state: ProviderState, effect: ProviderEffect): Promise<Event<ProviderEvent> | undefined> {
    const perform = PROVIDER_EFFECTS[effect.type] as (typeof PROVIDER_EFFECTS)['prepare']
    return perform(this.#c, state, effect as { type: 'prepare' }, { signal: this.#shutdown.signal })
  }

  #changed(state: ProviderState, event: ProviderEvent): void {
    this.#c.offers.capacityChanged()
    if (event.type !== 'tick') this.#c.onChange(state)
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#deciding.then(work, work)
    this.#deciding = turn.catch(() => undefined)
    return turn
  }

  async #whileBusy(deadlineMs: number): Promise<void> {
    // a submitted result needs nothing but the clock: it goes on after the next start
    const needsUs = (s: ProviderState) => !PROVIDER_DONE.includes(s.phase) && s.phase !== 'submitted'
    while (this.#runner.live().some(([, s]) => needsUs(s))) {
      if (this.#c.clock.nowMs() >= deadlineMs) return
      await new Promise(resolve => setTimeout(resolve, 25))
    }
  }
}

function statusOf(state: ProviderState): Reply {
  const delivered = state.delivery !== undefined && state.end === undefined
  return {
    type: 'status',
    step: stepName(state),
    ...(state.reason === undefined ? {} : { reason: state.reason.slice(0, 300) }),
    ...(delivered && state.delivery !== undefined ? { delivery: state.delivery } : {})
  }
}
