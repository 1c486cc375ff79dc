import assert from 'node:assert/strict'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import {
  beginProvider,
  PROVIDER_DONE,
  type ProviderEffect,
  type ProviderEvent,
  type ProviderState,
  stepProvider
} from '../../../protocols/deal/provider-machine.ts'
import { Actor, type Unstamped } from './actor.ts'
import { signature, toyDelivery, toyRun, word } from './builders.ts'
import type { Ground } from './ground.ts'
import type { SimCreator } from './sim-creator.ts'
import type { ToyEvent } from './toy-escrow.ts'

/**
 * The last five cheat: a snatcher says no and opens; an idler agrees and opens late or never; a liar's result does not hold
 * together, a forger's does and is wrong; a withholder hands nothing over.
 */
export type ProviderKind = 'honest' | 'fails' | 'silent' | 'snatcher' | 'idler' | 'liar' | 'forger' | 'withholder'
export const BAD_SALT: Hex = word(0xbad)

type Reply = (outcome: Unstamped<ProviderEvent> | undefined) => void
type Perform<T extends ProviderEffect['type']> = (
  this: SimProvider,
  state: ProviderState,
  effect: Extract<ProviderEffect, { type: T }>,
  reply: Reply
) => void

/** What one deal is about, as both sides signed it. */
export type Agreement = Extract<ProviderEvent, { type: 'agreed' }>['state']

export interface ProviderInit {
  account: Address
  address: string
  kind: ProviderKind
  /** whom a deal is with; undefined when it cannot be reached */
  creatorOf(state: ProviderState): SimCreator | undefined
  /** how long the work takes, ms; drawn anew by default */
  workMs?(state: ProviderState): number
}

/** The provider's side with effects that mirror node/roles/provider/effects. */
export class SimProvider extends Actor<ProviderState, ProviderEvent, ProviderEffect> {
  readonly kind: ProviderKind
  readonly init: ProviderInit
  /** deals whose files are gone, and deals that the creator took the result of */
  readonly cleaned = new Set<string>()
  readonly handedOver = new Set<string>()
  /** deals whose run was stopped */
  readonly stopped = new Set<string>()

  constructor(ground: Ground, init: ProviderInit) {
    super(ground, init)
    this.kind = init.kind
    this.init = init
  }

  step = stepProvider
  isDone = (state: ProviderState): boolean => PROVIDER_DONE.includes(state.phase) && state.outbox.length === 0
  failed = (effect: ProviderEffect): Unstamped<ProviderEvent> => ({
    type: 'effectFailed',
    effect: effect.type,
    reason: 'it failed'
  })

  perform(state: ProviderState, effect: ProviderEffect, reply: Reply): void {
    const perform = EFFECTS[effect.type] as Perform<ProviderEffect['type']>
    perform.call(this, state, effect, reply)
  }

  onChain({ deal, kind, end, transaction }: ToyEvent): void {
    const state = this.journal.get(deal)
    if (state === undefined) return
    if (end !== undefined) this.dispatch(deal, { type: 'ended', end })
    if (kind === 'challenged') this.dispatch(deal, { type: 'challenged' })
    if (kind !== 'opened' || state.phase !== 'preparing') return
    const { phase, deadlineSec: submitBySec } = this.escrow.status(deal, state.deal)
    if (phase === 'open') this.dispatch(deal, { type: 'opened', transaction, submitBySec, nowSec: this.world.nowSec })
  }

  /** Journals an agreement: the reservation holds when this returns, unless this side died over it. */
  agree(state: Agreement): void {
    this.begin(state.dealId, beginProvider({ type: 'agreed', atMs: this.world.nowMs, state }))
    assert.ok(!this.up || this.journal.has(state.dealId), 'a signature leaves that is not in the journal')
  }

  onMessage(dealId: Hex, what: 'sendAccept' | 'sendReject' | 'sendCancel'): 'ok' | undefined {
    if (what === 'sendAccept') this.dispatch(dealId, { type: 'accepted', signature: signature(3) })
    if (what === 'sendReject') this.dispatch(dealId, { type: 'rejected', reason: 'bad' })
    if (what === 'sendCancel') this.dispatch(dealId, { type: 'cancelRequested' })
    return this.up ? 'ok' : undefined
  }
}

function charge(state: ProviderState): bigint {
  return state.delivery?.result.charge ?? 0n
}

const EFFECTS: { [T in ProviderEffect['type']]: Perform<T> } = {
  prepare(_state, _effect, reply) {
    this.world.after(this.world.between(...this.ground.pace.prepareMs), () => {
      reply(
        this.world.chance(this.ground.hazards.unprepared ?? 0)
          ? { type: 'prepareFailed', reason: 'no such image' }
          : { type: 'prepared' }
      )
    })
  },
  open({ dealId, deal }, _effect, reply) {
    const opened = () => {
      const { phase, deadlineSec: submitBySec } = this.escrow.status(dealId, deal)
      if (phase !== 'open') return false
      reply({ type: 'opened', transaction: dealId, submitBySec, nowSec: this.world.nowSec })
      return true
    }
    try {
      this.escrow.open(dealId, deal)
      opened()
    } catch {
      if (!opened()) reply({ type: 'openFailed', reason: 'the deal cannot be opened' })
    }
  },
  run(state, _effect, reply) {
    const status = this.kind === 'fails' ? 'engine-error' : 'exited'
    const workMs = this.init.workMs?.(state) ?? this.world.between(0, 15_000)
    this.world.after(workMs, () => reply({ type: 'ran', run: toyRun(status) }))
  },
  cancelRun({ dealId }, _effect, reply) {
    this.stopped.add(dealId)
    reply({ type: 'ran', run: toyRun('cancelled') })
  },
  publish({ dealId, deal }, _effect, reply) {
    const delivery = toyDelivery(dealId, deal.price)
    const made = this.kind === 'liar' ? { ...delivery, salt: BAD_SALT } : delivery
    reply({ type: 'published', delivery: made, resultCid: 'cid' })
  },
  deliver(state, effect, reply) {
    const { dealId, delivery } = state
    if (delivery === undefined || this.kind === 'withholder') throw new Error('not delivered')
    const creator = this.init.creatorOf(state)
    const failed = () => reply(this.failed(effect))
    if (creator === undefined) return failed()
    this.ask(
      creator,
      { handle: () => creator.onDeliver(dealId, delivery) },
      answer => {
        if (answer !== 'ok') return failed()
        this.handedOver.add(dealId)
        reply({ type: 'delivered' })
      },
      failed
    )
  },
  tellFailed(state, effect, reply) {
    const { dealId } = state
    const creator = this.init.creatorOf(state)
    const failed = () => reply(this.failed(effect))
    if (creator === undefined) return failed()
    this.ask(creator, { handle: () => creator.onFailed(dealId) }, () => reply({ type: 'told' }), failed)
  },
  submit({ dealId, deal }, _effect, reply) {
    this.escrow.submit(dealId, this.kind !== 'liar' && this.kind !== 'forger')
    const { phase, deadlineSec } = this.escrow.status(dealId, deal)
    reply(phase === 'submitted' ? { type: 'submitted', reviewBySec: deadlineSec } : undefined)
  },
  settle(state, _effect, reply) {
    reply({ type: 'ended', end: this.escrow.settle(state.dealId, charge(state)) })
  },
  claim(state, _effect, reply) {
    reply({ type: 'ended', end: this.escrow.claim(state.dealId, charge(state)) })
  },
  defend(_state, _effect, reply) {
    reply({ type: 'defended' })
  },
  forfeit({ dealId }, _effect, reply) {
    reply({ type: 'ended', end: this.escrow.forfeit(dealId) })
  },
  checkEnd() {
    throw new Error('its end has not been seen')
  },
  cleanUp({ dealId }, _effect, reply) {
    this.cleaned.add(dealId)
    reply({ type: 'cleaned' })
  }
}
