import type { CID } from 'multiformats/cid'
import { cidFromDigest } from '../../protocols/common/cbor.ts'
import type { TokenInfo } from '../../protocols/common/network-document.ts'
import { formatAmount } from '../../protocols/common/units.ts'
import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import type { Explanation, NearMiss } from '../../protocols/matching/explain.ts'
import { REASONS } from '../../protocols/matching/reasons.ts'
import type { RankView, WhyView } from '../http/views.ts'
import type { MachineRecord } from '../journal/journal.ts'
import type { BookOpinion } from '../roles/creator/ranker.ts'
import { jobView } from './job-view.ts'
import { remedyOf } from './remedies.ts'
import { isAboutOffers, isAway, nextSteps, sentenceOf } from './why-text.ts'

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

/** Why a job is where it is, in words: what the book says now, who works on it, what happened to it so far, and what would help. */
export function whyView(
  record: MachineRecord<CreatorState>,
  { explanation }: BookOpinion,
  isConnected: (peer: string) => boolean,
  token: TokenInfo
): WhyView {
  const { state } = record
  const context = { explanation, isConnected }
  const offers = isAboutOffers(state)
  return {
    id: state.jobId,
    state: jobView(record).state,
    summary: sentenceOf(state, context),
    ...(isAway(state, isConnected) ? { away: true } : {}),
    counts: offers ? counts(explanation) : [],
    nearest: offers ? explanation.nearest.map(near => miss(near, token)) : [],
    remedies: nextSteps(state, context),
    attempts: [
      ...state.refusals.map(r => ({ at: r.atMs, provider: r.provider, outcome: `${r.reason}: ${r.detail}` })),
      ...state.past.map(p => ({ at: p.atMs, provider: p.provider, outcome: `${p.ended}: ${p.reason ?? ''}` }))
    ].sort((a, b) => a.at - b.at)
  }
}

const counts = ({ counts }: Explanation): WhyView['counts'] =>
  counts.map(({ sentence, count }) => ({ reason: sentence, count }))

function miss({ id, account, misses }: NearMiss, token: TokenInfo): WhyView['nearest'][number] {
  const amount = (units: string) => `${formatAmount(BigInt(units), token.decimals)} ${token.symbol}`
  const reasons = misses.map(m =>
    m.code === 'price'
      ? `${REASONS[m.code]} It asks ${amount(m.wanted)}, the job pays at most ${amount(m.has)}.`
      : `${REASONS[m.code]} ${m.field}: wanted ${m.wanted}, has ${m.has}.`
  )
  const remedies = misses.map(m => remedyOf(m, { account, token }))
  return { offer: cidFromDigest(id).toString(), account, reasons, remedies }
}
