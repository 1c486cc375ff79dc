import { isSpotChecked } from '../mediation/spot.ts'
import {
  adopt,
  type CreatorStep,
  closed,
  closeUnopened,
  concluded,
  finish,
  giveUp,
  go,
  isPending,
  openable,
  proposeNext,
  retry,
  stay,
  withAttempt
} from './creator-moves.ts'
import {
  type Attempt,
  type CreatorEffect,
  type CreatorEvent,
  type CreatorPhase,
  type CreatorState,
  MAX_REFUSALS,
  MAX_SIGNED_REFUSALS,
  type RefusalNote
} from './creator-types.ts'
import type { ChainEnd } from './machine.ts'
import { DEFAULT_BACKOFF, due, postpone, reissue, startOver } from './outbox.ts'

type Handler<T extends CreatorEvent['type']> = (
  state: CreatorState,
  event: Extract<CreatorEvent, { type: T }>
) => CreatorStep

/**
 * A provider that agreed and then does not answer so often in a row, over eight seconds and more, is not waited for until openBefore: agreeing
 * costs nothing. Should it open all the same, that deal is the job.
 */
const SILENT_TRIES = 5
/** Name of the error of an effect that was getting somewhere when it was cut off. */
export const PROGRESS = 'CutOffError'

/** Messages that are a courtesy: the chain decides without them. */
const MAX_TRIES: Partial<Record<CreatorEffect['type'], number>> = {
  announce: 3,
  follow: 20,
  sendReject: 10,
  sendCancel: 10
}
/** A result that was paid for before it arrived is asked for this often; its provider may keep it no longer. */
const FETCH_TRIES_AFTER_END = 6
/** While providers have no room a search may take this many times as long: ten minutes. */
const MAX_FULL_WINDOWS = 20
/** Phases in which a deal may be open on chain. */
const MAY_BE_OPEN: readonly CreatorPhase[] = [
  'agreed',
  'running',
  'fetching',
  'checking',
  'reviewing',
  'accepted',
  'rejected'
]
/** Phases of a deal whose opening was seen or need not be. */
const UNDER_WAY: readonly CreatorPhase[] = [...MAY_BE_OPEN.slice(1), 'disputed']
/** Looking on would not help: only the owner of the account can. */
const NO_MONEY: ReadonlySet<string> = new Set(['InsufficientBalanceError', 'InsufficientGasError'])
const COURT_WRONG = 'the court found the result wrong and the price came back'
const COURT_RIGHT = 'the court found the result right: the price is paid and the deposit is lost'
const PAID_EARLY = 'the deal was paid before its result arrived here'
const NEVER_PAID = 'the provider delivered and never opened the deal: nothing was paid'

export const CREATOR_HANDLERS: { [T in CreatorEvent['type']]: Handler<T> } = {
  submitted: state => stay(state),
  ranked: (s, e) => {
    if (s.phase !== 'matching' || s.closing !== undefined || e.attemptNo !== s.past.length) return stay(s)
    const { candidates, certificate, counts, jobOffer } = e
    const ranked = { ...s, candidates, certificate, counts, ...(jobOffer === undefined ? {} : { jobOffer }) }
    // a nonce that was renewed is in the state now: a repeated ranking must keep it
    const outbox = ranked.outbox.map(p =>
      p.effect.type === 'rank' ? { ...p, effect: { ...p.effect, freshNonce: false } } : p
    )
    return proposeNext({ ...ranked, outbox }, 0, e.atMs)
  },
  announced: s =>
    stay(s.announced === true ? concluded(s, 'announce') : concluded({ ...s, announced: true }, 'announce')),
  proposalSigned: (s, e) => {
    const candidate = s.candidates[s.next]
    if (candidate === undefined || !isSigning(s, e)) return stay(s)
    const attempt: Attempt = { candidate, deal: e.deal, dealId: e.dealId, creatorSignature: e.signature }
    return go({ ...s, attempt, signed: openable(s) }, 'proposing', e.atMs, ['signProposal'], { type: 'propose' })
  },
  taken: (s, e) => (isSigning(s, e) ? proposeNext(s, s.next + 1, e.atMs) : stay(s)),
  agreed: (s, e) => {
    if (s.attempt?.dealId !== e.dealId || s.attempt.providerSignature !== undefined) return stay(s)
    const agreed = withAttempt(s, { providerSignature: e.signature })
    // the chain may have shown the opening before the reply came
    if (s.phase !== 'proposing') return stay(agreed)
    if (s.closing !== undefined) return go(agreed, 'proposing', e.atMs, ['propose'], { type: 'sendCancel' })
    return go(agreed, 'agreed', e.atMs, ['propose', 'announce'], { type: 'follow' })
  },
  refused: (s, e) => {
    const { type: _type, dealId, certificate, ...note } = e
    return s.attempt?.dealId === dealId ? passOver(s, note, certificate) : stay(s)
  },
  opened: (s, e) => {
    const known = openable(s).find(a => a.dealId === e.dealId)
    if (known === undefined) return stay(s)
    const { transaction: openTransaction, submitBySec } = e
    const same = s.attempt?.dealId === e.dealId
    if (same && known.openTransaction === openTransaction && known.submitBySec === submitBySec) return stay(s)
    const attempt = { ...known, openTransaction, submitBySec }
    if (same && UNDER_WAY.includes(s.phase)) return go({ ...s, attempt }, s.phase, e.atMs, ['checkOpened'])
    // also a proposal that had gone unanswered or was given up
    return adopt(s, attempt, e.atMs)
  },
  neverOpened: (s, e) => {
    if (s.closing !== undefined) return e.all ? closed(s, s.closing, e.atMs) : stay(concluded(s, 'checkOpened'))
    if (s.attempt?.dealId !== e.dealId || s.attempt.submitBySec !== undefined) return stay(concluded(s, 'checkOpened'))
    if (s.phase !== 'accepted' && s.phase !== 'running' && MAY_BE_OPEN.includes(s.phase))
      return retry(s, 'never-opened', e.atMs)
    if (s.phase === 'accepted' && isPending(s, 'checkOpened')) return finish(s, 'settled', e.atMs, NEVER_PAID)
    return stay(concluded(s, 'checkOpened'))
  },
  providerFailed: (s, e) => {
    if (s.attempt?.dealId !== e.dealId || !MAY_BE_OPEN.includes(s.phase) || isPending(s, 'checkEnd')) return stay(s)
    return go({ ...s, reason: e.reason }, s.phase, e.atMs, [], { type: 'checkEnd' })
  },
  delivered: (s, e) => {
    if (s.attempt?.dealId !== e.dealId || s.closing !== undefined || (s.phase !== 'agreed' && s.phase !== 'running')) {
      return stay(s)
    }
    return go(withAttempt(s, { delivery: e.delivery }), 'fetching', e.atMs, [], { type: 'fetchResult' })
  },
  fetched: (s, e) => {
    if (s.phase !== 'fetching' || s.attempt?.dealId !== e.dealId) return stay(s)
    const kept = { ...s, result: e.result }
    if (isOver(s)) return finish(kept, 'settled', e.atMs)
    return afterFetch(kept, e.atMs)
  },
  ranAgain: (s, e) => {
    if (s.phase !== 'checking' || s.attempt?.dealId !== e.dealId) return stay(s)
    const checked = { ...concluded(s, 'runAgain'), checked: e.note }
    return e.differs === undefined ? accept(checked, e.atMs) : raise(checked, e.differs, e.atMs)
  },
  acceptRequested: (s, e) => (s.phase === 'reviewing' ? accept(s, e.atMs) : stay(s)),
  disputeRequested: (s, e) => (canDispute(s) ? raise(s, e.reason, e.atMs) : stay(s)),
  rejectRequested: (s, e) => (s.phase === 'reviewing' ? raise(s, e.reason, e.atMs) : stay(s)),
  reviewBegan: (s, e) => {
    if (s.attempt?.dealId !== e.dealId || s.attempt.reviewBySec === e.reviewBySec) return stay(s)
    const reviewed = withAttempt(s, { reviewBySec: e.reviewBySec })
    const isDue = s.phase === 'rejected' && s.dispute !== undefined && !isPending(s, 'challenge')
    return isDue ? go(reviewed, 'rejected', e.atMs, [], { type: 'challenge' }) : stay(reviewed)
  },
  challenged: (s, e) => {
    if (s.attempt?.dealId !== e.dealId) return stay(s)
    const { reason = 'challenged', atMs = e.atMs } = s.dispute ?? {}
    const dispute = { reason, atMs, transaction: e.transaction }
    if (s.phase === 'disputed') return stay(s.dispute?.transaction === e.transaction ? s : { ...s, dispute })
    return go({ ...s, dispute, outbox: [] }, 'disputed', e.atMs, [], { type: 'pursue' })
  },
  pursued: (s, e) => stay(s.attempt?.dealId === e.dealId ? concluded(s, 'pursue') : s),
  resultBad: (s, e) => {
    if (s.phase !== 'fetching' || s.attempt?.dealId !== e.dealId) return stay(s)
    return isOver(s) ? finish(s, 'failed', e.atMs, e.reason) : raise(s, e.reason, e.atMs)
  },
  resultSigned: (s, e) => {
    if (s.phase !== 'fetching' || s.attempt?.dealId !== e.dealId || !isPending(s, 'signResult')) return stay(s)
    return go(withAttempt(s, { resultSignature: e.signature }), 'accepted', e.atMs, ['signResult'], {
      type: 'sendAccept'
    })
  },
  told: (s, e) => stay(concluded(s, e.effect)),
  followed: (s, e) => stay(s.attempt?.dealId === e.dealId ? concluded(s, 'follow') : s),
  burned: (s, e) => {
    if (!isPending(s, 'burn')) return stay(s)
    const done = concluded(s, 'burn')
    return s.closing === undefined ? stay(done) : closed(done, s.closing, e.atMs)
  },
  ended: (s, e) => {
    const attempt = openable(s).find(a => a.dealId === e.dealId)
    if (attempt === undefined) return stay(s)
    // the opening may have been missed: adopting the deal puts everything else aside
    const mine = s.attempt?.dealId === e.dealId && s.closing === undefined ? s : adopt(s, attempt, e.atMs).state
    const ended = { ...mine, end: e.end }
    if (e.end.kind === 'resolved') return finishDispute(ended, e.end, e.atMs)
    if (ended.result !== undefined && ended.phase !== 'rejected') return finish(ended, 'settled', e.atMs)
    if (e.end.kind === 'timed-out' || e.end.kind === 'forfeited') return retry(ended, e.end.kind, e.atMs, e.end)
    if (s.phase === 'rejected') return finish(ended, 'failed', e.atMs, s.reason)
    if (ended.phase !== 'fetching') return finish(ended, 'failed', e.atMs, PAID_EARLY)
    // paid by the clock while the result was on its way: it is still worth having
    const outbox = ended.outbox.filter(p => p.effect.type === 'fetchResult')
    return stay({ ...ended, outbox, overFor: e.dealId })
  },
  cancelRequested: (s, e) => {
    if (s.closing !== undefined && s.closing !== 'renew') return stay(s)
    const why = { ...s, cancelling: true as const, reason: 'cancelled before anybody opened it' }
    if (s.closing === 'renew') return stay({ ...why, closing: 'cancelled' })
    if (s.phase === 'matching' || s.phase === 'proposing') return closeUnopened(why, 'cancelled', e.atMs)
    if (s.phase === 'agreed') {
      const closing = closeUnopened(why, 'cancelled', e.atMs)
      const told = go(closing.state, 'agreed', e.atMs, [], { type: 'sendCancel' })
      return { state: told.state, effects: [...closing.effects, ...told.effects] }
    }
    if (s.cancelling) return stay(s)
    const cancelling: CreatorState = { ...s, cancelling: true }
    return s.phase === 'running' ? go(cancelling, 'running', e.atMs, [], { type: 'sendCancel' }) : stay(cancelling)
  },
  effectFailed: (s, e) => {
    const pending = s.outbox.find(p => p.effect.type === e.effect)
    if (pending === undefined) return stay(s)
    // a provider whose answer makes no sense is passed over like one that says no
    if (e.effect === 'propose')
      return passOver(s, { atMs: e.atMs, reason: 'bad-reply', detail: e.reason.slice(0, 300) })
    if (e.effect === 'signProposal' && (NO_MONEY.has(e.name ?? '') || e.atMs >= s.matchUntilMs)) {
      const error = e.name === undefined ? {} : { error: e.name }
      return closeUnopened({ ...s, ...error, reason: e.reason }, 'failed', e.atMs)
    }
    if (e.effect === 'follow' && e.name !== PROGRESS && pending.tries >= SILENT_TRIES && isWaitingForOpen(s))
      return retry(s, 'never-opened', e.atMs)
    if (isOver(s) && pending.tries >= FETCH_TRIES_AFTER_END) return finish(s, 'failed', e.atMs, PAID_EARLY)
    const outbox = e.name === PROGRESS ? startOver(s.outbox, e.effect) : s.outbox
    const max = MAX_TRIES[e.effect]
    if (max !== undefined && pending.tries >= max && outbox === s.outbox) return stay(concluded(s, e.effect))
    return stay({ ...s, outbox: postpone(outbox, e.effect, e.atMs, DEFAULT_BACKOFF) })
  },
  tick: (s, e) => onTime(s, e.nowSec, e.atMs),
  restarted: s => {
    if (s.outbox.length === 0) return stay(s)
    const { outbox, effects } = reissue(s.outbox)
    return { state: { ...s, outbox }, effects }
  }
}

/** Agreed, not seen open, and nobody wants its end: the next one may be asked under the same nonce, whatever comes of this. */
const isWaitingForOpen = (s: CreatorState): boolean =>
  s.phase === 'agreed' && s.closing === undefined && s.cancelling !== true && s.attempt?.submitBySec === undefined

/** The deal's money has ended; only its result is still awaited. */
const isOver = (s: CreatorState): boolean => s.overFor !== undefined && s.overFor === s.attempt?.dealId

/** Whether this is the candidate that a proposal is being signed for. */
const isSigning = (s: CreatorState, { index, attemptNo }: { index: number; attemptNo: number }): boolean =>
  s.phase === 'proposing' &&
  s.closing === undefined &&
  isPending(s, 'signProposal') &&
  index === s.next &&
  attemptNo === s.past.length

/** Notes why a candidate is passed over and goes on to the next one. */
function passOver(
  s: CreatorState,
  said: Omit<RefusalNote, 'provider' | 'offer' | 'times'>,
  certificate = s.certificate
): CreatorStep {
  const { candidate } = s.attempt ?? {}
  if (s.phase !== 'proposing' || s.closing !== undefined || candidate === undefined || !isPending(s, 'propose')) {
    return stay(s)
  }
  const { account: provider, offer } = candidate
  const times = (s.refusals.findLast(r => r.provider === provider)?.times ?? 0) + 1
  const refusals = lastSigned([...s.refusals, { ...said, provider, offer, times }].slice(-MAX_REFUSALS))
  const waiting = said.reason === 'no-room' ? waitForRoom(s, said.atMs) : s
  const noted = { ...waiting, refusals, ...(certificate === undefined ? {} : { certificate }) }
  return proposeNext(noted, s.next + 1, said.atMs)
}

/** Somebody could do the job and is full: the search goes on, though not for ever. */
function waitForRoom(s: CreatorState, atMs: number): CreatorState {
  const fullSinceMs = s.fullSinceMs ?? atMs
  const lastMs = fullSinceMs + MAX_FULL_WINDOWS * s.matchWindowMs
  return { ...s, fullSinceMs, matchUntilMs: Math.max(s.matchUntilMs, Math.min(atMs + s.matchWindowMs, lastMs)) }
}

/** A certificate takes the last refusal of each provider as it was signed: one that rests for long needs its own from long ago. */
function lastSigned(refusals: readonly RefusalNote[]): RefusalNote[] {
  const isLast = (r: RefusalNote): boolean => refusals.findLast(other => other.provider === r.provider) === r
  const kept = new Set(refusals.filter(r => r.signed !== undefined && isLast(r)).slice(-MAX_SIGNED_REFUSALS))
  return refusals.map(r => (r.signed === undefined || kept.has(r) ? r : unsigned(r)))
}

const unsigned = ({ signed: _signed, ...note }: RefusalNote): RefusalNote => note

/** The result is here: what the job's policy asks for before it is accepted. */
function afterFetch(s: CreatorState, atMs: number): CreatorStep {
  const { check, attempt } = s
  const commitment = attempt?.delivery?.result.commitment
  if (check.by === 'siblings') return go(s, 'reviewing', atMs, ['fetchResult'])
  if (check.by === 'owner' && attempt?.deal.committee !== 0) return go(s, 'reviewing', atMs, ['fetchResult'])
  if (check.by === 'spot' && commitment !== undefined && isSpotChecked(commitment, check.secret, check.perMille)) {
    return go(s, 'checking', atMs, ['fetchResult'], { type: 'runAgain' })
  }
  return accept(s, atMs)
}

const accept = (s: CreatorState, atMs: number): CreatorStep =>
  go(s, 'fetching', atMs, ['fetchResult'], { type: 'signResult' })

/** Whether the court can still be asked: there is a committee, something to judge, and no word of acceptance was given. */
export function canDispute(s: CreatorState): boolean {
  const { attempt, phase } = s
  if (attempt?.delivery === undefined || attempt.deal.committee === 0 || isOver(s)) return false
  if (s.dispute !== undefined || attempt.resultSignature !== undefined || isPending(s, 'signResult')) return false
  return phase === 'fetching' || phase === 'checking' || phase === 'reviewing' || phase === 'rejected'
}

/**
 * Says no to a result. The provider then puts it on chain, or loses its collateral by silence; what is there can be
 * challenged.
 */
function raise(s: CreatorState, reason: string, atMs: number): CreatorStep {
  const isOnChain = s.attempt?.reviewBySec !== undefined
  const canBeJudged = s.attempt?.deal.committee !== 0
  const noted: CreatorState = { ...s, reason, ...(canBeJudged ? { dispute: { reason, atMs } } : {}) }
  const challenge: CreatorEffect[] = isOnChain && canBeJudged ? [{ type: 'challenge' }] : []
  return go(noted, 'rejected', atMs, ['fetchResult', 'runAgain'], { type: 'sendReject', reason }, ...challenge)
}

/** The court's word is the end: a wrong provider leaves the price here, a right one has it. */
function finishDispute(s: CreatorState, end: ChainEnd, atMs: number): CreatorStep {
  if (end.toProvider === 0n) return finish(s, 'refunded', atMs, `${COURT_WRONG}: ${s.dispute?.reason ?? 'disputed'}`)
  return finish(s, s.result === undefined ? 'failed' : 'settled', atMs, COURT_RIGHT)
}

/** What the clock alone decides. Chain deadlines use chain time, retries and the search the wall clock. */
function onTime(state: CreatorState, nowSec: number, atMs: number): CreatorStep {
  const effect = dueByClock(state, nowSec)
  if (effect !== undefined && !isPending(state, effect.type)) return go(state, state.phase, atMs, [], effect)
  if (state.phase === 'matching' && state.closing === undefined && atMs >= state.matchUntilMs) {
    return giveUp(state, atMs)
  }
  const { outbox, effects } = due(state.outbox, atMs)
  return effects.length === 0 ? stay(state) : { state: { ...state, outbox }, effects }
}

function dueByClock(state: CreatorState, nowSec: number): CreatorEffect | undefined {
  const { phase, attempt, closing } = state
  // an opening in the last second may not be told of yet: the chain is asked before a job is let go
  if (closing !== undefined) {
    return openable(state).every(a => nowSec > a.deal.openBefore) ? { type: 'checkOpened' } : undefined
  }
  if (attempt === undefined || !MAY_BE_OPEN.includes(phase) || isOver(state)) return undefined
  // a result on chain ends by its review, not by the clock of its delivery
  if (attempt.reviewBySec !== undefined) return undefined
  if (attempt.submitBySec === undefined) {
    return nowSec > attempt.deal.openBefore ? { type: 'checkOpened' } : undefined
  }
  return nowSec > attempt.submitBySec ? { type: 'timeoutSubmit' } : undefined
}
