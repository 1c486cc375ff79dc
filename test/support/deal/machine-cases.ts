import { stepCreator } from '../../../protocols/deal/creator-machine.ts'
import type { Check, CreatorEvent, CreatorPhase, CreatorState } from '../../../protocols/deal/creator-types.ts'
import {
  type ProviderEvent,
  type ProviderPhase,
  type ProviderState,
  stepProvider
} from '../../../protocols/deal/provider-machine.ts'
import {
  creatorStart,
  providerStart,
  signature,
  toyAttempt,
  toyCandidate,
  toyDelivery,
  toyEnd,
  toyResult,
  toyRun,
  word
} from './builders.ts'

type Unstamped<E> = E extends unknown ? Omit<E, 'atMs'> & { atMs?: number } : never
export type CreatorInput = Unstamped<CreatorEvent>
export type ProviderInput = Unstamped<ProviderEvent>

const A = toyAttempt(1, { committee: 3, seatFee: 1_000n })
const candidates = [1, 2, 3].map(toyCandidate)

/** One event of each type, as the attempt with provider 1 would bring it. */
export const CREATOR_EVENTS = {
  submitted: { type: 'submitted', job: creatorStart().state },
  ranked: { type: 'ranked', attemptNo: 0, candidates, certificate: new Uint8Array(), counts: {} },
  announced: { type: 'announced' },
  proposalSigned: {
    type: 'proposalSigned',
    attemptNo: 0,
    index: 0,
    deal: A.deal,
    dealId: A.dealId,
    signature: A.creatorSignature
  },
  taken: { type: 'taken', attemptNo: 0, index: 0 },
  agreed: { type: 'agreed', dealId: A.dealId, signature: signature(2) },
  refused: { type: 'refused', dealId: A.dealId, reason: 'no-room', detail: 'full' },
  opened: { type: 'opened', dealId: A.dealId, transaction: word(9), submitBySec: 200 },
  neverOpened: { type: 'neverOpened', dealId: A.dealId, all: false },
  providerFailed: { type: 'providerFailed', dealId: A.dealId, reason: 'engine' },
  delivered: { type: 'delivered', dealId: A.dealId, delivery: toyDelivery(A.dealId) },
  fetched: { type: 'fetched', dealId: A.dealId, result: toyResult() },
  resultBad: { type: 'resultBad', dealId: A.dealId, reason: 'wrong digest' },
  ranAgain: { type: 'ranAgain', dealId: A.dealId, differs: 'another result', note: 'another result' },
  acceptRequested: { type: 'acceptRequested' },
  disputeRequested: { type: 'disputeRequested', reason: 'it is wrong' },
  rejectRequested: { type: 'rejectRequested', reason: 'others came to another result' },
  reviewBegan: { type: 'reviewBegan', dealId: A.dealId, reviewBySec: 300 },
  challenged: { type: 'challenged', dealId: A.dealId, transaction: word(8) },
  pursued: { type: 'pursued', dealId: A.dealId },
  resultSigned: { type: 'resultSigned', dealId: A.dealId, signature: signature(3) },
  told: { type: 'told', effect: 'sendAccept' },
  followed: { type: 'followed', dealId: A.dealId },
  burned: { type: 'burned' },
  ended: { type: 'ended', dealId: A.dealId, end: toyEnd('settled') },
  cancelRequested: { type: 'cancelRequested' },
  effectFailed: { type: 'effectFailed', effect: 'propose', reason: 'x' },
  tick: { type: 'tick', nowSec: 100 },
  restarted: { type: 'restarted' }
} as const satisfies { [T in CreatorEvent['type']]: CreatorInput }

export const PROVIDER_EVENTS = {
  agreed: { type: 'agreed', state: providerStart().state },
  prepared: { type: 'prepared' },
  prepareFailed: { type: 'prepareFailed', reason: 'image' },
  opened: { type: 'opened', transaction: word(9), submitBySec: 200, nowSec: 100 },
  openFailed: { type: 'openFailed', reason: 'nonce' },
  ran: { type: 'ran', run: toyRun() },
  runLost: { type: 'runLost', reason: 'lost' },
  published: { type: 'published', delivery: toyDelivery(A.dealId), resultCid: 'cid' },
  delivered: { type: 'delivered' },
  accepted: { type: 'accepted', signature: signature(3) },
  rejected: { type: 'rejected', reason: 'bad' },
  submitted: { type: 'submitted', reviewBySec: 250 },
  challenged: { type: 'challenged' },
  defended: { type: 'defended' },
  ended: { type: 'ended', end: toyEnd('settled') },
  told: { type: 'told' },
  cleaned: { type: 'cleaned' },
  cancelRequested: { type: 'cancelRequested' },
  drain: { type: 'drain' },
  effectFailed: { type: 'effectFailed', effect: 'prepare', reason: 'x' },
  tick: { type: 'tick', nowSec: 100 },
  restarted: { type: 'restarted' }
} as const satisfies { [T in ProviderEvent['type']]: ProviderInput }

export function stepC(state: CreatorState, event: CreatorInput) {
  return stepCreator(state, { atMs: 0, ...event } as CreatorEvent)
}
export function stepP(state: ProviderState, event: ProviderInput) {
  return stepProvider(state, { atMs: 0, ...event } as ProviderEvent)
}

/** Carries a new job through events. */
export function creatorAfter(...events: CreatorInput[]): CreatorState {
  return carry(creatorStart().state, events)
}
/** The same for a job whose result is checked before it is accepted. */
export function cautiousAfter(check: Check, ...events: CreatorInput[]): CreatorState {
  return carry(creatorStart({ check }).state, events)
}
const carry = (start: CreatorState, events: CreatorInput[]): CreatorState =>
  events.reduce((state, event) => stepC(state, event).state, start)

/** What a job in each phase does about its result: only two phases need more than trust. */
export const CHECK_IN: Partial<Record<CreatorPhase, Check>> = {
  checking: { by: 'spot', perMille: 1_000, secret: word(1) },
  reviewing: { by: 'owner' }
}
/** A job that was brought to a phase. */
export const creatorIn = (phase: CreatorPhase): CreatorState =>
  cautiousAfter(CHECK_IN[phase] ?? { by: 'nobody' }, ...CREATOR_PATHS[phase])
export function providerAfter(...events: ProviderInput[]): ProviderState {
  return events.reduce<ProviderState>((state, event) => stepP(state, event).state, providerStart().state)
}

const c = CREATOR_EVENTS
const proposing = [c.ranked, c.proposalSigned]
const running = [...proposing, c.agreed, c.opened]
const fetching = [...running, c.delivered]
const ended = (kind: Parameters<typeof toyEnd>[0]): CreatorInput => ({ ...c.ended, end: toyEnd(kind) })
const again = [1, 2].flatMap((n): CreatorInput[] => {
  const { deal, dealId, creatorSignature } = toyAttempt(n + 1)
  return [
    { ...c.ranked, attemptNo: n },
    { ...c.proposalSigned, attemptNo: n, deal, dealId, signature: creatorSignature },
    { ...c.opened, dealId },
    { ...ended('timed-out'), dealId } as CreatorInput
  ]
})

/** How each phase is reached. */
export const CREATOR_PATHS: Record<CreatorPhase, CreatorInput[]> = {
  matching: [],
  proposing,
  agreed: [...proposing, c.agreed],
  running,
  fetching,
  checking: [...fetching, c.fetched],
  reviewing: [...fetching, c.fetched],
  accepted: [...fetching, c.fetched, c.resultSigned],
  rejected: [...fetching, c.resultBad],
  disputed: [...fetching, c.resultBad, c.reviewBegan, c.challenged],
  settled: [...fetching, c.fetched, c.resultSigned, ended('settled')],
  refunded: [...running, ended('timed-out'), ...again],
  unmatched: [{ ...c.tick, atMs: 10_000 }],
  cancelled: [c.cancelRequested],
  failed: [...fetching, c.resultBad, ended('claimed')]
}

const p = PROVIDER_EVENTS
const delivering = [p.prepared, p.opened, p.ran, p.published]
export const PROVIDER_PATHS: Record<ProviderPhase, ProviderInput[]> = {
  preparing: [],
  opening: [p.prepared],
  running: [p.prepared, p.opened],
  publishing: [p.prepared, p.opened, p.ran],
  delivering,
  submitted: [...delivering, p.rejected, p.submitted],
  disputed: [...delivering, p.rejected, p.submitted, p.challenged],
  settling: [...delivering, p.accepted],
  settled: [...delivering, p.accepted, p.ended],
  forfeiting: [p.prepared, p.opened, p.runLost],
  forfeited: [p.prepared, p.opened, p.runLost, { ...p.ended, end: toyEnd('forfeited') }],
  released: [p.prepareFailed],
  lost: [p.prepared, p.opened, { ...p.ended, end: toyEnd('timed-out') }]
}
