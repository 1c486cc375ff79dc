import { BadSignatureError } from '../../common/errors.ts'
import type { Address } from '../../common/values.ts'
import { factDigest } from '../../offers/fact.ts'
import { verifyHead } from '../../offers/head.ts'
import { verifyInclusion } from '../../offers/merkle.ts'
import { ask } from '../ask.ts'
import { CERTIFICATE_LIMITS, type Certificate } from '../certificate.ts'
import { feasible } from '../feasible.ts'
import type { JobInput, OfferInput } from '../input.ts'
import { DRAW_FACTOR, rank } from '../rank.ts'
import type { Omission } from './bundle.ts'
import type { Findings } from './findings.ts'
import { type MatchChecks, readFact } from './statements.ts'

/** A certificate whose list was found in order. */
export interface Listing {
  certificate: Certificate
  job: JobInput
  /** the candidates, in their order */
  listed: readonly OfferInput[]
  /** accounts that said no to this job, signed */
  refused: ReadonlyMap<Address, unknown>
  /** the provider's place; without a deal the last one */
  chosen: number
}

/** Says what an offer proves that the creator's head contains and its list does not. */
export async function checkOmission(
  { head, fact, proof }: Omission,
  listing: Listing,
  checks: MatchChecks,
  findings: Findings
): Promise<void> {
  const { certificate } = listing
  const own = certificate.head.head
  const unsupported = (why: string): void => findings.add('omission-unsupported', { why })
  if (head.head.peerKey !== own.peerKey || head.head.network !== own.network) return unsupported('another head')
  if (head.head.round > own.round) return unsupported('a later head')
  if (!(await isSigned(head, checks))) return unsupported('a forged head')
  const read = await readFact(fact, 'resource', checks)
  if ('wrong' in read) return unsupported(`not a signed offer: ${read.wrong}`)
  const input = { id: factDigest(read), offer: read.body }
  if (!verifyInclusion(head.head.root, head.head.count, input.id, proof)) return unsupported('not in the head')
  const why = whyNotMissed(input, listing)
  if (why !== undefined) return unsupported(why)
  const isSameBook = head.head.root === own.root && head.head.count === own.count
  const { account } = read.body
  findings.add(isSameBook ? 'offer-omitted' : 'offer-known-before', {
    offer: read.id.toString(),
    account,
    ask: ask(listing.job.offer, read.body),
    round: head.head.round
  })
}

/** Why an offer that the creator knew need not have been before the chosen one; undefined when it need. */
export function whyNotMissed(input: OfferInput, listing: Listing): string | undefined {
  const { certificate, job, listed, refused } = listing
  const { account } = input.offer
  if (listed.some(l => l.offer.account === account)) return 'its account is in the list'
  if (refused.has(account)) return 'its account had refused'
  if (certificate.leftOut.includes(account)) return 'its account was left out by name'
  const fits = feasible(job.offer, input.offer, { round: certificate.head.head.round })
  if (!fits.ok) return `it cannot take the job: ${fits.misses.map(m => m.code).join(', ')}`
  return comesFirst(input, listing) ? undefined : 'it does not provably come before the chosen one'
}

/**
 * Whether an offer comes before the chosen one in the ranking of every book that holds it and the list. From a full list not
 * everything about the book can be told: what lies behind it may be cheaper than all on it, as long as all on it are in
 * the first price class, and then the classes of dearer offers are unknown. See docs/matching.md.
 */
function comesFirst(input: OfferInput, { certificate, job, listed, chosen }: Listing): boolean {
  const ranked = rank(job, [...listed, input], { round: certificate.head.head.round })
  const placeOf = (id: Uint8Array | undefined): number => ranked.findIndex(r => r.id === id)
  if (listed.length > 0 && placeOf(input.id) > placeOf(listed[chosen]?.id)) return false
  if (listed.length < CERTIFICATE_LIMITS.candidates) return true
  const asks = listed.map(l => ask(job.offer, l.offer))
  const isCheaper = asks.some(a => ask(job.offer, input.offer) < a)
  return isCheaper || isLowestKnown(job.offer, rank(job, listed, { round: certificate.head.head.round }))
}

/** Whether a full list must hold the cheapest offer of its book, which all classes count from, and with replicas the whole draw. */
function isLowestKnown({ policy, replicas }: JobInput['offer'], ranked: readonly { priceClass: bigint }[]): boolean {
  if (policy === 'replicas') return DRAW_FACTOR * replicas < CERTIFICATE_LIMITS.candidates
  return ranked.some(r => r.priceClass > 0n)
}

async function isSigned(head: Omission['head'], { verifyEd25519 }: MatchChecks): Promise<boolean> {
  try {
    await verifyHead(head, verifyEd25519)
    return true
  } catch (error) {
    if (error instanceof BadSignatureError) return false
    throw error
  }
}
