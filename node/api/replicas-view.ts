import type { CreatorPhase, CreatorState } from '../../protocols/deal/creator-types.ts'
import type { Moment } from '../../protocols/deal/machine.ts'
import type { GroupPhase, GroupState } from '../../protocols/deal/replicas-types.ts'
import { isRepeatable } from '../../protocols/job/derive.ts'
import type { JobState, JobView, ReplicaView } from '../http/views.ts'
import type { MachineRecord } from '../journal/journal.ts'
import { agreedPrice, optional, phaseWord, transactionsOf } from './job-view.ts'

type End = Exclude<GroupPhase, 'comparing' | 'split'>
const ENDS: Record<End, JobState> = {
  agreed: 'settling',
  done: 'done',
  failed: 'failed',
  unmatched: 'unmatched',
  cancelled: 'cancelled'
}
/** How far a job is while its replicas are compared: as far as the first of them. */
const WAY: readonly JobState[] = ['agreed', 'running', 'results', 'checking']

/** One job, although it comes to several deals. */
export function groupView(record: MachineRecord<GroupState>, replicas: readonly CreatorState[]): JobView {
  const { state, seq, updatedAt } = record
  const phases = phasesOf(state, replicas)
  const speaker = replicas[state.leader ?? 0]
  const { result } = state
  return {
    id: state.jobId,
    seq,
    ...optional('name', state.name),
    type: state.type ?? 'batch',
    ...optional('sweep', state.sweep),
    engine: state.engine,
    state: phases.at(-1)?.state ?? 'matching',
    phases,
    ...optional('provider', speaker?.attempt?.candidate.account),
    ...optional('deal', speaker?.attempt?.dealId),
    ...optional('price', total(replicas)),
    ...optional('outcome', result?.outcome),
    ...optional('exitCode', result?.exitCode),
    ...optional('resultCid', result?.resultCid),
    ...optional('dir', result?.dir),
    ...optional('reason', state.reason ?? overruled(state, replicas)),
    ...optional('error', state.error),
    ...optional('log', result?.log),
    ...optional('reviewBy', reviewBy(state, replicas)),
    ...optional('dispute', replicas.find(r => r.dispute !== undefined)?.dispute?.reason),
    quorum: state.min,
    replicas: replicas.map((replica, i) => replicaView(state, replica, i)),
    createdAt: state.createdAtMs,
    updatedAt: Math.max(updatedAt, ...replicas.map(r => r.timeline.at(-1)?.atMs ?? 0)),
    transactions: replicas.flatMap((replica, i) =>
      transactionsOf(replica).map(({ what, hash }) => ({ what: `${what} ${i}`, hash }))
    )
  }
}

function replicaView(group: GroupState, state: CreatorState, replica: number): ReplicaView {
  const { attempt, past, result, reason, dispute } = state
  const { digest, isFree = false } = group.replicas[replica] ?? {}
  const agrees = digest === undefined || group.digest === undefined ? undefined : digest === group.digest
  const isPaidAnyhow = agrees === false && !isFree && !isRepeatable(group.engine)
  return {
    replica,
    state: wordOf(state.phase),
    ...optional('provider', attempt?.candidate.account ?? past.at(-1)?.provider),
    ...optional('deal', attempt?.dealId ?? past.at(-1)?.dealId),
    ...optional('price', agreedPrice(state)),
    ...optional('digest', digest),
    ...optional('agrees', agrees),
    ...optional('outcome', result?.outcome),
    ...optional('exitCode', result?.exitCode),
    // once it is known what most came to, that is moved to the job itself
    ...optional('dir', group.digest === undefined ? result?.dir : undefined),
    ...optional('reason', reason ?? (isPaidAnyhow ? PAID_ANYHOW : undefined)),
    ...optional('dispute', dispute?.reason)
  }
}

/** Why a result that was outvoted is paid where no court could have judged it. */
const PAID_ANYHOW = 'paid all the same: nobody can prove that a container came to the wrong result'

/** A result that waits is compared by this node; only where that came to nothing does it wait for its owner. */
const wordOf = (phase: CreatorPhase): JobState => (phase === 'reviewing' ? 'checking' : phaseWord(phase))

function phasesOf(group: GroupState, replicas: readonly CreatorState[]): JobView['phases'] {
  const moments = replicas.flatMap(r =>
    r.timeline.map((m: Moment) => ({ ...m, word: wordOf(m.phase as CreatorPhase) }))
  )
  const reached = WAY.flatMap(state => {
    const times = moments.filter(m => m.word === state).map(m => m.atMs)
    return times.length === 0 ? [] : [{ state, at: Math.min(...times) }]
  })
  const decided = group.timeline
    .filter(({ phase }) => phase !== 'comparing')
    .map(({ phase, atMs }) => ({ state: phase === 'split' ? splitWord(group) : ENDS[phase as End], at: atMs }))
  const until = decided[0]?.at ?? Infinity
  return [{ state: 'matching', at: group.createdAtMs }, ...reached.filter(({ at }) => at <= until), ...decided]
}

/** Results that can be disputed wait for their owner; others are paid by silence. */
const splitWord = ({ replicas }: GroupState): JobState =>
  replicas.some(note => note.standing === 'held' && note.committee) ? 'review' : 'settling'

function reviewBy({ phase }: GroupState, replicas: readonly CreatorState[]): number | undefined {
  const ends = replicas.flatMap(r => (r.phase === 'reviewing' ? (r.attempt?.reviewBySec ?? []) : []))
  return phase !== 'split' || ends.length === 0 ? undefined : Math.min(...ends) * 1000
}

/** Two may lie against one: where the court says so, whoever reads the result must know. */
function overruled({ replicas: notes, digest }: GroupState, replicas: readonly CreatorState[]): string | undefined {
  if (digest === undefined) return undefined
  const right = replicas.findIndex(
    ({ phase, end }, i) => phase === 'settled' && end?.kind === 'resolved' && notes[i]?.digest !== digest
  )
  if (right < 0) return undefined
  return `the court found replica ${right} right, which was outvoted: do not trust the result of this job`
}

function total(replicas: readonly CreatorState[]): string | undefined {
  const prices = replicas.flatMap(r => agreedPrice(r) ?? [])
  return prices.length === 0 ? undefined : prices.reduce((sum, price) => sum + BigInt(price), 0n).toString()
}
