import assert from 'node:assert/strict'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import { isDone, stepCreator } from '../../../protocols/deal/creator-machine.ts'
import type {
  Attempt,
  Candidate,
  Check,
  CreatorEffect,
  CreatorEvent,
  CreatorState
} from '../../../protocols/deal/creator-types.ts'
import type { Step } from '../../../protocols/deal/machine.ts'
import type { Delivery, Refusal } from '../../../protocols/deal/messages.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { Actor, type MaybePromise, type Unstamped, whenDone } from './actor.ts'
import { signature, toyResult, word } from './builders.ts'
import type { Ground } from './ground.ts'
import { BAD_SALT, type SimProvider } from './sim-provider.ts'
import type { ToyEvent } from './toy-escrow.ts'

export type CreatorKind = 'honest' | 'dies' | 'rejects'
/** What its deals say about a court, and how it checks results. */
export interface Caution {
  committee: boolean
  check: Check
}

/** What came back to a proposal. */
export type Answer =
  | { type: 'agree'; signature: Hex }
  | {
      type: 'refuse'
      reason: string
      detail: string
      freeAtMs?: number
      holdUntilMs?: number
      signed?: Refusal
      certificate?: Uint8Array
    }

/** Who there is to ask, and what is said to them: the toy market of one job, or a book full of offers. */
export interface CreatorMarket {
  rank(state: CreatorState, freshNonce: boolean): MaybePromise<Omit<Unstamped<Ranked>, 'type' | 'attemptNo'>>
  terms(state: CreatorState, candidate: Candidate): { deal: Deal; dealId: Hex; signature: Hex }
  /** asks the provider; undefined: no answer came */
  propose(
    creator: SimCreator,
    state: CreatorState,
    attempt: Attempt,
    answered: (answer: Answer | undefined) => void
  ): void
  announce(state: CreatorState): MaybePromise<void>
  providerOf(candidate: Candidate): SimProvider
  /** does not answer at all, once it has agreed */
  isSilent?(candidate: Candidate): boolean
}
const NO_ANSWER: Answer = { type: 'refuse', reason: 'unreachable', detail: 'no answer' }
type Ranked = Extract<CreatorEvent, { type: 'ranked' }>

type Reply = (outcome: Unstamped<CreatorEvent> | undefined) => void
type Perform<T extends CreatorEffect['type']> = (
  this: SimCreator,
  state: CreatorState,
  effect: Extract<CreatorEffect, { type: T }>,
  reply: Reply
) => void

export interface CreatorInit {
  account: Address
  address: string
  kind: CreatorKind
  caution: Caution
}

/** The creator's side with effects that mirror node/roles/creator/effects. */
export class SimCreator extends Actor<CreatorState, CreatorEvent, CreatorEffect> {
  readonly kind: CreatorKind
  readonly caution: Caution
  readonly market: CreatorMarket
  /** deals whose verified result this side has held */
  readonly held = new Set<string>()
  /** which job a signed proposal was for; the journal says whether it still counts */
  readonly #jobOfDeal = new Map<string, string>()

  constructor(ground: Ground, init: CreatorInit, market: CreatorMarket) {
    super(ground, init)
    this.kind = init.kind
    this.caution = init.caution
    this.market = market
  }

  /** The one job of a creator that has one. */
  get job(): CreatorState {
    const [first] = this.journal.values()
    return first as CreatorState
  }

  step(state: CreatorState, event: CreatorEvent): Step<CreatorState, CreatorEffect> {
    return stepCreator(state, event)
  }
  isDone = (state: CreatorState): boolean => isDone(state.phase)
  failed = (effect: Pick<CreatorEffect, 'type'>): Unstamped<CreatorEvent> => ({
    type: 'effectFailed',
    effect: effect.type,
    reason: 'it failed'
  })

  perform(state: CreatorState, effect: CreatorEffect, reply: Reply): void {
    const perform = EFFECTS[effect.type] as Perform<CreatorEffect['type']>
    perform.call(this, state, effect, reply)
  }

  onChain(event: ToyEvent): void {
    const state = this.#ofDeal(event.deal)
    const attempt = state && openable(state).find(a => a.dealId === event.deal)
    if (state === undefined || attempt === undefined) return
    const { jobId } = state
    const { deal: dealId, transaction } = event
    if (event.end !== undefined) this.dispatch(jobId, { type: 'ended', dealId, end: event.end })
    if (event.kind === 'challenged') this.dispatch(jobId, { type: 'challenged', dealId, transaction })
    const { phase, deadlineSec } = this.escrow.status(dealId, attempt.deal)
    if (event.kind === 'submitted' && phase === 'submitted') {
      this.dispatch(jobId, { type: 'reviewBegan', dealId, reviewBySec: deadlineSec })
    }
    if (event.kind !== 'opened' || (phase !== 'open' && phase !== 'submitted')) return
    this.dispatch(jobId, { type: 'opened', dealId, transaction, submitBySec: deadlineSec })
  }

  /** The reply to a message of a provider; undefined when this side died over it. */
  onDeliver(dealId: Hex, delivery: Delivery): 'ok' | 'unknown' | undefined {
    const state = this.#ofDeal(dealId)
    if (state === undefined || !openable(state).some(a => a.dealId === dealId)) return 'unknown'
    const after = this.dispatch(state.jobId, { type: 'delivered', dealId, delivery })
    if (!this.up) return undefined
    return after?.attempt?.dealId === dealId && after.attempt.delivery !== undefined ? 'ok' : 'unknown'
  }

  onFailed(dealId: Hex): 'ok' | undefined {
    const state = this.#ofDeal(dealId)
    if (state !== undefined) {
      this.dispatch(state.jobId, { type: 'providerFailed', dealId, reason: 'the provider says so' })
    }
    return this.up ? 'ok' : undefined
  }

  sign(state: CreatorState, index: number): Unstamped<CreatorEvent> {
    const candidate = state.candidates[index]
    assert.ok(candidate !== undefined)
    const { deal, dealId, signature } = this.market.terms(state, candidate)
    this.#jobOfDeal.set(dealId, state.jobId)
    return { type: 'proposalSigned', attemptNo: state.past.length, index, deal, dealId, signature }
  }

  providerOf({ candidate }: Attempt): SimProvider {
    return this.market.providerOf(candidate)
  }

  rank(state: CreatorState, freshNonce: boolean): ReturnType<CreatorMarket['rank']> {
    return this.market.rank(state, freshNonce)
  }

  /** before a result is signed, which pays for it */
  onSign(_state: CreatorState): void {}

  #ofDeal(dealId: string): CreatorState | undefined {
    const jobId = this.#jobOfDeal.get(dealId)
    return jobId === undefined ? undefined : this.journal.get(jobId)
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
    const failed = () => reply(this.failed({ type: effect }))
    this.ask(
      provider,
      { handle: () => provider.onMessage(dealId, effect) },
      () => reply({ type: 'told', effect }),
      failed
    )
  }
}

const EFFECTS: { [T in CreatorEffect['type']]: Perform<T> } = {
  rank(state, { freshNonce }, reply) {
    const attemptNo = state.past.length
    whenDone(this.world, this.rank(state, freshNonce), ranked => reply({ type: 'ranked', attemptNo, ...ranked }))
  },
  announce(state, _effect, reply) {
    whenDone(this.world, this.market.announce(state), () => reply({ type: 'announced' }))
  },
  signProposal(state, { index }, reply) {
    reply(this.sign(state, index))
  },
  propose(state, _effect, reply) {
    const attempt = need(state)
    const { dealId } = attempt
    const now = this.journal.get(state.jobId) ?? state
    // the job may have gone on since: then the proposal was there and is over
    const hasMovedOn = now.phase !== 'proposing' || now.past.length !== state.past.length
    assert.ok(
      hasMovedOn || openable(now).some(a => a.dealId === dealId),
      'a proposal leaves that is not in the journal'
    )
    this.market.propose(this, state, attempt, (answer = NO_ANSWER) => {
      reply(answer.type === 'agree' ? { ...answer, type: 'agreed', dealId } : { ...answer, type: 'refused', dealId })
    })
  },
  follow(state, _effect, reply) {
    const { dealId, candidate } = need(state)
    const isThere = this.providerOf(need(state)).up && this.market.isSilent?.(candidate) !== true
    if (isThere) this.world.after(this.world.between(0, 20_000), () => reply({ type: 'followed', dealId }))
    else this.world.after(this.world.between(5, 2_000), () => reply(this.failed({ type: 'follow' })))
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
    this.world.after(this.world.between(...this.ground.pace.fetchMs), () => {
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
