import type { CID } from 'multiformats/cid'
import { cidFromDigest } from '../../protocols/common/cbor.ts'
import type { CreatorPhase, CreatorState } from '../../protocols/deal/creator-types.ts'
import type { Explanation, NearMiss } from '../../protocols/matching/explain.ts'
import { REASONS } from '../../protocols/matching/reasons.ts'
import type { RankView, WhyView } from '../http/views.ts'
import type { MachineRecord } from '../journal/journal.ts'
import type { BookOpinion } from '../roles/creator/ranker.ts'
import { jobView } from './job-view.ts'

export function rankView(spec: CID, { explanation, ranked }: BookOpinion): RankView {
  return {
    spec: spec.toString(),
    candidates: ranked.map((r, i) => ({
      rank: i,
      offer: cidFromDigest(r.id).toString(),
      account: r.offer.account,
      ask: r.ask.toString(),
      priceClass: Number(r.priceClass)
    })),
    refused: explanation.nearest.map(miss),
    counts: counts(explanation)
  }
}

/** Why a job is where it is, in words: what the book says now, who works on it, and what happened to it so far. */
export function whyView(
  record: MachineRecord<CreatorState>,
  { explanation }: BookOpinion,
  isConnected: (peer: string) => boolean
): WhyView {
  const { state } = record
  const job = jobView(record)
  return {
    id: state.jobId,
    state: job.state,
    summary: state.reason ?? summaryOf(state, explanation, isConnected),
    counts: counts(explanation),
    nearest: explanation.nearest.map(miss),
    attempts: [
      ...state.refusals.map(r => ({ at: r.atMs, provider: r.provider, outcome: `${r.reason}: ${r.detail}` })),
      ...state.past.map(p => ({ at: p.atMs, provider: p.provider, outcome: `${p.ended}: ${p.reason ?? ''}` }))
    ].sort((a, b) => a.at - b.at)
  }
}

function summaryOf(
  state: CreatorState,
  { total, feasible }: Explanation,
  isConnected: (peer: string) => boolean
): string {
  if (state.attempt !== undefined && AT_PROVIDER.has(state.phase)) {
    const { candidate, submitBySec } = state.attempt
    const gone = isConnected(candidate.peer) ? '' : ', which is not connected to this node now'
    const by = submitBySec === undefined ? '' : `; ${refundOf(submitBySec)}`
    return `the job is ${state.phase} at ${candidate.account}${gone}${by}`
  }
  if (state.phase !== 'matching' && state.phase !== 'proposing') return `the job is ${state.phase}`
  if (total === 0) return 'this node knows no offer: is a provider running on this network?'
  if (feasible === 0) return `none of the ${total} offers on the network fits this job`
  return `${feasible} of ${total} offers fit; asking them in order`
}

/** Phases in which the next step is the provider's. */
const AT_PROVIDER: ReadonlySet<CreatorPhase> = new Set(['agreed', 'running'])

const refundOf = (submitBySec: number): string =>
  `if it submits no result by ${new Date(submitBySec * 1000).toISOString()}, the price and its collateral come back`

const counts = ({ counts }: Explanation): WhyView['counts'] =>
  counts.map(({ sentence, count }) => ({ reason: sentence, count }))

function miss({ id, account, misses }: NearMiss): WhyView['nearest'][number] {
  const reasons = misses.map(m => `${REASONS[m.code]} ${m.field}: wanted ${m.wanted}, has ${m.has}.`)
  return { offer: cidFromDigest(id).toString(), account, reasons }
}
