import {
  type Attempt,
  type CreatorEffect,
  type CreatorEvent,
  type CreatorPhase,
  type CreatorState,
  MAX_ATTEMPTS,
  MAX_REFUSALS,
  type PastAttempt
} from './creator-types.ts'
import { type ChainEnd, enter, type Step } from './machine.ts'
import { type Backoff, conclude, DEFAULT_BACKOFF, due, postpone, put, reissue } from './outbox.ts'

type CreatorStep = Step<CreatorState, CreatorEffect>
type Handler<T extends CreatorEvent['type']> = (
  state: CreatorState,
  event: Extract<CreatorEvent, { type: T }>
) => CreatorStep

/** A ranking that found nobody is repeated soon: a provider may have joined or become free. */
const RANK_BACKOFF: Backoff = { firstMs: 250, maxMs: 2_000 }
/** Messages that are a courtesy: the chain decides without them. */
const MAX_TRIES: Partial<Record<CreatorEffect['type'], number>> = {
  announce: 3,
  follow: 20,
  sendReject: 10,
  sendCancel: 10
}
/** Phases in which a deal may be open on chain. */
const MAY_BE_OPEN: readonly CreatorPhase[] = ['agreed', 'running', 'fetching', 'accepted', 'rejected']

const stay = (state: CreatorState): CreatorStep => ({ state, effects: [] })

function go(
  state: CreatorState,
  phase: CreatorPhase,
  atMs: number,
  concluded: CreatorEffect['type'][],
  ...effects: CreatorEffect[]
): CreatorStep {
  const outbox = put(conclude(state.outbox, ...concluded), ...effects)
  return { state: enter({ ...state, outbox }, phase, atMs), effects }
}

/** The end of a job: nothing is owed any more except what the list names. */
function finish(state: CreatorState, phase: CreatorPhase, atMs: number, reason?: string): CreatorStep {
  const { closing: _closing, ...rest } = state
  const ended: CreatorState = { ...rest, outbox: state.outbox.filter(p => p.effect.type === 'fetchResult') }
  return go(reason === undefined ? ended : { ...ended, reason }, phase, atMs, [])
}

function withAttempt(state: CreatorState, change: Partial<Attempt>): CreatorState {
  return state.attempt === undefined ? state : { ...state, attempt: { ...state.attempt, ...change } }
}

/** The next candidate, another ranking, or the end of looking. */
function proposeNext(state: CreatorState, index: number, atMs: number): CreatorStep {
  if (index < state.candidates.length) {
    return go({ ...state, next: index }, 'proposing', atMs, ['rank', 'signProposal', 'propose'], {
      type: 'signProposal',
      index
    })
  }
  if (atMs >= state.matchUntilMs) return giveUp(state, atMs)
  // everybody was asked: tell the market, and look again a little later
  const announce: CreatorEffect[] = state.announced === true ? [] : [{ type: 'announce' }]
  const waiting = go(state, 'matching', atMs, ['signProposal', 'propose'], ...announce)
  const pending = waiting.state.outbox.find(p => p.effect.type === 'rank')
  const outbox =
    pending === undefined
      ? put(waiting.state.outbox, { type: 'rank' as const, freshNonce: false })
      : waiting.state.outbox
  return { state: { ...waiting.state, outbox: postpone(outbox, 'rank', atMs, RANK_BACKOFF) }, effects: announce }
}

function giveUp(state: CreatorState, atMs: number): CreatorStep {
  const last = state.past.at(-1)
  if (last !== undefined) return finish(state, 'refunded', atMs, last.reason ?? `the deal ended: ${last.ended}`)
  const refusal = state.refusals.at(-1)
  const reason =
    refusal === undefined
      ? 'no offer on the network fits this job'
      : `no provider took the job; the last one said: ${refusal.detail}`
  return closeUnopened({ ...state, reason }, 'unmatched', atMs)
}

/**
 * Ends a job that nobody opened. A provider that holds a signed proposal could still open it, so the nonce is burnt
 * first; when burning fails, the proposal's own expiry does it.
 */
function closeUnopened(state: CreatorState, closing: 'unmatched' | 'cancelled', atMs: number): CreatorStep {
  if (state.attempt === undefined && state.signed.length === 0) return finish(state, closing, atMs)
  return go({ ...state, closing, outbox: [] }, state.phase, atMs, [], { type: 'burn' })
}

const openable = (state: CreatorState): Attempt[] => [
  ...state.signed,
  ...(state.attempt === undefined ? [] : [state.attempt])
]

/** An attempt ended without a result: the money is free again, so another provider may be tried. */
function retry(state: CreatorState, ended: PastAttempt['ended'], atMs: number, end?: ChainEnd): CreatorStep {
  const { attempt } = state
  if (attempt === undefined) return stay(state)
  const note: PastAttempt = {
    provider: attempt.candidate.account,
    dealId: attempt.dealId,
    ended,
    reason: state.reason ?? REASONS[ended],
    atMs
  }
  const { attempt: _attempt, reason: _reason, certificate: _certificate, announced: _announced, ...rest } = state
  // what was never opened keeps its nonce, so that a late open and the next deal exclude each other
  const freshNonce = ended !== 'never-opened'
  const signed = freshNonce ? [] : openable(state)
  const next: CreatorState = { ...rest, outbox: [], signed, past: [...state.past, note], candidates: [], next: 0 }
  const kept = end === undefined ? next : { ...next, end }
  if (kept.past.length >= MAX_ATTEMPTS) return finish(kept, 'refunded', atMs, note.reason)
  return go({ ...kept, matchUntilMs: atMs + state.matchWindowMs }, 'matching', atMs, [], {
    type: 'rank',
    freshNonce
  })
}

const REASONS: Record<PastAttempt['ended'], string> = {
  'never-opened': 'the provider agreed and never opened the deal; nothing was locked',
  'timed-out': 'the provider submitted no result in time; the price and its collateral came back',
  forfeited: 'the provider gave the deal back with a quarter of its collateral',
  closed: 'both sides closed the deal',
  settled: 'paid',
  claimed: 'paid after the review window'
}

export const CREATOR_HANDLERS: { [T in CreatorEvent['type']]: Handler<T> } = {
  submitted: state => stay(state),
  ranked: (s, e) => {
    if (s.phase !== 'matching') return stay(s)
    const ranked: CreatorState = {
      ...s,
      candidates: e.candidates,
      certificate: e.certificate,
      counts: e.counts,
      ...(e.jobOffer === undefined ? {} : { jobOffer: e.jobOffer })
    }
    // a nonce that was renewed is in the state now: a repeated ranking must keep it
    const rank = ranked.outbox.map(p =>
      p.effect.type === 'rank' ? { ...p, effect: { ...p.effect, freshNonce: false } } : p
    )
    return proposeNext({ ...ranked, outbox: rank }, 0, e.atMs)
  },
  announced: s => stay({ ...s, announced: true, outbox: conclude(s.outbox, 'announce') }),
  proposalSigned: (s, e) => {
    const candidate = s.candidates[s.next]
    if (s.phase !== 'proposing' || candidate === undefined) return stay(s)
    const attempt: Attempt = { candidate, deal: e.deal, dealId: e.dealId, creatorSignature: e.signature }
    return go({ ...s, attempt, signed: openable(s).slice(-MAX_REFUSALS) }, 'proposing', e.atMs, ['signProposal'], {
      type: 'propose'
    })
  },
  agreed: (s, e) => {
    if (s.phase !== 'proposing' || s.attempt === undefined) return stay(s)
    return go(withAttempt(s, { providerSignature: e.signature }), 'agreed', e.atMs, ['propose', 'announce'], {
      type: 'follow'
    })
  },
  refused: (s, e) => {
    if (s.phase !== 'proposing') return stay(s)
    const provider = s.candidates[s.next]?.account
    if (provider === undefined) return stay(s)
    const note = {
      provider,
      reason: e.reason,
      detail: e.detail,
      atMs: e.atMs,
      ...(e.freeAtMs === undefined ? {} : { freeAtMs: e.freeAtMs })
    }
    return proposeNext({ ...s, refusals: [...s.refusals, note].slice(-MAX_REFUSALS) }, s.next + 1, e.atMs)
  },
  opened: (s, e) => {
    const attempt = openable(s).find(a => a.dealId === e.dealId)
    if (attempt === undefined || s.phase === 'rejected') return stay(s)
    const { closing: _closing, reason, ...rest } = s
    const opened: CreatorState = {
      ...rest,
      ...(s.closing === undefined && reason !== undefined ? { reason } : {}),
      attempt: { ...attempt, openTransaction: e.transaction, submitBySec: e.submitBySec }
    }
    if (s.phase === 'fetching' || s.phase === 'accepted') return go(opened, s.phase, e.atMs, ['checkOpened'])
    const kept = s.outbox.filter(p => p.effect.type === 'sendCancel' || p.effect.type === 'follow')
    // a proposal that had gone unanswered was opened after all: that deal is the job now
    const follow: CreatorEffect[] = s.phase === 'agreed' || s.phase === 'running' ? [] : [{ type: 'follow' }]
    return go({ ...opened, outbox: kept }, 'running', e.atMs, [], ...follow)
  },
  neverOpened: (s, e) => (s.phase === 'agreed' ? retry(s, 'never-opened', e.atMs) : stay(s)),
  providerFailed: (s, e) => {
    if (s.attempt?.dealId !== e.dealId || !MAY_BE_OPEN.includes(s.phase)) return stay(s)
    return go({ ...s, reason: e.reason }, s.phase, e.atMs, [], { type: 'checkEnd' })
  },
  delivered: (s, e) => {
    if (s.attempt?.dealId !== e.dealId || (s.phase !== 'agreed' && s.phase !== 'running')) return stay(s)
    return go(withAttempt(s, { delivery: e.delivery }), 'fetching', e.atMs, [], { type: 'fetchResult' })
  },
  fetched: (s, e) => {
    const kept = { ...s, result: e.result }
    if (s.phase !== 'fetching') return stay({ ...kept, outbox: conclude(s.outbox, 'fetchResult') })
    return go(kept, 'fetching', e.atMs, ['fetchResult'], { type: 'signResult' })
  },
  resultBad: (s, e) =>
    s.phase === 'fetching'
      ? go({ ...s, reason: e.reason }, 'rejected', e.atMs, ['fetchResult'], { type: 'sendReject', reason: e.reason })
      : stay(s),
  resultSigned: (s, e) =>
    s.phase === 'fetching'
      ? go(withAttempt(s, { resultSignature: e.signature }), 'accepted', e.atMs, ['signResult'], { type: 'sendAccept' })
      : stay(s),
  told: s => stay({ ...s, outbox: conclude(s.outbox, 'sendAccept', 'sendReject', 'sendCancel') }),
  followed: s => stay({ ...s, outbox: conclude(s.outbox, 'follow') }),
  burned: (s, e) => {
    const done = { ...s, outbox: conclude(s.outbox, 'burn') }
    return s.closing === undefined ? stay(done) : finish(done, s.closing, e.atMs)
  },
  ended: (s, e) => {
    if (s.attempt?.dealId !== e.dealId) return stay(s)
    const ended = { ...s, end: e.end }
    if (e.end.kind === 'timed-out' || e.end.kind === 'forfeited') return retry(ended, e.end.kind, e.atMs, e.end)
    if (s.phase === 'rejected') return finish(ended, 'failed', e.atMs, s.reason)
    if (s.result === undefined)
      return finish(ended, 'failed', e.atMs, 'the deal was paid before its result arrived here')
    return finish(ended, 'settled', e.atMs)
  },
  cancelRequested: (s, e) => {
    if (s.phase === 'matching' || s.phase === 'proposing') {
      return closeUnopened({ ...s, reason: 'cancelled before anybody opened it' }, 'cancelled', e.atMs)
    }
    if (s.phase === 'agreed') {
      const closing = closeUnopened({ ...s, reason: 'cancelled before it was opened' }, 'cancelled', e.atMs)
      const cancel: CreatorEffect = { type: 'sendCancel' }
      const outbox = put(closing.state.outbox, cancel)
      return { state: { ...closing.state, outbox }, effects: [...closing.effects, cancel] }
    }
    return s.phase === 'running' ? go(s, 'running', e.atMs, [], { type: 'sendCancel' }) : stay(s)
  },
  effectFailed: (s, e) => {
    const pending = s.outbox.find(p => p.effect.type === e.effect)
    if (pending === undefined) return stay(s)
    const max = MAX_TRIES[e.effect]
    if (max !== undefined && pending.tries >= max) return stay({ ...s, outbox: conclude(s.outbox, e.effect) })
    return stay({ ...s, outbox: postpone(s.outbox, e.effect, e.atMs, DEFAULT_BACKOFF) })
  },
  tick: (s, e) => onTime(s, e.nowSec, e.atMs),
  restarted: s => {
    const { outbox, effects } = reissue(s.outbox)
    return { state: outbox.length === 0 ? s : { ...s, outbox }, effects }
  }
}

/** What the clock alone decides. Chain deadlines use chain time, retries and the search the wall clock. */
function onTime(state: CreatorState, nowSec: number, atMs: number): CreatorStep {
  const pending = (type: CreatorEffect['type']) => state.outbox.some(p => p.effect.type === type)
  const { phase, attempt } = state
  if (state.closing !== undefined && openable(state).every(a => nowSec > a.deal.openBefore)) {
    return finish(state, state.closing, atMs)
  }
  if (phase === 'matching' && state.closing === undefined && atMs >= state.matchUntilMs) return giveUp(state, atMs)
  if (phase === 'agreed' && attempt !== undefined && nowSec > attempt.deal.openBefore && !pending('checkOpened')) {
    return go(state, phase, atMs, [], { type: 'checkOpened' })
  }
  const late = attempt?.submitBySec !== undefined && nowSec > attempt.submitBySec
  if (late && MAY_BE_OPEN.includes(phase) && !pending('timeoutSubmit')) {
    return go(state, phase, atMs, [], { type: 'timeoutSubmit' })
  }
  const { outbox, effects } = due(state.outbox, atMs)
  return effects.length === 0 ? stay(state) : { state: { ...state, outbox }, effects }
}
