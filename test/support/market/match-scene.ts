import { createPrivateKey, createPublicKey, sign as nodeSign } from 'node:crypto'
import { privateKeyToAccount } from 'viem/accounts'
import { lower, signBind, signDeal } from '../../../node/settlement/typed-data.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { toHex } from '../../../protocols/common/values.ts'
import { encodeRefusal, type Refusal, type RefusalBody } from '../../../protocols/deal/messages.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { makeTerms } from '../../../protocols/deal/terms.ts'
import { chainlessDomain } from '../../../protocols/deal/typed-data.ts'
import { ask } from '../../../protocols/matching/ask.ts'
import { type Certificate, encodeCertificate, makeCertificate } from '../../../protocols/matching/certificate.ts'
import { rankFirst } from '../../../protocols/matching/rank.ts'
import type { MatchBundle, Omission } from '../../../protocols/matching/verify/bundle.ts'
import { encodeFact, factDigest, makeFact, wireCid } from '../../../protocols/offers/fact.ts'
import { type SignedHead, signHead } from '../../../protocols/offers/head.ts'
import { MerkleTree } from '../../../protocols/offers/merkle.ts'
import type { Bind, Fact, JobOffer, Price, ResourceOffer } from '../../../protocols/offers/schema.ts'
import { digestOf, jobOffer, NETWORK, NOW_MS, ROUND, resourceOffer } from './make.ts'

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
export const DOMAIN = chainlessDomain(NETWORK)

/** Both keys of a node, from a name: the same in every run. */
export interface Party {
  account: ReturnType<typeof privateKeyToAccount>
  bind: Bind
  sign(bytes: Uint8Array): Uint8Array
}

export async function party(name: string): Promise<Party> {
  const seed = digestOf(`peer key of ${name}`)
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const peerKey = toHex(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32))
  const account = privateKeyToAccount(toHex(digestOf(`account key of ${name}`)))
  const from = NOW_MS / 1000 - 3600
  const unsigned = { network: NETWORK, account: lower(account.address), peerKey, from, until: from + 86_400 }
  return {
    account,
    bind: await signBind(account, unsigned),
    sign: bytes => new Uint8Array(nodeSign(null, bytes, key))
  }
}

const flat = (perJob: bigint): Price => ({
  perJob,
  perCpuHour: 0n,
  perGiBHour: 0n,
  perDiskGiBHour: 0n,
  perGpuHour: 0n
})

export const offerOf = (
  who: Party,
  perJob: bigint,
  changes: Partial<ResourceOffer> = {}
): Promise<Fact<ResourceOffer>> =>
  makeFact(resourceOffer({ account: who.bind.account, price: flat(perJob), addrs: [], ...changes }), who.bind, who.sign)

export const jobOf = (who: Party, changes: Partial<JobOffer> = {}): Promise<Fact<JobOffer>> =>
  makeFact(jobOffer({ account: who.bind.account, tip: 5n, ...changes }), who.bind, who.sign)

export function refusalOf(who: Party, job: Fact, changes: Partial<RefusalBody> = {}): Refusal {
  const body = encodeRefusal({
    version: 1,
    job: job.id,
    provider: who.bind.account,
    reason: 'no-room',
    detail: 'all places are taken',
    round: ROUND,
    ...changes
  })
  return { body, signature: who.sign(body) }
}

/** The head of a node whose book holds exactly these facts. */
export const headOf = (who: Party, facts: readonly Fact[], round = ROUND): Promise<SignedHead> =>
  signHead(
    {
      type: 'head',
      version: 1,
      network: NETWORK,
      peerKey: who.bind.peerKey,
      round,
      root: toHex(new MerkleTree(facts.map(factDigest)).root),
      count: facts.length
    },
    who.sign
  )

export async function omissionOf(who: Party, fact: Fact, book: readonly Fact[], round = ROUND): Promise<Omission> {
  const proof = new MerkleTree(book.map(factDigest)).proof(factDigest(fact))
  return { head: await headOf(who, book, round), fact: encodeFact(fact), proof }
}

/** What can be bent on the way from a book to a bundle; each step works on what the ones before made. */
export interface Bends {
  /** facts in the creator's book beyond the offers that are ranked */
  alsoInBook?: readonly Fact[]
  list?: (list: Fact<ResourceOffer>[]) => Fact<ResourceOffer>[]
  refusals?: readonly Refusal[]
  certificate?: (certificate: Certificate) => Certificate
  /** the provider by its place in the list */
  chosen?: number
  deal?: (deal: Deal) => Deal
  bundle?: (bundle: MatchBundle) => MatchBundle | Promise<MatchBundle>
}

/** A creator's whole way from its book to what a stranger is given, honest where nothing is bent. */
export async function bundleOf(
  creator: Party,
  job: Fact<JobOffer>,
  offers: readonly Fact<ResourceOffer>[],
  bends: Bends = {}
): Promise<MatchBundle> {
  const inputs = offers.map(f => ({ id: factDigest(f), offer: f.body }))
  const ranked = rankFirst({ id: factDigest(job), offer: job.body }, inputs, { round: ROUND }, 16)
  const bodies = new Map(offers.map(f => [f.body, f]))
  const honest = ranked.map(r => bodies.get(r.offer) as Fact<ResourceOffer>)
  const list = bends.list?.(honest) ?? honest
  const made = makeCertificate({
    head: await headOf(creator, [...offers, ...(bends.alsoInBook ?? [])]),
    job: { id: factDigest(job), fact: wireCid(job) },
    ranked: list.map(f => ({ id: factDigest(f), fact: wireCid(f), ask: ask(job.body, f.body) })),
    refusals: bends.refusals ?? []
  })
  const certificate = encodeCertificate(bends.certificate?.(made) ?? made).bytes
  const terms = dealOf(job, list[bends.chosen ?? 0] ?? (honest[0] as Fact<ResourceOffer>), certificate)
  const bent = bends.deal?.(terms) ?? terms
  const bundle: MatchBundle = {
    version: 1,
    deal: { terms: bent, domain: DOMAIN, creatorSignature: await signDeal(creator.account, DOMAIN, bent) },
    certificate,
    facts: [job, ...list].map(encodeFact),
    omissions: []
  }
  return (await bends.bundle?.(bundle)) ?? bundle
}

/** The same bundle over another certificate, which the deal names and its creator has signed. */
export async function resigned(creator: Party, bundle: MatchBundle, certificate: Uint8Array): Promise<MatchBundle> {
  if (bundle.deal === undefined) return { ...bundle, certificate }
  const terms = { ...bundle.deal.terms, certificate: toHex(sha256(certificate)) }
  const creatorSignature = await signDeal(creator.account, DOMAIN, terms)
  return { ...bundle, certificate, deal: { ...bundle.deal, terms, creatorSignature } }
}

export function dealOf(job: Fact<JobOffer>, offer: Fact<ResourceOffer>, certificate: Uint8Array): Deal {
  return makeTerms({
    job: toHex(factDigest(job)),
    spec: toHex(job.body.spec.multihash.digest),
    certificate: toHex(sha256(certificate)),
    creator: job.body.account,
    provider: offer.body.account,
    price: ask(job.body, offer.body) + job.body.tip,
    offerTerms: offer.body.terms,
    timeoutMs: job.body.timeoutMs,
    nonce: BigInt(job.body.nonce),
    openBefore: NOW_MS / 1000 + 120
  })
}
