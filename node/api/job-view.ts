import type { CreatorPhase, CreatorState } from '../../protocols/deal/creator-types.ts'
import type { JobState, JobView } from '../http/views.ts'
import type { MachineRecord } from '../journal/journal.ts'
import type { JobRecord } from '../roles/creator/creator.ts'
import { groupView } from './replicas-view.ts'

/** The word that users and the API have for each phase of the creator's machine. */
const STATES: Record<CreatorPhase, JobState> = {
  matching: 'matching',
  proposing: 'matching',
  agreed: 'agreed',
  running: 'running',
  fetching: 'results',
  checking: 'checking',
  reviewing: 'review',
  accepted: 'settling',
  rejected: 'settling',
  disputed: 'disputed',
  settled: 'done',
  refunded: 'failed',
  failed: 'failed',
  unmatched: 'unmatched',
  cancelled: 'cancelled'
}
const ZERO_HASH = /^0x0+$/

/** What users see of a job of this node. */
export function viewOfJob(job: JobRecord): JobView {
  if ('replicas' in job) return groupView(job.record, job.replicas)
  return { ...jobView(job.record), ...optional('check', job.check && checkView(job.check)) }
}

export const phaseWord = (phase: CreatorPhase): JobState => STATES[phase]

export function jobView(record: Pick<MachineRecord<CreatorState>, 'seq' | 'state' | 'updatedAt'>): JobView {
  const { state } = record
  const last = state.attempt ?? state.signed.at(-1)
  const provider = last?.candidate.account ?? state.past.at(-1)?.provider
  const deal = state.attempt?.dealId ?? state.past.at(-1)?.dealId
  return {
    id: state.jobId,
    seq: record.seq,
    ...optional('name', state.name),
    type: state.type ?? 'batch',
    ...optional('sweep', state.sweep),
    engine: state.engine,
    state: STATES[state.phase],
    phases: phasesOf(state),
    ...optional('provider', provider),
    ...optional('deal', deal),
    ...optional('price', agreedPrice(state)),
    ...optional('outcome', state.result?.outcome),
    ...optional('exitCode', state.result?.exitCode),
    ...optional('resultCid', state.result?.resultCid),
    ...optional('dir', state.result?.dir),
    ...optional('reason', state.reason),
    ...optional('error', state.error),
    ...optional('checked', state.checked),
    ...optional('log', state.result?.log),
    ...optional('reviewBy', reviewBy(state)),
    ...optional('dispute', state.dispute?.reason),
    createdAt: state.createdAtMs,
    updatedAt: record.updatedAt,
    transactions: transactionsOf(state)
  }
}

function checkView(state: CreatorState): NonNullable<JobView['check']> {
  const { attempt, phase } = state
  return {
    state: STATES[phase],
    ...optional('provider', attempt?.candidate.account),
    ...optional('deal', attempt?.dealId),
    ...optional('price', agreedPrice(state))
  }
}

/** What was agreed; a proposal that nobody took has no price. */
export const agreedPrice = ({ attempt }: CreatorState): string | undefined =>
  attempt?.providerSignature === undefined ? undefined : attempt.deal.price.toString()

function reviewBy({ attempt, phase }: CreatorState): number | undefined {
  const sec = attempt?.reviewBySec
  return sec === undefined || phase !== 'reviewing' ? undefined : sec * 1000
}

/** Steps inside one word of the API are one entry. */
function phasesOf(state: CreatorState): JobView['phases'] {
  const phases: JobView['phases'] = []
  for (const { phase, atMs } of state.timeline) {
    const word = STATES[phase as CreatorPhase]
    if (phases.at(-1)?.state !== word) phases.push({ state: word, at: atMs })
  }
  return phases
}

export function transactionsOf({ attempt, dispute, end }: CreatorState): JobView['transactions'] {
  const list = [
    { what: 'open', hash: attempt?.openTransaction },
    { what: 'challenge', hash: dispute?.transaction },
    { what: end?.kind ?? '', hash: end?.transaction }
  ]
  return list.flatMap(({ what, hash }) => (hash === undefined || ZERO_HASH.test(hash) ? [] : [{ what, hash }]))
}

/** A key only when there is a value: views never carry undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })
}
