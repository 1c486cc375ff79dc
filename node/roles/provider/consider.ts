import type { CID } from 'multiformats/cid'
import { equals } from 'uint8arrays/equals'
import { encode } from '../../../protocols/common/cbor.ts'
import { compact } from '../../../protocols/common/compact.ts'
import { UserError } from '../../../protocols/common/errors.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, toHex } from '../../../protocols/common/values.ts'
import type { Propose, REFUSAL_REASONS } from '../../../protocols/deal/messages.ts'
import { type CommitteeTerms, differences, makeTerms } from '../../../protocols/deal/terms.ts'
import { derive, mayBeJudged } from '../../../protocols/job/derive.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import { ask } from '../../../protocols/matching/ask.ts'
import { feasible } from '../../../protocols/matching/feasible.ts'
import { REASONS } from '../../../protocols/matching/reasons.ts'
import type { JobOffer, ResourceOffer } from '../../../protocols/offers/schema.ts'
import { type Admission, refusalOf } from '../../admission/admission.ts'
import { digestOf } from '../digests.ts'

export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** A provider's no, with its stable code. */
export class Refused extends UserError {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, detail: string) {
    super('Refused', detail)
    this.reason = reason
  }
}

export interface Proposal {
  message: Propose
  job: { id: CID; body: JobOffer }
  spec: JobSpec
  specCid: CID
}

export interface Situation {
  account: Address
  /** our offer that the proposal names */
  offer: { id: CID; body: ResourceOffer } | undefined
  nowSec: number
  /** by the clock of this host, which its hours are kept by */
  nowMs: number
  /** why no new work is taken at all; absent: it is */
  closed?: string
  /** whose work the operator takes, and which */
  admission: Admission
  /** what the court's clauses would be at this price; undefined where it could not judge the deal */
  committee?: CommitteeTerms
  /** the present round */
  round: number
}

/** A creator's openBefore may lie this much beyond ours: clocks differ. */
const CLOCK_SLACK_SEC = 15
/** Longest time to open that is accepted (settlement rules: 30 minutes). */
const MAX_OPEN_SEC = 30 * 60

/**
 * Whether a proposal is one that this provider would agree to if it had room. Pure; signatures are checked by the caller, and room
 * is given by `decide`.
 *
 * @throws Refused
 */
export function consider(proposal: Proposal, now: Situation): void {
  if (now.closed !== undefined) throw new Refused('draining', now.closed)
  const unwanted = refusalOf(now.admission, { creator: proposal.job.body.account, spec: proposal.spec }, now.nowMs)
  if (unwanted !== undefined) throw new Refused('not-allowed', unwanted)
  if (now.offer === undefined) throw new Refused('offer-unknown', 'the named offer is not one of this provider')
  checkJob(proposal)
  checkTerms(proposal, now.offer.body, now)
  checkFit(proposal, now.offer.body, now)
}

function checkJob({ job, spec, specCid, message }: Proposal): void {
  if (!job.body.spec.equals(specCid)) throw new Refused('bad-proposal', 'the job offer names another specification')
  if (!equals(encode(derive(spec)), encode(compact(job.body.needs)))) {
    throw new Refused('bad-proposal', 'the needs in the job offer do not follow from the specification')
  }
  if (spec.timeoutMs !== job.body.timeoutMs)
    throw new Refused('bad-proposal', 'timeoutMs differs from the specification')
  if (toHex(sha256(message.certificate)) !== message.deal.certificate) {
    throw new Refused('bad-proposal', 'the certificate is not the one the deal names')
  }
}

function checkTerms({ job, specCid, message }: Proposal, offer: ResourceOffer, now: Situation): void {
  const { deal } = message
  const price = ask(job.body, offer) + job.body.tip
  const expected = makeTerms({
    job: digestOf(job.id),
    spec: digestOf(specCid),
    certificate: deal.certificate,
    creator: job.body.account,
    provider: now.account,
    price,
    offerTerms: offer.terms,
    timeoutMs: job.body.timeoutMs,
    nonce: BigInt(job.body.nonce),
    openBefore: deal.openBefore,
    ...committeeOf(job.body, deal, now)
  })
  const field = differences(deal, expected)[0]
  if (field !== undefined) {
    const reason = field === 'price' ? 'price-changed' : 'terms-differ'
    throw new Refused(reason, `${field} is ${deal[field]}, this provider's offer makes it ${expected[field]}`)
  }
  const last = now.nowSec + MAX_OPEN_SEC + CLOCK_SLACK_SEC
  if (deal.openBefore <= now.nowSec || deal.openBefore > last) {
    throw new Refused('terms-differ', `openBefore is ${deal.openBefore}, expected ${now.nowSec + 1} to ${last}`)
  }
}

/** A creator may ask for less than its policy allows it; a committee must be one that can be drawn. */
function committeeOf(job: JobOffer, deal: Propose['deal'], now: Situation): { committee?: CommitteeTerms } {
  if (deal.committee === 0) return {}
  if (!mayBeJudged(job.policy))
    throw new Refused('terms-differ', `committee is ${deal.committee}, the job asks for none`)
  if (now.committee === undefined)
    throw new Refused('terms-differ', 'committee is 3, but no committee could be drawn for this deal now')
  return { committee: now.committee }
}

function checkFit({ job }: Proposal, offer: ResourceOffer, { round }: Situation): void {
  const verdict = feasible(job.body, offer, { round })
  if (verdict.ok) return
  const [miss] = verdict.misses
  throw new Refused(
    'infeasible',
    miss === undefined ? 'the job does not fit' : `${REASONS[miss.code]} Wanted ${miss.wanted}, has ${miss.has}.`
  )
}
