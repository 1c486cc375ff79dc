import { cidOf } from '../../protocols/common/cbor.ts'
import { ask } from '../../protocols/matching/ask.ts'
import { decodeCertificate } from '../../protocols/matching/certificate.ts'
import { feasible } from '../../protocols/matching/feasible.ts'
import type { MatchBundle, Omission } from '../../protocols/matching/verify/bundle.ts'
import { type Listing, whyNotMissed } from '../../protocols/matching/verify/omissions.ts'
import type { OfferBook } from '../../protocols/offers/book.ts'
import { decodeFact, encodeFact, factDigest } from '../../protocols/offers/fact.ts'
import type { SignedHead } from '../../protocols/offers/head.ts'
import type { HeadLog } from '../../protocols/offers/head-log.ts'
import { MerkleTree } from '../../protocols/offers/merkle.ts'
import type { Fact, JobOffer, ResourceOffer } from '../../protocols/offers/schema.ts'

/** Offers of one book that are looked at closely, the cheapest first: each is ranked with the whole list. */
const MAX_EXAMINED = 256
/** One that holds is enough. */
const MAX_SHOWN = 4

/**
 * Offers that the creator's own signed heads show it knew and that its list lacks, as far as this node can prove it: a proof needs the
 * whole book under a head, and this node has only what its own book held.
 *
 * @param bundle one whose list was found in order, with all facts at hand
 */
export function findOmissions(
  bundle: MatchBundle,
  heads: Pick<HeadLog, 'headsOf' | 'snapshot'>,
  book: Pick<OfferBook, 'get' | 'knows' | 'live'>,
  nowMs: number
): Omission[] {
  const listing = listingOf(bundle)
  if (listing === undefined) return []
  const { head } = listing.certificate
  const contradicting = missingUnder(head, listing, heads)
  if (contradicting.length > 0) return contradicting
  const live = new Map(book.live(nowMs, 'resource').map(({ body }) => [body.account, body]))
  /** as this node's own book tells: withdrawn, or replaced by the time of the ranking */
  const isReplaced = (fact: Fact<ResourceOffer>): boolean => {
    if (book.get(fact.id) === undefined && book.knows(factDigest(fact))) return true
    const newer = live.get(fact.body.account)
    return newer !== undefined && newer.seq > fact.body.seq && newer.fromRound <= head.head.round
  }
  const earlier = heads.headsOf(head.head.peerKey).filter(h => h.head.round <= head.head.round)
  for (const heard of earlier.reverse()) {
    const found = missingUnder(heard, listing, heads, fact => !isReplaced(fact))
    if (found.length > 0) return found
  }
  return []
}

function missingUnder(
  head: SignedHead,
  listing: Listing,
  heads: Pick<HeadLog, 'snapshot'>,
  counts: (fact: Fact<ResourceOffer>) => boolean = () => true
): Omission[] {
  const facts = heads.snapshot(head.head.root)?.facts ?? []
  const { job, certificate } = listing
  const at = { round: certificate.head.head.round }
  const asked = facts.filter((fact): fact is Fact<ResourceOffer> => {
    const { body } = fact
    return body.type === 'resource' && feasible(job.offer, body, at).ok && counts(fact as Fact<ResourceOffer>)
  })
  const cheapest = asked
    .map(fact => ({ fact, ask: ask(job.offer, fact.body) }))
    .sort((a, b) => (a.ask < b.ask ? -1 : a.ask > b.ask ? 1 : 0))
    .slice(0, MAX_EXAMINED)
  const missed = cheapest.filter(
    ({ fact }) => whyNotMissed({ id: factDigest(fact), offer: fact.body }, listing) === undefined
  )
  const tree = new MerkleTree(missed.length === 0 ? [] : facts.map(factDigest))
  return missed
    .slice(0, MAX_SHOWN)
    .map(({ fact }) => ({ head, fact: encodeFact(fact), proof: tree.proof(factDigest(fact)) }))
}

/** The list of a bundle; undefined when a fact is not at hand. */
function listingOf({ certificate: bytes, facts, deal }: MatchBundle): Listing | undefined {
  const certificate = decodeCertificate(bytes)
  const byCid = new Map(facts.map(fact => [cidOf(fact).toString(), fact]))
  const [job, ...listed] = [certificate.jobFact, ...certificate.candidates.map(c => c.fact)].flatMap(cid => {
    const fact = byCid.get(cid.toString())
    return fact === undefined ? [] : [decodeFact(fact)]
  })
  if (job?.body.type !== 'job' || listed.length < certificate.candidates.length) return undefined
  const offers = listed.map(f => ({ id: factDigest(f), offer: f.body as ResourceOffer }))
  const provider = offers.findIndex(o => o.offer.account === deal?.terms.provider)
  return {
    certificate,
    job: { id: factDigest(job), offer: job.body as JobOffer },
    listed: offers,
    // whoever is not on the list has no refusal that could be checked
    refused: new Map(),
    chosen: provider < 0 ? offers.length - 1 : provider
  }
}
