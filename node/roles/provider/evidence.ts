import { equals } from 'uint8arrays/equals'
import type { Address } from '../../../protocols/common/values.ts'
import { DEAL_LIMITS, type Propose, type RefusalBody } from '../../../protocols/deal/messages.ts'
import { CERTIFICATE_LIMITS, decodeCertificate } from '../../../protocols/matching/certificate.ts'
import { rankFirst } from '../../../protocols/matching/rank.ts'
import type { OfferBook } from '../../../protocols/offers/book.ts'
import { encodeFact, factDigest } from '../../../protocols/offers/fact.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact, JobOffer, ResourceOffer } from '../../../protocols/offers/schema.ts'
import type { Clock } from '../../components.ts'

export interface EvidenceInit {
  roundMs: number
}

export interface EvidenceComponents {
  book: Pick<OfferBook, 'live'>
  clock: Clock
  account: Address
  /** our standing offer */
  offer(): Fact<ResourceOffer> | undefined
}

/** Refusals of a job that others may take. */
const OTHERS_MAY: ReadonlySet<RefusalBody['reason']> = new Set([
  'no-room',
  'too-many-unopened',
  'not-allowed',
  'draining'
])
/** A look through the whole book takes milliseconds: proposals are cheaper to make, so this many of them get one in a round. */
const LOOKS_PER_ROUND = 8

/**
 * What goes along with a refusal: our present offer when the creator went by another one, and offers of others that are good for
 * the job and missing in a certificate that had room for them. The creator checks and books them before it ranks again.
 */
export function evidence({ roundMs }: EvidenceInit, { book, clock, account, offer }: EvidenceComponents) {
  let looks = { round: 0, left: LOOKS_PER_ROUND }
  const mayLook = (round: number): boolean => {
    if (looks.round !== round) looks = { round, left: LOOKS_PER_ROUND }
    return looks.left-- > 0
  }
  const others = (message: Propose, job: Fact<JobOffer>, round: number): Fact[] => {
    const listed = candidatesOf(message.certificate)
    if (listed === undefined || listed.length >= CERTIFICATE_LIMITS.candidates || !mayLook(round)) return []
    const facts = book.live(clock.nowMs(), 'resource').filter(fact => fact.body.account !== account)
    const byBody = new Map(facts.map(fact => [fact.body, fact]))
    const inputs = facts.map(fact => ({ id: factDigest(fact), offer: fact.body }))
    const ranked = rankFirst({ id: factDigest(job), offer: job.body }, inputs, { round }, DEAL_LIMITS.evidence)
    return ranked.filter(({ id }) => !listed.some(known => equals(known, id))).flatMap(r => byBody.get(r.offer) ?? [])
  }
  return (message: Propose, job: Fact<JobOffer>, reason: RefusalBody['reason']): Uint8Array[] => {
    const mine = offer()
    const own: Fact[] = mine === undefined || mine.id.equals(message.offer) ? [] : [mine]
    const round = roundAt(clock.nowMs(), roundMs)
    const all = [...own, ...(OTHERS_MAY.has(reason) ? others(message, job, round) : [])]
    return all.slice(0, DEAL_LIMITS.evidence).map(encodeFact)
  }
}

/** Digests of the offers that a creator chose from; undefined when nobody can read that. */
function candidatesOf(certificate: Uint8Array): Uint8Array[] | undefined {
  try {
    return decodeCertificate(certificate).candidates.map(c => c.offer.multihash.digest)
  } catch {
    return undefined
  }
}
