import assert from 'node:assert/strict'
import type { Hex } from '../../../protocols/common/values.ts'
import {
  beginProvider,
  PROVIDER_DONE,
  type ProviderEffect,
  type ProviderEvent,
  type ProviderState,
  stepProvider
} from '../../../protocols/deal/provider-machine.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { Actor, type Hazards, type Unstamped } from './actor.ts'
import { CREATOR, signature, toyDelivery, toyRun, word } from './builders.ts'
import type { SimCreator } from './sim-creator.ts'
import type { ToyEscrow, ToyEvent } from './toy-escrow.ts'
import type { World } from './world.ts'

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

/** The provider's side with effects that mirror node/roles/provider/effects. */
export class SimProvider extends Actor<ProviderState, ProviderEvent, ProviderEffect> {
  readonly number: number
  readonly kind: ProviderKind
  creator: SimCreator | undefined
  /** deals whose files are gone, and deals that the creator took the result of */
  readonly cleaned = new Set<string>()
  readonly handedOver = new Set<string>()
  /** deals whose run was stopped */
  readonly stopped = new Set<string>()
  readonly needs = { cpuMillis: 1, memoryBytes: 1, diskBytes: 1 }

  constructor(world: World, escrow: ToyEscrow, hazards: Hazards, number: number, kind: ProviderKind) {
    super(world, escrow, hazards)
    this.number = number
    this.kind = kind
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

  onPropose(dealId: Hex, deal: Deal): 'agree' | 'refuse' | undefined {
    if (this.kind === 'silent' || this.kind === 'snatcher' || this.kind === 'idler') return this.#cheat(dealId, deal)
    const known = this.journal.get(dealId)
    if (known !== undefined) return PROVIDER_DONE.includes(known.phase) ? 'refuse' : 'agree'
    if (this.world.nowSec >= deal.openBefore || this.world.chance(0.2)) return 'refuse'
    const state = {
      dealId,
      deal,
      creatorSignature: signature(1),
      providerSignature: signature(2),
      creator: { account: CREATOR, peer: 'creator', addrs: [] },
      spec: new Uint8Array(),
      needs: { engine: 'noop' as const, resources: this.needs, network: 'none' as const },
      timeoutMs: 10_000
    }
    this.begin(dealId, beginProvider({ type: 'agreed', atMs: this.world.nowMs, state }))
    if (!this.up) return undefined
    assert.ok(this.journal.has(dealId), 'a signature leaves that is not in the journal')
    return 'agree'
  }

  onMessage(dealId: Hex, what: 'sendAccept' | 'sendReject' | 'sendCancel'): 'ok' | undefined {
    if (what === 'sendAccept') this.dispatch(dealId, { type: 'accepted', signature: signature(3) })
    if (what === 'sendReject') this.dispatch(dealId, { type: 'rejected', reason: 'bad' })
    if (what === 'sendCancel') this.dispatch(dealId, { type: 'cancelRequested' })
    return this.up ? 'ok' : undefined
  }

  #cheat(dealId: Hex, deal: Deal): 'agree' | 'refuse' | undefined {
    const { world } = this
    const open = () => {
      try {
        this.escrow.open(dealId, deal)
      } catch {
        // another was faster, or the nonce is burnt
      }
    }
    if (world.chance(0.5)) world.after(world.between(0, 22_000), open)
    if (this.kind === 'silent') return undefined
    return this.kind === 'idler' ? 'agree' : 'refuse'
  }
}

function charge(state: ProviderState): bigint {
  return state.delivery?.result.charge ?? 0n
}

const EFFECTS: { [T in ProviderEffect['type']]: Perform<T> } = {
  prepare(_state, _effect, reply) {
    this.world.after(this.world.between(0, 8_000), () => {
      reply(this.world.chance(0.05) ? { type: 'prepareFailed', reason: 'no such image' } : { type: 'prepared' })
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
  run(_state, _effect, reply) {
    const status = this.kind === 'fails' ? 'engine-error' : 'exited'
    this.world.after(this.world.between(0, 15_000), () => reply({ type: 'ran', run: toyRun(status) }))
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
  deliver({ dealId, delivery }, effect, reply) {
    if (delivery === undefined || this.kind === 'withholder') throw new Error('not delivered')
    const { creator } = this
    const failed = () => reply(this.failed(effect))
    if (creator === undefined) return failed()
    this.ask(
      creator,
      () => creator.onDeliver(dealId, delivery),
      answer => {
        if (answer !== 'ok') return failed()
        this.handedOver.add(dealId)
        reply({ type: 'delivered' })
      },
      failed
    )
  },
  tellFailed({ dealId }, effect, reply) {
    const { creator } = this
    const failed = () => reply(this.failed(effect))
    if (creator === undefined) return failed()
    this.ask(
      creator,
      () => creator.onFailed(dealId),
      () => reply({ type: 'told' }),
      failed
    )
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
