import { equals } from 'uint8arrays/equals'
import type { Address } from '../../../protocols/common/values.ts'
import { DEAL_LIMITS, type Propose, type RefusalBody } from '../../../protocols/deal/messages.ts'
import { CERTIFICATE_LIMITS, type Certificate, decodeCertificate } from '../../../protocols/matching/certificate.ts'
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
    const listed = read(message.certificate)
    if (listed === undefined || listed.candidates.length >= CERTIFICATE_LIMITS.candidates || !mayLook(round)) return []
    const known = new Set([account, ...listed.leftOut])
    const facts = book.live(clock.nowMs(), 'resource').filter(fact => !known.has(fact.body.account))
    const byBody = new Map(facts.map(fact => [fact.body, fact]))
    const inputs = facts.map(fact => ({ id: factDigest(fact), offer: fact.body }))
    const ranked = rankFirst({ id: factDigest(job), offer: job.body }, inputs, { round }, DEAL_LIMITS.evidence)
    return ranked
      .filter(({ id }) => !listed.candidates.some(c => equals(c.offer.multihash.digest, id)))
      .flatMap(r => byBody.get(r.offer) ?? [])
  }
  return (message: Propose, job: Fact<JobOffer>, reason: RefusalBody['reason']): Uint8Array[] => {
    const mine = offer()
    const own: Fact[] = mine === undefined || mine.id.equals(message.offer) ? [] : [mine]
    const round = roundAt(clock.nowMs(), roundMs)
    const all = [...own, ...(OTHERS_MAY.has(reason) ? others(message, job, round) : [])]
    return all.slice(0, DEAL_LIMITS.evidence).map(encodeFact)
  }
}

/** What a creator chose from; undefined when nobody can read that. */
function read(certificate: Uint8Array): Certificate | undefined {
  try {
    return decodeCertificate(certificate)
  } catch {
    return undefined
  }
}
