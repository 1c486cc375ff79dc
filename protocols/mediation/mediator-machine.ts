import type { Hex } from '../common/values.ts'
import { toHex } from '../common/values.ts'
import { enter, type Step } from '../deal/machine.ts'
import { type Backoff, conclude, due, postpone, put, reissue } from '../deal/outbox.ts'
import { outcomeDigest } from '../job/digest.ts'
import {
  type DeclineCode,
  type Glance,
  JUDGING,
  MEDIATOR_DONE,
  type MediatorEffect,
  type MediatorEvent,
  type MediatorPhase,
  type MediatorState,
  type OwnVote
} from './mediator-types.ts'
import { declineBySec } from './phase.ts'
import { COURT_RULES } from './rules.ts'
import { shorten, voteHash } from './vote.ts'

type MediatorStep = Step<MediatorState, MediatorEffect>
type Reissued = ReturnType<typeof reissue<MediatorEffect>>
type Handler<T extends MediatorEvent['type']> = (
  state: MediatorState,
  event: Extract<MediatorEvent, { type: T }>
) => MediatorStep

/** An engine that failed so often will fail again. */
const MAX_RUNS = 3
/** Inputs that are with nobody now are looked for until half of the vote window is over. */
const BACKOFF: Backoff = { firstMs: 500, maxMs: 10_000 }
/** A commit must be mined before the window ends: a twentieth of it, at least 2 s and at most 2 min. */
const commitMarginSec = (voteWindow: number): number => Math.min(120, Math.max(2, Math.floor(voteWindow / 20)))

export function beginMediator({
  atMs,
  type: _type,
  ...drawn
}: Extract<MediatorEvent, { type: 'drawn' }>): MediatorStep {
  const effects: MediatorEffect[] = [{ type: 'read' }]
  const timeline = [{ phase: 'summoned', atMs }]
  return {
    state: { ...drawn, phase: 'summoned', timeline, runs: 0, outbox: put<MediatorEffect>([], ...effects) },
    effects
  }
}

/** Pure: same state and event, same step. An event that does not fit the phase changes nothing. */
export function stepMediator(state: MediatorState, event: MediatorEvent): MediatorStep {
  if (MEDIATOR_DONE.includes(state.phase) && !AFTERLIFE.includes(event.type)) return stay(state)
  return (HANDLERS[event.type] as Handler<typeof event.type>)(state, event)
}

/** The vote as it is committed: 26 bytes. */
export function sealed({ dealId, round, seat, salt }: MediatorState, { digest, orTimeout }: OwnVote): Hex {
  return shorten(voteHash({ deal: dealId, round, seat, digest, orTimeout, salt }))
}

const AFTERLIFE: readonly MediatorEvent['type'][] = ['sent', 'effectFailed', 'tick', 'restarted']
const stay = (state: MediatorState): MediatorStep => ({ state, effects: [] })
const isPending = (state: MediatorState, type: MediatorEffect['type']): boolean =>
  state.outbox.some(p => p.effect.type === type)

function go(
  state: MediatorState,
  phase: MediatorPhase,
  atMs: number,
  concluded: MediatorEffect['type'][],
  ...effects: MediatorEffect[]
): MediatorStep {
  const outbox = put(conclude(state.outbox, ...concluded), ...effects)
  return { state: enter({ ...state, outbox }, phase, atMs), effects }
}

/** Own work that may be under way has lost its purpose. */
function leaving(state: MediatorState): MediatorEffect[] {
  return isPending(state, 'run') || isPending(state, 'prepare') ? [{ type: 'abandon' }] : []
}

/** An own verdict: chosen once, journaled with the salt, then committed. */
function choose(state: MediatorState, vote: OwnVote, atMs: number): MediatorStep {
  if (state.vote !== undefined) return stay(state)
  const chosen = go({ ...state, vote }, 'committing', atMs, ['prepare', 'run'], ...leaving(state))
  return chosen.state.voteBySec === undefined ? chosen : withEffect(chosen, { type: 'commit' })
}

function withEffect({ state, effects }: MediatorStep, effect: MediatorEffect): MediatorStep {
  if (isPending(state, effect.type)) return { state, effects }
  return { state: { ...state, outbox: put(state.outbox, effect) }, effects: [...effects, effect] }
}

/** Gives the seat's place in the round to another, for one fee instead of three. */
function decline(state: MediatorState, code: DeclineCode, reason: string, atMs: number): MediatorStep {
  const told = { ...state, declines: code, reason }
  if (state.mustServe === true) return unable(told, atMs)
  const declining = go(told, 'declining', atMs, ['read', 'prepare', 'run'], ...leaving(state))
  // before the vote window nothing can be declined
  return state.voteBySec === undefined ? declining : withEffect(declining, { type: 'decline' })
}

/** There will be no vote. */
function unable(state: MediatorState, atMs: number): MediatorStep {
  return go({ ...state, outbox: [] }, 'absent', atMs, [], ...leaving(state))
}

const over = (state: MediatorState, phase: MediatorPhase, atMs: number): MediatorStep =>
  go({ ...state, outbox: [] }, phase, atMs, [], { type: 'cleanUp' })

const verdictOf = (outcome: 'timeout' | 'unavailable' | 'invalid', orTimeout = false): OwnVote => ({
  digest: toHex(outcomeDigest(outcome)),
  orTimeout,
  outcome
})

const HANDLERS: { [T in MediatorEvent['type']]: Handler<T> } = {
  drawn: stay,
  redrawn: (s, e) => {
    const { round, member, seat } = e
    if (s.round === round && s.member === member && s.seat === seat) return stay(s)
    const outbox = conclude(s.outbox, 'commit', 'reveal', 'decline', 'account')
    const moved = { ...s, round, member, seat, outbox }
    // an own verdict holds for whatever place it is given from
    if (s.vote !== undefined) return go(moved, 'committing', e.atMs, [])
    return s.phase === 'declining' || s.phase === 'absent' ? go(moved, 'waiting', e.atMs, []) : stay(moved)
  },
  read: (s, e) =>
    s.phase === 'summoned' ? go({ ...s, deal: e.deal, result: e.result }, 'waiting', e.atMs, ['read']) : stay(s),
  admitted: (s, e) => (s.phase === 'waiting' ? go(s, 'preparing', e.atMs, [], { type: 'prepare' }) : stay(s)),
  prepared: (s, e) => {
    if (s.phase !== 'preparing') return stay(s)
    const { unavailable: _unavailable, ...had } = s
    const ready = { ...had, timeoutMs: e.timeoutMs, startedAtMs: e.atMs }
    return go(ready, 'running', e.atMs, ['prepare'], { type: 'run' })
  },
  ran: (s, e) => {
    if (s.phase !== 'running') return stay(s)
    const orTimeout = e.wallMs > (s.timeoutMs ?? 0) / 2
    const done = { ...s, outbox: conclude(s.outbox, 'run') }
    return choose(done, { digest: e.digest, orTimeout, outcome: e.outcome }, e.atMs)
  },
  invalid: (s, e) =>
    JUDGING.includes(s.phase) ? choose({ ...s, reason: e.reason }, verdictOf('invalid'), e.atMs) : stay(s),
  cannot: (s, e) => (JUDGING.includes(s.phase) ? decline(s, e.code, e.reason, e.atMs) : stay(s)),
  cannotDecline: (s, e) => {
    if (s.phase !== 'declining') return stay(s)
    const { declines, ...bound } = s
    const serving: MediatorState = { ...bound, mustServe: true, outbox: conclude(s.outbox, 'decline') }
    // what only lacked a place or time can still be done; the rest cannot
    if (declines === 'no-room' || declines === 'draining') return go(serving, 'waiting', e.atMs, [])
    return unable({ ...serving, ...(declines === undefined ? {} : { declines }) }, e.atMs)
  },
  sent: (s, e) => {
    const outbox = conclude(s.outbox, e.effect)
    return outbox === s.outbox ? stay(s) : stay({ ...s, outbox })
  },
  looked: (s, e) => (e.glance === undefined ? vanished(s) : onGlance(s, e.glance, e.atMs)),
  ended: (s, e) => {
    const { providerWrong, paid, lost } = e
    const phase = e.left ?? (lost > 0n ? 'slashed' : paid > 0n ? 'paid' : 'unpaid')
    return over({ ...s, providerWrong, paid, lost }, phase, e.atMs)
  },
  drain: (s, e) => {
    const isIdle = s.phase === 'waiting' || JUDGING.includes(s.phase)
    // outside the vote window, or after its first third, the work goes on with the next start
    if (!isIdle || s.voteBySec === undefined || s.mustServe === true) return stay(s)
    return decline(s, 'draining', 'the node is shutting down', e.atMs)
  },
  effectFailed: (s, e) => onFailure(s, e),
  tick: (s, e) => onTime(s, e.nowSec, e.atMs),
  restarted: (s, e) => (s.outbox.length === 0 ? stay(s) : again(s, reissue(s.outbox), e.atMs))
}

/** Effects are carried out once more; a run begins anew. */
function again(state: MediatorState, { outbox, effects }: Reissued, atMs: number): MediatorStep {
  const isRun = effects.some(effect => effect.type === 'run')
  return { state: { ...state, outbox, ...(isRun ? { startedAtMs: atMs } : {}) }, effects }
}

/** The court knows the dispute no more: what came of it is in its history. */
const vanished = (state: MediatorState): MediatorStep => withEffect(stay(state), { type: 'account' })

function onGlance(before: MediatorState, glance: Glance, atMs: number): MediatorStep {
  const s = withNews(before, glance)
  const isOpen = glance.isCurrent && (glance.phase === 'drawing' || glance.phase === 'voting')
  switch (glance.standing) {
    case 'drawn':
      return isOpen ? beforeTheVote(s, glance) : missed(s, 'the vote window ended before there was a vote', atMs)
    case 'committed':
      return onCommitted(s, glance, isOpen, atMs)
    case 'revealed':
      return s.phase === 'revealed' ? stay(s) : go({ ...s, outbox: [] }, 'revealed', atMs, [])
    case 'declined':
      return over({ ...s, lost: COURT_RULES.declineFees * (s.deal?.seatFee ?? 0n) }, 'declined', atMs)
    case 'excused':
      return over(s, 'excused', atMs)
  }
}

/** The end of the vote window, which a reorg may move; and that the dispute is there after all. */
function withNews(state: MediatorState, { voteBySec = state.voteBySec }: Glance): MediatorState {
  const outbox = conclude(state.outbox, 'account')
  if (voteBySec === state.voteBySec && outbox === state.outbox) return state
  return { ...state, outbox, ...(voteBySec === undefined ? {} : { voteBySec }) }
}

/** What waited for the vote window begins with it. */
function beforeTheVote(state: MediatorState, { phase }: Glance): MediatorStep {
  if (phase !== 'voting') return stay(state)
  if (state.phase === 'committing') return withEffect(stay(state), { type: 'commit' })
  return state.phase === 'declining' ? withEffect(stay(state), { type: 'decline' }) : stay(state)
}

function onCommitted(state: MediatorState, glance: Glance, isOpen: boolean, atMs: number): MediatorStep {
  const { vote } = state
  if (vote === undefined || glance.committed !== sealed(state, vote)) {
    return missed(state, 'a vote was committed that this journal does not know: it cannot be opened', atMs)
  }
  if (isOpen) return state.phase === 'committed' ? stay(state) : go(state, 'committed', atMs, ['commit'])
  if (!glance.isCurrent || glance.phase !== 'revealing') return missed(state, 'the vote was not opened in time', atMs)
  if (state.phase === 'revealing' && isPending(state, 'reveal')) return stay(state)
  return go(state, 'revealing', atMs, ['commit'], { type: 'reveal' })
}

function missed(state: MediatorState, reason: string, atMs: number): MediatorStep {
  return state.phase === 'absent' ? stay(state) : unable({ ...state, reason: state.reason ?? reason }, atMs)
}

function onFailure(state: MediatorState, event: Extract<MediatorEvent, { type: 'effectFailed' }>): MediatorStep {
  const { effect, reason, name, atMs } = event
  if (!isPending(state, effect)) return stay(state)
  const later = { ...state, outbox: postpone(state.outbox, effect, atMs, BACKOFF) }
  if (effect === 'prepare') {
    const { unavailable: _unavailable, ...had } = later
    return stay(name === 'ContentUnavailableError' ? { ...later, unavailable: true } : had)
  }
  if (effect !== 'run') return stay(later)
  const runs = state.runs + 1
  return runs < MAX_RUNS ? stay({ ...later, runs }) : decline({ ...later, runs }, 'engine-failed', reason, atMs)
}

/** What the clock alone decides: chain time for the court's deadlines, the wall clock for retries. */
function onTime(state: MediatorState, nowSec: number, atMs: number): MediatorStep {
  const decided = byTheCourtsClock(state, nowSec, atMs)
  if (decided !== undefined) return decided
  const tried = due(state.outbox, atMs)
  return tried.effects.length === 0 ? stay(state) : again(state, tried, atMs)
}

function byTheCourtsClock(state: MediatorState, nowSec: number, atMs: number): MediatorStep | undefined {
  const { phase, deal, voteBySec, mustServe } = state
  if (deal === undefined || voteBySec === undefined) return undefined
  const { voteWindow } = deal
  if (phase === 'waiting' && mustServe !== true) {
    // a quarter of the time to decline is left for the transaction
    const lastSec = declineBySec({ deadlineSec: voteBySec }, deal) - Math.floor(voteWindow / 12)
    if (nowSec >= lastSec) return decline(state, 'no-room', 'other judgements take all places', atMs)
  }
  if (phase === 'preparing' && state.unavailable === true && nowSec >= voteBySec - voteWindow / 2) {
    const reason = 'the specification or an input could not be had from anybody'
    return choose({ ...state, reason }, verdictOf('unavailable'), atMs)
  }
  if (nowSec < voteBySec - commitMarginSec(voteWindow)) return undefined
  if (phase === 'running') return outOfTime(state, atMs)
  return phase === 'waiting' || phase === 'preparing' ? missed(state, 'the vote window is over', atMs) : undefined
}

/** A run that the vote window ends after the job's own time limit did not end within it, as far as this node can tell. */
function outOfTime(state: MediatorState, atMs: number): MediatorStep {
  const { startedAtMs = atMs, timeoutMs = Infinity } = state
  if (atMs - startedAtMs > timeoutMs) return choose(state, verdictOf('timeout', true), atMs)
  return missed(state, 'the vote window is over and the run has not ended', atMs)
}
