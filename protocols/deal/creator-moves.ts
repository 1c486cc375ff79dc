import { REASONS as REASON_TEXTS, type ReasonCode } from '../matching/reasons.ts'
import {
  type Attempt,
  type CreatorEffect,
  type CreatorPhase,
  type CreatorState,
  MAX_ATTEMPTS,
  MAX_PAST,
  MAX_SIGNED,
  type PastAttempt
} from './creator-types.ts'
import { type ChainEnd, enter, type Step } from './machine.ts'
import { conclude, put, putOff } from './outbox.ts'
import { spread } from './patience.ts'

/** The moves that the creator's handlers are made of. All pure. */
export type CreatorStep = Step<CreatorState, CreatorEffect>
type Closing = NonNullable<CreatorState['closing']>

/** After a pass in vain the next one comes within this many rounds, at a time of its own for each job. */
const SPREAD_ROUNDS = 2
/** With nobody to ask, the book is looked at less and less often, but so often at least: a provider may have joined. */
const MAX_SPREAD_MS = 2_000

const REASONS: Record<PastAttempt['ended'], string> = {
  'never-opened': 'the provider agreed and never opened the deal; nothing was locked',
  'timed-out': 'the provider submitted no result in time; the price and its collateral came back',
  forfeited: 'the provider gave the deal back with a quarter of its collateral',
  closed: 'both sides closed the deal',
  settled: 'paid',
  claimed: 'paid after the review window',
  resolved: 'the court decided'
}

export const stay = (state: CreatorState): CreatorStep => ({ state, effects: [] })

export const isPending = (state: CreatorState, type: CreatorEffect['type']): boolean =>
  state.outbox.some(p => p.effect.type === type)

/** Every signed proposal under the current nonce: at most one of them opens. */
export const openable = (state: CreatorState): Attempt[] => [
  ...state.signed,
  ...(state.attempt === undefined ? [] : [state.attempt])
]

/** The same state, or one whose outbox lacks what has been concluded. */
export function concluded(state: CreatorState, ...types: CreatorEffect['type'][]): CreatorState {
  const outbox = conclude(state.outbox, ...types)
  return outbox === state.outbox ? state : { ...state, outbox }
}

export function go(
  state: CreatorState,
  phase: CreatorPhase,
  atMs: number,
  done: CreatorEffect['type'][],
  ...effects: CreatorEffect[]
): CreatorStep {
  const outbox = put(conclude(state.outbox, ...done), ...effects)
  return { state: enter({ ...state, outbox }, phase, atMs), effects }
}

/** The end of a job: nothing is owed to anybody any more. */
export function finish(state: CreatorState, phase: CreatorPhase, atMs: number, reason?: string): CreatorStep {
  const { closing: _closing, reason: _reason, ...rest } = state
  const ended: CreatorState = { ...rest, outbox: [] }
  return go(reason === undefined ? ended : { ...ended, reason }, phase, atMs, [])
}

export function withAttempt(state: CreatorState, change: Partial<Attempt>): CreatorState {
  return state.attempt === undefined ? state : { ...state, attempt: { ...state.attempt, ...change } }
}

/** The next candidate, another ranking, or the end of looking. */
export function proposeNext(state: CreatorState, index: number, atMs: number): CreatorStep {
  if (atMs >= state.matchUntilMs) return giveUp(state, atMs)
  if (openable(state).length >= MAX_SIGNED) return closeUnopened(state, 'renew', atMs)
  if (index < state.candidates.length) {
    return go({ ...state, next: index }, 'proposing', atMs, ['rank', 'signProposal', 'propose'], {
      type: 'signProposal',
      index
    })
  }
  // everybody was asked: tell the market, and look again a little later
  const announce: CreatorEffect[] =
    state.announced === true || isPending(state, 'announce') ? [] : [{ type: 'announce' }]
  const waiting = go(state, 'matching', atMs, ['signProposal', 'propose'], ...announce)
  const outbox = isPending(waiting.state, 'rank')
    ? waiting.state.outbox
    : put(waiting.state.outbox, { type: 'rank' as const, freshNonce: false })
  const passes = state.passes + 1
  const again = atMs + spread(state.jobId, passes, spreadMs(state, outbox))
  return { state: { ...waiting.state, passes, outbox: putOff(outbox, 'rank', again) }, effects: announce }
}

/** Two rounds, doubled for each ranking in a row that had nobody to ask. */
function spreadMs({ roundMs }: CreatorState, outbox: CreatorState['outbox']): number {
  const shortest = SPREAD_ROUNDS * roundMs
  const tries = outbox.find(p => p.effect.type === 'rank')?.tries ?? 1
  return Math.min(Math.max(shortest, MAX_SPREAD_MS), shortest * 2 ** Math.min(tries - 1, 20))
}

const NOBODY: Partial<Record<CreatorState['check']['by'], string>> = {
  siblings: 'too few providers fit this job for each of its replicas to have one of its own'
}

/** The commonest reason of the last ranking, in a sentence. */
function whyNot(state: CreatorState): string {
  const [most] = Object.entries(state.counts ?? {}).sort(([, a], [, b]) => b - a)
  if (most === undefined) return state.check.by === 'siblings' ? '' : ': there is none'
  const [code, count] = most
  const text = (REASON_TEXTS[code as ReasonCode] ?? code).replace(/\.$/, '')
  return `: ${text} (${count} of them)`
}

/** Nobody was found in the time that an attempt may look. */
export function giveUp(state: CreatorState, atMs: number, why?: string): CreatorStep {
  const last = state.past.at(-1)
  if (last !== undefined) {
    return closeUnopened({ ...state, reason: last.reason ?? REASONS[last.ended] }, 'refunded', atMs)
  }
  const refusal = state.refusals.at(-1)
  const nobody =
    refusal === undefined
      ? `${NOBODY[state.check.by] ?? 'no offer on the network fits this job'}${whyNot(state)}`
      : `no provider took the job; the last one said: ${refusal.detail}`
  return closeUnopened({ ...state, reason: why ?? nobody }, 'unmatched', atMs)
}

/**
 * Ends a search that nobody opened. A provider that holds a signed proposal could still open it, so the nonce is burnt
 * first; when burning fails, the proposals' own expiry does it.
 */
export function closeUnopened(state: CreatorState, closing: Closing, atMs: number): CreatorStep {
  if (openable(state).length === 0) return closed({ ...state, closing }, closing, atMs)
  return go({ ...state, closing, outbox: [] }, state.phase, atMs, [], { type: 'burn' })
}

/** No signed proposal can open any more. */
export function closed(state: CreatorState, closing: Closing, atMs: number): CreatorStep {
  if (closing !== 'renew') return finish(state, closing, atMs, state.reason)
  const { closing: _closing, attempt: _attempt, ...rest } = state
  return go({ ...rest, signed: [], outbox: [], candidates: [], next: 0 }, 'matching', atMs, [], {
    type: 'rank',
    freshNonce: true
  })
}

/** An attempt ended without a result: the money is free again, so another provider may be tried. */
export function retry(state: CreatorState, ended: PastAttempt['ended'], atMs: number, end?: ChainEnd): CreatorStep {
  const { attempt } = state
  if (attempt === undefined) return stay(state)
  const note: PastAttempt = {
    provider: attempt.candidate.account,
    dealId: attempt.dealId,
    certificate: attempt.deal.certificate,
    ended,
    reason: state.reason ?? REASONS[ended],
    atMs
  }
  const { attempt: _attempt, reason: _reason, certificate: _certificate, announced: _announced, ...rest } = state
  const { result: _result, closing: _closing, fullSinceMs: _fullSince, ...kept } = rest
  // what was never opened keeps its nonce, so that a late open and the next deal exclude each other
  const freshNonce = ended !== 'never-opened'
  const next: CreatorState = {
    ...kept,
    outbox: [],
    signed: freshNonce ? [] : openable(state),
    past: [...state.past, note],
    candidates: [],
    next: 0,
    matchUntilMs: atMs + state.matchWindowMs,
    ...(end === undefined ? {} : { end })
  }
  if (state.cancelling) return closeUnopened({ ...next, reason: REASONS[ended] }, 'cancelled', atMs)
  const opened = next.past.filter(p => p.ended !== 'never-opened')
  if (opened.length >= MAX_ATTEMPTS || next.past.length >= MAX_PAST) return giveUp(next, atMs)
  return go(next, 'matching', atMs, [], { type: 'rank', freshNonce })
}

/**
 * A proposal turned out to be the deal: whatever else was going on, this one is the job now. A cancel that the user
 * asked for before is repeated to its provider.
 */
export function adopt(state: CreatorState, attempt: Attempt, atMs: number): CreatorStep {
  const same = state.attempt?.dealId === attempt.dealId
  const { closing, reason, result: _result, ...rest } = state
  const outbox = same ? state.outbox.filter(p => p.effect.type === 'sendCancel' || p.effect.type === 'follow') : []
  const opened: CreatorState = {
    ...rest,
    ...(closing === undefined && reason !== undefined ? { reason } : {}),
    attempt,
    // a deal is in one place: what is noted of it later must not be lost behind an older copy
    signed: state.signed.filter(a => a.dealId !== attempt.dealId),
    outbox
  }
  const effects: CreatorEffect[] = []
  if (!isPending(opened, 'follow')) effects.push({ type: 'follow' })
  if (state.cancelling && !isPending(opened, 'sendCancel')) effects.push({ type: 'sendCancel' })
  return go(opened, 'running', atMs, [], ...effects)
}
