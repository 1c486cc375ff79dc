import { UserError } from '../../../protocols/common/errors.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, toHex } from '../../../protocols/common/values.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { type CommitteeTerms, makeTerms, openWindowSec } from '../../../protocols/deal/terms.ts'
import { mayBeJudged } from '../../../protocols/job/derive.ts'
import { decodeFact } from '../../../protocols/offers/fact.ts'
import type { JobOffer } from '../../../protocols/offers/schema.ts'
import type { AbortOptions } from '../../components.ts'
import { NoCourtError } from '../court-terms.ts'
import { digestOf } from '../digests.ts'
import type { CreatorEffectComponents } from './effects.ts'

type TermsComponents = Pick<
  CreatorEffectComponents,
  'settlement' | 'ensureFree' | 'siblings' | 'termsTime' | 'identity' | 'courtTerms'
>

/** The deal with a candidate, which follows from the job offer, the offer and the time; its price is there to be locked. */
export async function signTerms(c: TermsComponents, state: CreatorState, index: number, options: AbortOptions) {
  const deal = await termsFor(c, state, index, options)
  await c.ensureFree(deal.price + c.siblings(state).promised, options)
  return { deal, dealId: c.settlement.dealId(deal), signature: await c.settlement.signDeal(deal) }
}

async function termsFor(c: TermsComponents, state: CreatorState, index: number, options: AbortOptions): Promise<Deal> {
  const candidate = state.candidates[index]
  if (candidate === undefined || state.certificate === undefined) {
    throw new UserError('NoCandidateError', 'there is no such candidate')
  }
  const offer = decodeFact(state.jobOffer)
  const job = offer.body as JobOffer
  const price = candidate.ask + state.tip
  const nowSec = await c.termsTime(options)
  const committee = await committeeFor(c, job, { price, provider: candidate.account, nowSec }, options)
  return makeTerms({
    ...(committee === undefined ? {} : { committee }),
    job: digestOf(offer.id),
    spec: digestOf(job.spec),
    certificate: toHex(sha256(state.certificate)),
    creator: c.identity.account,
    provider: candidate.account,
    price,
    offerTerms: candidate.terms,
    timeoutMs: state.timeoutMs,
    nonce: BigInt(job.nonce),
    openBefore: nowSec + openWindowSec(state.inputBytes)
  })
}

/** A job for a committee needs one; spot checks and replicas work without, they only have nobody to turn to. */
async function committeeFor(
  c: TermsComponents,
  { policy, needs }: JobOffer,
  { price, provider, nowSec }: { price: bigint; provider: Address; nowSec: number },
  options: AbortOptions
): Promise<CommitteeTerms | undefined> {
  if (!mayBeJudged(policy)) return undefined
  try {
    const parties = [c.identity.account, provider]
    return await c.courtTerms({ price, engine: needs.engine, parties, nowSec }, options)
  } catch (error) {
    if (policy !== 'committee' && error instanceof NoCourtError) return undefined
    throw error
  }
}
