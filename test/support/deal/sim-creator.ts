import assert from 'node:assert/strict'
import { beginCreator, isDone, stepCreator } from '../../../protocols/deal/creator-machine.ts'
import type {
  Attempt,
  Check,
  CreatorEffect,
  CreatorEvent,
  CreatorState
} from '../../../protocols/deal/creator-types.ts'
import type { Step } from '../../../protocols/deal/machine.ts'
import type { Delivery } from '../../../protocols/deal/messages.ts'
import { resting } from '../../../protocols/deal/patience.ts'
import { Actor, type Hazards, type Unstamped } from './actor.ts'
import { account, signature, toyCandidate, toyDeal, toyJob, toyResult, word } from './builders.ts'
import { BAD_SALT, type SimProvider } from './sim-provider.ts'
import type { ToyEscrow, ToyEvent } from './toy-escrow.ts'
import type { World } from './world.ts'

export type CreatorKind = 'honest' | 'dies' | 'rejects'
/** What its deals say about a court, and how it checks results. */
export interface Caution {
  committee: boolean
  check: Check
}
type Reply = (outcome: Unstamped<CreatorEvent> | undefined) => void
type Perform<T extends CreatorEffect['type']> = (
  this: SimCreator,
  state: CreatorState,
  effect: Extract<CreatorEffect, { type: T }>,
  reply: Reply
) => void

const JOB = 'job'

/** The creator's side with effects that mirror node/roles/creator/effects. */
export class SimCreator extends Actor<CreatorState, CreatorEvent, CreatorEffect> {
  readonly kind: CreatorKind
  readonly providers: SimProvider[]
  readonly caution: Caution
  /** deals whose verified result this side has held */
  readonly held = new Set<string>()
  #nonces = 0
  #deals = 0

  constructor(
    world: World,
    escrow: ToyEscrow,
    hazards: Hazards,
    kind: CreatorKind,
    caution: Caution,
    providers: SimProvider[]
  ) {
    super(world, escrow, hazards)
    this.kind = kind
    this.caution = caution
    this.providers = providers
    for (const provider of providers) provider.creator = this
  }

  submit(): void {
    const job = toyJob({ jobId: JOB, jobOffer: this.freshOffer(), check: this.caution.check })
    this.begin(JOB, beginCreator({ type: 'submitted', atMs: this.world.nowMs, job }))
  }

  get job(): CreatorState {
    return this.journal.get(JOB) as CreatorState
  }

  step(state: CreatorState, event: CreatorEvent): Step<CreatorState, CreatorEffect> {
    return stepCreator(state, event)
  }
  isDone = (state: CreatorState): boolean => isDone(state.phase)
  failed = (effect: CreatorEffect): Unstamped<CreatorEvent> => ({
    type: 'effectFailed',
    effect: effect.type,
    reason: 'it failed'
  })

  perform(state: CreatorState, effect: CreatorEffect, reply: Reply): void {
    const perform = EFFECTS[effect.type] as Perform<CreatorEffect['type']>
    perform.call(this, state, effect, reply)
  }

  onChain(event: ToyEvent): void {
    const { id, attempt } = this.#ofDeal(event.deal) ?? {}
    if (id === undefined || attempt === undefined) return
    if (event.end !== undefined) this.dispatch(id, { type: 'ended', dealId: event.deal, end: event.end })
    const { transaction: hash } = event
    if (event.kind === 'challenged') this.dispatch(id, { type: 'challenged', dealId: event.deal, transaction: hash })
    if (event.kind === 'submitted') {
      const { phase, deadlineSec: reviewBySec } = this.escrow.status(event.deal, attempt.deal)
      if (phase === 'submitted') this.dispatch(id, { type: 'reviewBegan', dealId: event.deal, reviewBySec })
    }
    if (event.kind !== 'opened') return
    const { phase, deadlineSec } = this.escrow.status(event.deal, attempt.deal)
    if (phase !== 'open' && phase !== 'submitted') return
    const { transaction } = event
    this.dispatch(id, { type: 'opened', dealId: event.deal, transaction, submitBySec: deadlineSec })
  }

  /** The reply to a message of a provider; undefined when this side died over it. */
  onDeliver(dealId: string, delivery: Delivery): 'ok' | 'unknown' | undefined {
    const { id } = this.#ofDeal(dealId) ?? {}
    if (id === undefined) return 'unknown'
    const after = this.dispatch(id, { type: 'delivered', dealId: dealId as `0x${string}`, delivery })
    if (!this.up) return undefined
    return after?.attempt?.dealId === dealId && after.attempt.delivery !== undefined ? 'ok' : 'unknown'
  }

  onFailed(dealId: string): 'ok' | undefined {
    const { id } = this.#ofDeal(dealId) ?? {}
    if (id !== undefined)
      this.dispatch(id, { type: 'providerFailed', dealId: dealId as `0x${string}`, reason: 'the provider says so' })
    return this.up ? 'ok' : undefined
  }

  rank(state: CreatorState, freshNonce: boolean): Unstamped<CreatorEvent> {
    const asleep = resting(state, () => undefined, this.world.nowMs)
    return {
      type: 'ranked',
      attemptNo: state.past.length,
      candidates: this.providers.map(p => toyCandidate(p.number)).filter(c => !asleep.has(c.account)),
      certificate: new Uint8Array(),
      counts: {},
      ...(freshNonce ? { jobOffer: this.freshOffer() } : {})
    }
  }

  sign(state: CreatorState, index: number): Unstamped<CreatorEvent> {
    const candidate = state.candidates[index]
    assert.ok(candidate !== undefined)
    const openBefore = this.world.nowSec + 20
    const court = this.caution.committee ? ({ committee: 3, seatFee: 1_000n, collateral: 4_000n } as const) : {}
    const nonce = BigInt(state.jobOffer[0] ?? 0)
    const deal = toyDeal({ provider: candidate.account, openBefore, nonce, ...court })
    const dealId = word(++this.#deals)
    return { type: 'proposalSigned', attemptNo: state.past.length, index, deal, dealId, signature: signature(1) }
  }

  providerOf({ candidate }: Attempt): SimProvider {
    return this.providers.find(p => account(p.number) === candidate.account) as SimProvider
  }

  /** before a result is signed, which pays for it */
  onSign(_state: CreatorState): void {}

  freshOffer(): Uint8Array {
    return Uint8Array.of(++this.#nonces)
  }

  /** The job that a proposal belongs to. */
  #ofDeal(dealId: string): { id: string; attempt: Attempt } | undefined {
    for (const [id, state] of this.journal) {
      const attempt = openable(state).find(a => a.dealId === dealId)
      if (attempt !== undefined) return { id, attempt }
    }
    return undefined
  }
}

export const openable = (state: CreatorState): Attempt[] =>
  state.attempt === undefined ? [...state.signed] : [...state.signed, state.attempt]

function need(state: CreatorState): Attempt {
  if (state.attempt === undefined) throw new Error('no attempt')
  return state.attempt
}

function tell(effect: 'sendAccept' | 'sendReject' | 'sendCancel') {
  return function (this: SimCreator, state: CreatorState, _effect: unknown, reply: Reply) {
    const { dealId } = need(state)
    const provider = this.providerOf(need(state))
    const failed = () => reply(this.failed({ type: effect } as CreatorEffect))
    this.ask(
      provider,
      () => provider.onMessage(dealId, effect),
      () => reply({ type: 'told', effect }),
      failed
    )
  }
}

const EFFECTS: { [T in CreatorEffect['type']]: Perform<T> } = {
  rank(state, { freshNonce }, reply) {
    reply(this.rank(state, freshNonce))
  },
  announce(_state, _effect, reply) {
    reply({ type: 'announced' })
  },
  signProposal(state, { index }, reply) {
    reply(this.sign(state, index))
  },
  propose(state, _effect, reply) {
    const { dealId, deal } = need(state)
    const now = this.journal.get(state.jobId) ?? state
    // the job may have gone on since: then the proposal was there and is over
    const hasMovedOn = now.phase !== 'proposing' || now.past.length !== state.past.length
    assert.ok(
      hasMovedOn || openable(now).some(a => a.dealId === dealId),
      'a proposal leaves that is not in the journal'
    )
    const provider = this.providerOf(need(state))
    this.ask(
      provider,
      () => provider.onPropose(dealId, deal),
      answer =>
        reply(
          answer === 'agree'
            ? { type: 'agreed', dealId, signature: signature(2) }
            : { type: 'refused', dealId, reason: 'no-room', detail: 'no room' }
        ),
      () => reply({ type: 'refused', dealId, reason: 'unreachable', detail: 'no answer' })
    )
  },
  follow(state, _effect, reply) {
    this.world.after(this.world.between(0, 20_000), () => reply({ type: 'followed', dealId: need(state).dealId }))
  },
  checkOpened(state, _effect, reply) {
    const list = [...(state.closing === undefined ? [] : state.signed), ...(state.attempt ? [state.attempt] : [])]
    let isSpent = false
    for (const { deal, dealId } of list) {
      const { phase, deadlineSec } = this.escrow.status(dealId, deal)
      if (phase === 'open' || phase === 'submitted') {
        return reply({ type: 'opened', dealId, transaction: word(0), submitBySec: deadlineSec })
      }
      isSpent ||= phase === 'closed'
    }
    const first = list[0]
    if (first === undefined) return
    if (isSpent) this.escrow.burn(first.deal.nonce)
    reply({ type: 'neverOpened', dealId: state.attempt?.dealId ?? first.dealId, all: state.closing !== undefined })
  },
  fetchResult(state, _effect, reply) {
    const { dealId, delivery } = need(state)
    const provider = this.providerOf(need(state))
    this.world.after(this.world.between(100, 5_000), () => {
      if (!provider.up || provider.cleaned.has(dealId)) return reply(this.failed({ type: 'fetchResult' }))
      const isBad = this.kind === 'rejects' || delivery?.salt === BAD_SALT
      if (isBad) return reply({ type: 'resultBad', dealId, reason: 'it is bad' })
      this.held.add(dealId)
      const outcome = provider.stopped.has(dealId) ? 'cancelled' : 'exited'
      reply({ type: 'fetched', dealId, result: { ...toyResult(), outcome } })
    })
  },
  runAgain(state, _effect, reply) {
    const { dealId } = need(state)
    const isForged = this.providerOf(need(state)).kind === 'forger'
    const found = isForged ? { differs: 'another result', note: 'another result' } : { note: 'the same result' }
    this.world.after(this.world.between(0, 15_000), () => reply({ type: 'ranAgain', dealId, ...found }))
  },
  challenge(state, _effect, reply) {
    const { dealId } = need(state)
    this.escrow.challenge(dealId)
    reply({ type: 'challenged', dealId, transaction: dealId })
  },
  pursue(state, _effect, reply) {
    reply({ type: 'pursued', dealId: need(state).dealId })
  },
  signResult(state, _effect, reply) {
    const { dealId, delivery } = need(state)
    assert.ok(this.held.has(dealId), 'a result is accepted that was never verified')
    this.onSign(state)
    assert.equal(delivery?.result.deal, dealId)
    reply({ type: 'resultSigned', dealId, signature: signature(3) })
  },
  sendAccept: tell('sendAccept'),
  sendReject: tell('sendReject'),
  sendCancel: tell('sendCancel'),
  burn(state, _effect, reply) {
    const deal = state.attempt?.deal ?? state.signed.at(-1)?.deal
    if (deal !== undefined) this.escrow.burn(deal.nonce)
    reply({ type: 'burned' })
  },
  timeoutSubmit(state, _effect, reply) {
    const { dealId, deal } = need(state)
    if (this.escrow.status(dealId, deal).phase !== 'open') throw new Error('its end has not been seen')
    reply({ type: 'ended', dealId, end: this.escrow.timeoutSubmit(dealId) })
  },
  checkEnd(state, _effect, reply) {
    const { dealId, deal } = need(state)
    if (this.escrow.status(dealId, deal).phase !== 'none') throw new Error('its end has not been seen')
    reply({ type: 'neverOpened', dealId, all: false })
  }
}
