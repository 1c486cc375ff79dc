import type { Hex } from '../common/values.ts'
import { isRepeatable } from '../job/derive.ts'
import { FELL_SHORT } from '../job/schema.ts'
import { enter, type Step } from './machine.ts'
import { type Backoff, conclude, due, postpone, put, reissue } from './outbox.ts'
import {
  GROUP_DONE,
  type GroupEffect,
  type GroupEvent,
  type GroupPhase,
  type GroupState,
  MAX_REPLACEMENTS,
  type ReplicaNote,
  type Standing,
  type Word
} from './replicas-types.ts'

type GroupStep = Step<GroupState, GroupEffect>
type Handler<T extends GroupEvent['type']> = (state: GroupState, event: Extract<GroupEvent, { type: T }>) => GroupStep

/** A word that a replica did not heed yet is repeated. */
const DIRECT_BACKOFF: Backoff = { firstMs: 500, maxMs: 15_000 }
/** Standings out of which a first result can still come. */
const OUT: ReadonlySet<Standing> = new Set<Standing>(['looking', 'busy', 'leaving'])
/** So many results of a container, each of them another, say that its program does not repeat. */
const MANY = 3
const FRESH: ReplicaNote = { standing: 'looking', committee: false }

/** A new job: the machines of its replicas are the first effect. */
export function beginGroup(event: Extract<GroupEvent, { type: 'submitted' }>): GroupStep {
  const { job, atMs } = event
  const effects: GroupEffect[] = [{ type: 'begin' }]
  const state: GroupState = {
    ...job,
    phase: 'comparing',
    timeline: [{ phase: 'comparing', atMs }],
    outbox: put<GroupEffect>([], ...effects),
    replicas: Array.from({ length: job.n }, () => FRESH)
  }
  return { state, effects }
}

/** Pure: same state and event, same step. An event that does not fit the phase changes nothing. */
export function stepGroup(state: GroupState, event: GroupEvent): GroupStep {
  if (isGroupOver(state)) return stay(state)
  return (HANDLERS[event.type] as Handler<typeof event.type>)(state, event)
}

/** Nothing can come any more: the job has ended, and every deal of it. */
export const isGroupOver = ({ phase, replicas, outbox }: GroupState): boolean =>
  GROUP_DONE.includes(phase) && outbox.length === 0 && replicas.every(note => note.standing === 'ended')

/** What a replica is to be told, by what the group decided. The same at every time: telling it again does no harm. */
export function wordFor(state: GroupState, replica: number): Word {
  const note = state.replicas[replica]
  if (note === undefined) return 'wait'
  if (note.standing === 'looking') return state.phase !== 'comparing' || state.cancelling ? 'stop' : 'wait'
  if (note.standing === 'busy') return state.cancelling ? 'stop' : 'wait'
  if (note.standing !== 'held' || state.phase === 'comparing') return 'wait'
  // nobody can prove a container's provider wrong, and it did its work: what was delivered is paid, whatever it is
  if (note.isFree === true || isStopped(state, note) || !isRepeatable(state.engine)) return 'accept'
  if (state.digest === undefined) return wordWithoutAgreement(state, note)
  if (note.digest === state.digest) return 'accept'
  return isDoubted(state, note) ? 'reject' : 'wait'
}

/** Replicas that came to another result than the agreed one, where the others' say so means something and no court can be asked. */
export function outvoted(state: GroupState): number[] {
  const { digest, replicas } = state
  if (digest === undefined) return []
  return replicas.flatMap((note, i) => {
    const differs = note.digest !== undefined && note.digest !== digest
    const isLie = differs && note.isFree !== true && !isStopped(state, note) && isDoubted(state, note)
    return isLie && !note.committee ? [i] : []
  })
}

/** It ended because its owner, or this group, asked for that: neither a vote nor a lie. */
const isStopped = ({ cancelling }: GroupState, { outcome, stopped }: ReplicaNote): boolean =>
  outcome === 'cancelled' && (cancelling === true || stopped === true)

/** Nobody knows which of them is right: what can be disputed is its owner's to dispute, and silence pays for the rest. */
function wordWithoutAgreement({ cancelling }: GroupState, { committee }: ReplicaNote): Word {
  if (cancelling) return 'accept'
  return committee ? 'wait' : 'reject'
}

/**
 * Whether another result than the agreed one is worth a dispute. A time limit says little, because another machine's hardware proves
 * nothing: it is doubted where the others needed less than half of it, as judges do.
 */
function isDoubted({ replicas, digest, offer }: GroupState, { outcome }: ReplicaNote): boolean {
  const agreed = replicas.filter(note => note.digest === digest)
  if (agreed.some(note => note.outcome === 'timeout')) return false
  return outcome !== 'timeout' || agreed.every(({ wallMs = Infinity }) => 2 * wallMs <= offer.timeoutMs)
}

/** How many results there are of each digest. */
export function votesOf(state: GroupState): Map<Hex, number> {
  const votes = new Map<Hex, number>()
  for (const note of state.replicas) {
    const { digest } = note
    if (digest !== undefined && !isStopped(state, note)) votes.set(digest, (votes.get(digest) ?? 0) + 1)
  }
  return votes
}

const HANDLERS: { [T in GroupEvent['type']]: Handler<T> } = {
  submitted: s => stay(s),
  begun: (s, e) => (e.count === s.replicas.length ? stay(concluded(s, 'begin')) : stay(s)),
  moved: (s, e) => {
    const known = s.replicas[e.replica]
    if (known === undefined) return stay(s)
    // a vote goes with its result, or one deal's vote would speak for the next one's; once it is decided it stays on record
    const note = s.phase === 'comparing' || known.digest === undefined ? e.note : { ...known, ...e.note }
    if (isSame(known, note)) return stay(s)
    return decide({ ...s, replicas: s.replicas.with(e.replica, note) }, e.atMs)
  },
  directed: (s, e) => {
    if (!isPending(s, 'direct')) return stay(s)
    // some may not have heeded it yet: they are told again
    if (isAnyToTell(s)) return stay({ ...s, outbox: postpone(s.outbox, 'direct', e.atMs, DIRECT_BACKOFF) })
    return stay(concluded(s, 'direct'))
  },
  placed: (s, e) => {
    if (!isPending(s, 'place')) return stay(s)
    return settle({ state: { ...concluded(s, 'place'), result: e.result }, effects: [] }, e.atMs)
  },
  cancelRequested: s => {
    if (s.cancelling || s.phase !== 'comparing') return stay(s)
    return direct(stay({ ...s, cancelling: true }))
  },
  effectFailed: (s, e) =>
    isPending(s, e.effect) ? stay({ ...s, outbox: postpone(s.outbox, e.effect, e.atMs) }) : stay(s),
  tick: (s, e) => {
    const { outbox, effects } = due(s.outbox, e.atMs)
    return effects.length === 0 ? stay(s) : { state: { ...s, outbox }, effects }
  },
  restarted: s => {
    if (s.outbox.length === 0) return stay(s)
    const { outbox, effects } = reissue(s.outbox)
    return { state: { ...s, outbox }, effects }
  }
}

const stay = (state: GroupState): GroupStep => ({ state, effects: [] })

const moveTo = (state: GroupState, phase: GroupPhase, atMs: number): GroupState => enter(state, phase, atMs)

const isPending = (state: GroupState, type: GroupEffect['type']): boolean =>
  state.outbox.some(p => p.effect.type === type)

function concluded(state: GroupState, type: GroupEffect['type']): GroupState {
  const outbox = conclude(state.outbox, type)
  return outbox === state.outbox ? state : { ...state, outbox }
}

function owe({ state, effects }: GroupStep, ...more: GroupEffect[]): GroupStep {
  return { state: { ...state, outbox: put(state.outbox, ...more) }, effects: [...effects, ...more] }
}

const NOTE_KEYS = [
  'standing',
  'account',
  'digest',
  'outcome',
  'wallMs',
  'isFree',
  'committee',
  'stopped',
  'ended',
  'reason',
  'error'
] as const satisfies (keyof ReplicaNote)[]
const isSame = (a: ReplicaNote, b: ReplicaNote): boolean => NOTE_KEYS.every(key => a[key] === b[key])

/** After every change: whether it is decided, whether replacements are needed, who is to be told, whether it is over. */
function decide(state: GroupState, atMs: number): GroupStep {
  return settle(direct(compare(state, atMs)), atMs)
}

function compare(state: GroupState, atMs: number): GroupStep {
  if (state.phase !== 'comparing') return stay(state)
  const { replicas, min } = state
  const votes = votesThatCount(state)
  const awaited = replicas.filter(note => OUT.has(note.standing)).length
  const [digest] = votes.find(([digest, count]) => count >= min && (awaited === 0 || !isShort(state, digest))) ?? []
  if (digest !== undefined) {
    const leader = replicas.findIndex(note => note.digest === digest)
    return owe(stay(moveTo({ ...state, digest, leader }, 'agreed', atMs)), { type: 'place' })
  }
  const best = Math.max(0, ...votes.map(([, count]) => count))
  const missing = min - best - awaited
  if (missing <= 0) return stay(state)
  if (!isReplaceable(state, missing)) return stay(moveTo(state, 'split', atMs))
  const grown = { ...state, replicas: [...replicas, ...Array.from({ length: missing }, () => FRESH)] }
  return owe(stay(grown), { type: 'begin' })
}

/**
 * To say that memory was short costs nothing, neither work nor money: it stands where nobody came to a result, and only when all have
 * spoken. Otherwise whoever has two accounts would be a majority for free, and first.
 */
function votesThatCount(state: GroupState): [Hex, number][] {
  const votes = [...votesOf(state)]
  const worked = votes.filter(([digest]) => !isShort(state, digest))
  return worked.length > 0 ? worked : votes
}

const isShort = ({ replicas }: GroupState, digest: Hex): boolean =>
  replicas.some(note => note.digest === digest && FELL_SHORT.has(note.outcome))

/** Where the market has nobody, the money is not there, or a container does not repeat, asking once more would not help. */
function isReplaceable(state: GroupState, missing: number): boolean {
  const { replicas, n, cancelling } = state
  if (cancelling || replicas.length + missing > n + MAX_REPLACEMENTS || seemsRandom(state)) return false
  return replicas.every(note => note.ended !== 'unmatched' && note.error === undefined)
}

/** Liars are few, and a program that never comes to the same is likely: each further replica would be paid for nothing. */
function seemsRandom(state: GroupState): boolean {
  const counts = [...votesOf(state).values()]
  return !isRepeatable(state.engine) && counts.length >= MANY && counts.every(count => count === 1)
}

const isAnyToTell = (state: GroupState): boolean => state.replicas.some((_note, i) => wordFor(state, i) !== 'wait')

const direct = (step: GroupStep): GroupStep => (isAnyToTell(step.state) ? owe(step, { type: 'direct' }) : step)

/**
 * A job is done when its files are in place and those that agreed are paid; it has failed when nobody's word is awaited. What
 * is left then, an outvoted or a late replica, is seen through all the same.
 */
function settle(step: GroupStep, atMs: number): GroupStep {
  const { state } = step
  const { replicas, digest, phase } = state
  if (phase === 'agreed' && !isPending(state, 'place')) {
    const isPaid = replicas.every(note => note.digest !== digest || note.standing === 'ended')
    return isPaid ? { ...step, state: moveTo(state, 'done', atMs) } : step
  }
  if (phase !== 'split' || replicas.some(note => note.standing !== 'ended' && note.standing !== 'ruled')) return step
  const { phase: end, ...why } = endOfSplit(state)
  return { ...step, state: moveTo({ ...state, ...why }, end, atMs) }
}

function endOfSplit(state: GroupState): { phase: GroupPhase; reason: string; error?: string } {
  const { replicas, min, cancelling } = state
  if (cancelling) return { phase: 'cancelled', reason: 'cancelled before its replicas agreed' }
  const withError = replicas.find(note => note.error !== undefined)
  if (withError?.error !== undefined) {
    return { phase: 'failed', reason: withError.reason ?? 'a replica failed', error: withError.error }
  }
  const results = replicas.filter(note => note.digest !== undefined).length
  const unmatched = replicas.find(note => note.ended === 'unmatched')
  if (results === 0 && unmatched !== undefined) {
    const why = unmatched.reason ?? 'nobody took it'
    return { phase: 'unmatched', reason: `${min} providers are needed at least: ${why}` }
  }
  return { phase: 'failed', reason: `no-agreement: ${noAgreement(state, results)}`, error: 'NoAgreementError' }
}

function noAgreement(state: GroupState, results: number): string {
  const { replicas, min } = state
  const counts = [...votesOf(state).values()].sort((a, b) => b - a).join(':')
  const came = results === 0 ? 'no result came' : `${results} of ${replicas.length} results came, ${counts}`
  const why = seemsRandom(state) ? ', so its program does not come to the same twice' : ''
  return `${came}; ${min} equal ones were needed${why}`
}
