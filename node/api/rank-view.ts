import type { CID } from 'multiformats/cid'
import { cidFromDigest } from '../../protocols/common/cbor.ts'
import type { TokenInfo } from '../../protocols/common/network-document.ts'
import { formatAmount } from '../../protocols/common/units.ts'
import type { CreatorPhase, CreatorState } from '../../protocols/deal/creator-types.ts'
import type { Explanation, NearMiss } from '../../protocols/matching/explain.ts'
import { REASONS } from '../../protocols/matching/reasons.ts'
import type { RankView, WhyView } from '../http/views.ts'
import type { MachineRecord } from '../journal/journal.ts'
import type { BookOpinion } from '../roles/creator/ranker.ts'
import { jobView } from './job-view.ts'

export function rankView(spec: CID, { explanation, ranked }: BookOpinion, token: TokenInfo): RankView {
  return {
    spec: spec.toString(),
    candidates: ranked.map((r, i) => ({
      rank: i,
      offer: cidFromDigest(r.id).toString(),
      account: r.offer.account,
      ask: r.ask.toString(),
      priceClass: Number(r.priceClass)
    })),
    refused: explanation.nearest.map(near => miss(near, token)),
    counts: counts(explanation)
  }
}

/** Why a job is where it is, in words: what the book says now, who works on it, and what happened to it so far. */
export function whyView(
  record: MachineRecord<CreatorState>,
  { explanation }: BookOpinion,
  isConnected: (peer: string) => boolean,
  token: TokenInfo
): WhyView {
  const { state } = record
  const job = jobView(record)
  return {
    id: state.jobId,
    state: job.state,
    summary: WAITING[state.phase]?.(state) ?? state.reason ?? summaryOf(state, explanation, isConnected),
    counts: counts(explanation),
    nearest: explanation.nearest.map(near => miss(near, token)),
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

const timeOf = (sec: number): string => `${new Date(sec * 1000).toISOString().replace('T', ' ').slice(0, 19)} UTC`

/** Phases in which somebody else has to act, and who. */
const WAITING: Partial<Record<CreatorPhase, (state: CreatorState) => string>> = {
  checking: () => 'this node runs the job again, as its policy of spot checks asks for',
  reviewing: ({ jobId, attempt }) => {
    const { reviewBySec } = attempt ?? {}
    const until = reviewBySec === undefined ? 'when the review ends' : `at ${timeOf(reviewBySec)}`
    return `its owner decides: "dcn job accept ${jobId}" or "dcn dispute ${jobId}"; silence accepts ${until}`
  },
  disputed: ({ jobId, dispute }) =>
    `before the court: ${dispute?.reason ?? 'disputed'}; "dcn job show ${jobId}" tells who votes and until when`
}

/** Phases in which the next step is the provider's. */
const AT_PROVIDER: ReadonlySet<CreatorPhase> = new Set(['agreed', 'running'])

const refundOf = (submitBySec: number): string =>
  `if it submits no result by ${new Date(submitBySec * 1000).toISOString()}, the price and its collateral come back`

const counts = ({ counts }: Explanation): WhyView['counts'] =>
  counts.map(({ sentence, count }) => ({ reason: sentence, count }))

function miss({ id, account, misses }: NearMiss, token: TokenInfo): WhyView['nearest'][number] {
  const amount = (units: string) => `${formatAmount(BigInt(units), token.decimals)} ${token.symbol}`
  const reasons = misses.map(m =>
    m.code === 'price'
      ? `${REASONS[m.code]} It asks ${amount(m.wanted)}, the job pays at most ${amount(m.has)}.`
      : `${REASONS[m.code]} ${m.field}: wanted ${m.wanted}, has ${m.has}.`
  )
  return { offer: cidFromDigest(id).toString(), account, reasons }
}
