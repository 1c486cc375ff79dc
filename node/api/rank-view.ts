import type { CID } from 'multiformats/cid'
import { cidFromDigest } from '../../protocols/common/cbor.ts'
import type { TokenInfo } from '../../protocols/common/network-document.ts'
import { formatAmount } from '../../protocols/common/units.ts'
import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import type { Explanation, NearMiss } from '../../protocols/matching/explain.ts'
import { type Miss, REASONS } from '../../protocols/matching/reasons.ts'
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
  const reasons = misses.map(m => {
    if (m.code === 'price')
      return `${REASONS[m.code]} It asks ${amount(m.wanted)}, the job pays at most ${amount(m.has)}.`
    const { wanted, has } = readable(m)
    return `${REASONS[m.code]} ${m.field}: wanted ${wanted}, has ${has}.`
  })
  const remedies = misses.map(m => remedyOf(m, { account, token }))
  return { offer: cidFromDigest(id).toString(), account, reasons, remedies }
}

const MEBIBYTE = 2 ** 20
const GIBIBYTE = 2 ** 30
const sizeText = (digits: number) => (bytes: string) => {
  const [unit, name] = Number(bytes) < GIBIBYTE ? [MEBIBYTE, 'MiB'] : [GIBIBYTE, 'GiB']
  return `${(Number(bytes) / unit).toFixed(digits)} ${name}`
}
const cores = (millis: string): string => String(Number(millis) / 1000)
/** One decimal, and more where the two would read the same. */
const SIZES = [1, 3].map(sizeText)

const UNITS: Partial<Record<Miss['code'], readonly ((amount: string) => string)[]>> = {
  cpu: [cores],
  memory: SIZES,
  disk: SIZES,
  'gpu-memory': SIZES
}

/** What is wanted and had, as a person reads it: several amounts stand in one list. */
function readable({ code, wanted, has }: Miss): { wanted: string; has: string } {
  const inUnit = (unit: (amount: string) => string, list: string): string =>
    list
      .split(', ')
      .map(part => (/^\d+$/.test(part) ? unit(part) : part))
      .join(', ')
  const read = (UNITS[code] ?? []).map(unit => ({ wanted: inUnit(unit, wanted), has: inUnit(unit, has) }))
  return read.find(both => both.wanted !== both.has) ?? { wanted, has }
}
