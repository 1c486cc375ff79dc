import type { Hex } from '../../../protocols/common/values.ts'
import type { Reply, Request } from '../../../protocols/deal/messages.ts'
import type { DealProgress } from '../../../protocols/deal/progress.ts'
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
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { Room } from '../../../protocols/matching/room.ts'
import type { Fact, ResourceOffer } from '../../../protocols/offers/schema.ts'
import type { AbortOptions } from '../../components.ts'
import type { GpuDevice } from '../../config/host/gpus.ts'
import type { Journal, MachineRecord } from '../../journal/journal.ts'
import type { DealEvent, Settlement } from '../../settlement/settlement.ts'
import { endOf } from '../deal-ends.ts'
import { carryOut } from '../effects.ts'
import type { LogStore } from '../log-store.ts'
import { type Event, MachineRunner } from '../machine-runner.ts'
import type { IsDrawn } from '../seal/drawn.ts'
import { Doors } from './doors.ts'
import { PROVIDER_EFFECTS, type ProviderEffectComponents } from './effects.ts'
import { type DeskComponents, type DeskInit, FrontDesk } from './front-desk.ts'
import type { OfferKeeper } from './offer-keeper.ts'
import { RoomKeeper, type RoomKeeperInit } from './room-keeper.ts'

export const PROVIDER_KIND = 'provider-deal'

/** What only reads, or writes no further than this node's own store. Not `run`: a job may do something in the world. */
const PRIVATE_EFFECTS: ReadonlySet<ProviderEffect['type']> = new Set(['prepare', 'publish', 'cleanUp'] as const)

export interface ProviderInit extends DeskInit, RoomKeeperInit {
  /** how long running work may go on after `stop` was asked for */
  drainMs: number
  /** the GPUs of the offered capacity, by the ids that containers are given them by */
  devices: readonly GpuDevice[]
}

export interface ProviderComponents extends ProviderEffectComponents, DeskComponents {
  journal: Journal
  offers: OfferKeeper
  settlement: Settlement
  onChange(state: ProviderState): void
  isDrawn: IsDrawn
  /** removes what runs of deals other than these left behind */
  sweep(keep: Hex[]): Promise<void>
}

/** Answers proposals, and runs the deals it has agreed to. */
export class ProviderRole {
  readonly #init: ProviderInit
  readonly #c: ProviderComponents
  readonly #runner: MachineRunner<ProviderState, ProviderEvent, ProviderEffect>
  #shutdown = new AbortController()
  /** changes of the standing offer, one after the other */
  #market: Promise<void> = Promise.resolve()
  readonly #doors: Doors
  readonly #desk: FrontDesk
  readonly #room: RoomKeeper

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
        isDone: state => PROVIDER_DONE.includes(state.phase) && state.outbox.length === 0,
        private: PRIVATE_EFFECTS,
        onChange: (_id, state, event) => this.#changed(state, event),
        onError: (id, effect, error) => log.warn({ deal: id, effect: effect.type, error }, 'deal step failed')
      },
      journal,
      () => clock.nowMs()
    )
    const { schedule } = init.admission
    this.#doors = new Doors({ schedule }, { clock, alarm: components.alarm, onChange: () => this.#doorsChanged() })
    const live = (): ProviderState[] => this.#runner.live().map(([, state]) => state)
    this.#room = new RoomKeeper(init, {
      journal,
      clock,
      capacity: () => components.offers.capacity,
      devices: init.devices,
      live
    })
    const deals = {
      get: (id: Hex) => this.#runner.get(id),
      closed: () => this.#doors.closedText,
      agree: (state: Extract<ProviderEvent, { type: 'agreed' }>['state']) =>
        void this.#runner.begin(state.dealId, { type: 'agreed', state })
    }
    this.#desk = new FrontDesk(init, components, deals, this.#room)
  }

  async start(): Promise<void> {
    if (this.#shutdown.signal.aborted) this.#shutdown = new AbortController()
    const live = this.#c.journal.list<ProviderState>(PROVIDER_KIND, { done: false })
    await this.#c.sweep(live.map(record => record.state.dealId)).catch(error => {
      this.#c.log.warn({ error }, 'leftovers of an earlier run could not be removed')
    })
    this.#runner.start()
  }

  /** Offers this machine to the market: the last step, when everything that a deal needs is running. */
  async openForWork(): Promise<void> {
    this.#doors.open()
    await this.#market
  }

  /** Whether new work is taken, and why not. What runs goes on in any case. */
  get doors(): Pick<Doors, 'closed' | 'closedText' | 'changesAtMs' | 'drain' | 'resume'> {
    return this.#doors
  }

  /** Resolves when the standing offer is as the doors are: there, or withdrawn. A market that could not be told is no error. */
  async offerFollows(): Promise<void> {
    await this.#market.catch(() => undefined)
  }

  /** deals that need this machine still */
  get unfinished(): ProviderState[] {
    return this.#runner.live().flatMap(([, state]) => (needsUs(state) ? [state] : []))
  }

  /** deals that have not ended, those that only wait for a review or the chain included */
  get live(): number {
    return this.#runner.live().length
  }

  get capacity(): Room {
    return this.#c.offers.capacity
  }

  /** what could be given away now, if it takes work */
  get free(): Room {
    return this.#room.offered()
  }

  /** proposals that have no answer yet */
  get waiting(): number {
    return this.#desk.waiting
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
    if (this.#doors.closed === 'stopping') return
    this.#doors.stop()
    await this.#market.catch(() => undefined)
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
    if (event.kind === 'challenged') this.#runner.dispatch(event.deal, { type: 'challenged' })
    const state = event.kind === 'opened' ? this.#runner.get(event.deal) : undefined
    if (state?.phase !== 'preparing') return
    // a transaction of ours from before a crash
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
  async onRequest(request: Request, peer: string, options: AbortOptions = {}): Promise<Reply | undefined> {
    if (request.type === 'propose') return await this.#desk.answer(request, peer, options)
    if (request.type === 'key') return await this.#onKey(request, peer)
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
    if (request.type === 'status') return statusOf(state, this.#c.workshop.progressOf(state.dealId))
    if (request.type === 'reject') this.#runner.dispatch(request.deal, { type: 'rejected', reason: request.reason })
    if (request.type === 'cancel') this.#runner.dispatch(request.deal, { type: 'cancelRequested' })
    if (request.type === 'accept') await this.#onAccept(state, request.signature)
    return { type: 'ok' }
  }

  /** A judge that was drawn for a private deal of ours sees what we saw. */
  async #onKey({ deal, bind }: Extract<Request, { type: 'key' }>, peer: string): Promise<Reply | undefined> {
    const state = this.#runner.get(deal)
    if (state === undefined) return undefined
    const options = { signal: this.#shutdown.signal }
    if (state.phase !== 'disputed' || !decodeSpec(state.spec).private) return { type: 'status', step: 'unknown' }
    if (!(await this.#c.isDrawn(deal, peer, bind, options))) return { type: 'status', step: 'unknown' }
    return { type: 'key', key: await this.#c.workshop.keyOf(state, options) }
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

  #perform(state: ProviderState, effect: ProviderEffect): Promise<Event<ProviderEvent> | undefined> {
    return carryOut(PROVIDER_EFFECTS, this.#c, state, effect, { signal: this.#shutdown.signal })
  }

  #changed(state: ProviderState, event: ProviderEvent): void {
    this.#c.offers.capacityChanged()
    this.#desk.review()
    if (event.type !== 'tick') this.#c.onChange(state)
  }

  /** Offers this machine while it takes work, and says so when it does not any more. */
  #doorsChanged(): void {
    const { closedText } = this.#doors
    const { offers, log } = this.#c
    log.info({ open: closedText === undefined, reason: closedText }, 'doors')
    if (closedText !== undefined) this.#desk.close(closedText)
    const before = this.#market.catch(() => undefined)
    this.#market = before.then(async () => {
      // what was asked for last counts
      if (this.#doors.closed === undefined) await offers.start(() => this.#room.offered())
      else await offers.stop()
    })
    this.#market.catch(error => log.warn({ error }, 'the offer could not be published'))
  }

  async #whileBusy(deadlineMs: number): Promise<void> {
    while (this.unfinished.length > 0) {
      if (this.#c.clock.nowMs() >= deadlineMs) return
      await new Promise(resolve => setTimeout(resolve, 25))
    }
  }
}

// a submitted result needs nothing but the clock: it goes on after the next start
const needsUs = (s: ProviderState): boolean => !PROVIDER_DONE.includes(s.phase) && s.phase !== 'submitted'

function statusOf(state: ProviderState, progress: DealProgress | undefined): Reply {
  const delivered = state.delivery !== undefined && state.end === undefined
  return {
    type: 'status',
    step: stepName(state),
    ...(state.reason === undefined ? {} : { reason: state.reason.slice(0, 300) }),
    ...(state.phase === 'preparing' && progress !== undefined ? { progress } : {}),
    ...(delivered && state.delivery !== undefined ? { delivery: state.delivery } : {})
  }
}
