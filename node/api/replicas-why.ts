import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import { outvoted, votesOf } from '../../protocols/deal/replicas-machine.ts'
import type { GroupState } from '../../protocols/deal/replicas-types.ts'
import { isRepeatable } from '../../protocols/job/derive.ts'
import type { WhyView } from '../http/views.ts'
import type { MachineRecord } from '../journal/journal.ts'
import { groupView } from './replicas-view.ts'
import { silence } from './why-text.ts'

/** Why a job with replicas is where it is: how they stand to each other, then each of them. @param whyOf of one replica alone */
export function groupWhy(
  record: MachineRecord<GroupState>,
  replicas: readonly CreatorState[],
  whyOf: (replica: MachineRecord<CreatorState>) => WhyView
): WhyView {
  const { state } = record
  const each = replicas.map(replica => whyOf({ ...record, state: replica }))
  const lines = replicas.map((replica, i) => {
    const why = replica.phase === 'reviewing' ? waitOf(state, i, replica) : (each[i]?.summary ?? '')
    return `replica ${i}: ${why}${differenceOf(state, i)}`
  })
  return {
    id: state.jobId,
    state: groupView(record, replicas).state,
    summary: [state.reason ?? standOf(state), ...lines].join('; ').slice(0, SUMMARY_CHARS),
    ...(each.some(why => why.away === true) ? { away: true } : {}),
    remedies: remediesOf(state, replicas, each),
    counts: each[0]?.counts ?? [],
    nearest: each[0]?.nearest ?? [],
    attempts: each
      .flatMap((why, i) => why.attempts.map(a => ({ ...a, outcome: `replica ${i}: ${a.outcome}` })))
      .sort((a, b) => a.at - b.at)
  }
}

/** What its owner can do: about the group first, then what helps its replicas, each once. */
function remediesOf(state: GroupState, replicas: readonly CreatorState[], each: readonly WhyView[]): string[] {
  const { phase, jobId, error, engine } = state
  // results of a container have been accepted by then, and no court would hear of them
  if (phase === 'split' && isRepeatable(engine)) return [`dcn job accept ${jobId}`, `dcn dispute ${jobId}`]
  if (phase === 'split' || error === 'NoAgreementError') {
    const [one, other] = twoThatDiffer(state, replicas)
    const how = one === undefined || other === undefined ? `dcn job show ${jobId}` : differ(one, other)
    return [
      `compare what they came to: ${how}`,
      isRepeatable(engine) ? 'ask more providers: --verify replicas:5/3' : MAKE_IT_REPEAT
    ]
  }
  return [...new Set(each.flatMap(why => why.remedies ?? []))].slice(0, MAX_REMEDIES)
}

/** Of the results alone: the papers beside them name each deal, and are never the same. */
const differ = (one: string, other: string): string =>
  `for f in exitCode stdout outputs; do diff -rN "${one}/$f" "${other}/$f"; done`

/** Folders of two results that are not the same. */
function twoThatDiffer({ replicas: notes }: GroupState, replicas: readonly CreatorState[]): (string | undefined)[] {
  const first = notes.findIndex(note => note.digest !== undefined)
  const second = notes.findIndex(({ digest }) => digest !== undefined && digest !== notes[first]?.digest)
  return [first, second].map(i => replicas[i]?.result?.dir)
}

const MAKE_IT_REPEAT =
  'make the program come to the same each time (no clock, no chance, no order of threads), or compare less of it: verify.include'

/** More advice than that is read by nobody. */
const MAX_REMEDIES = 5

/** What a view's line holds. */
const SUMMARY_CHARS = 2_000

function standOf(state: GroupState): string {
  const { min, replicas, phase } = state
  const counts = [...votesOf(state).values()].sort((a, b) => b - a)
  if (phase === 'agreed' || phase === 'done') return `${counts[0] ?? 0} of ${replicas.length} replicas came to the same`
  const came = counts.reduce((sum, count) => sum + count, 0)
  const most = counts[0] === undefined || came < 2 ? '' : `, ${counts[0]} of them the same`
  if (phase === 'split') return `the replicas did not agree: ${came} results${most}, ${min} equal ones were needed`
  return `${came} of ${replicas.length} results are here${most}; ${min} equal ones are needed`
}

/** What became of a result that is not the agreed one. */
function differenceOf(state: GroupState, replica: number): string {
  const digest = state.replicas[replica]?.digest
  if (digest === undefined || state.digest === undefined || digest === state.digest) return ''
  const later = outvoted(state).includes(replica) ? '; its provider is asked after others for a while' : ''
  return `; its result is not the agreed one${later}`
}

function waitOf({ phase, jobId, replicas, engine }: GroupState, replica: number, { attempt }: CreatorState): string {
  if (phase !== 'split') return 'its result waits for the others'
  if (!isRepeatable(engine)) return 'its result is accepted, and so paid'
  if (replicas[replica]?.committee !== true) return 'its result is paid when the review ends'
  return `its owner decides about all that wait: "dcn job accept ${jobId}" or "dcn dispute ${jobId}"; ${silence(attempt?.reviewBySec)}`
}
