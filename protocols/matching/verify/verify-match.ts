import { messageOf, UserError } from '../../common/errors.ts'
import { sha256 } from '../../common/hash.ts'
import { type Address, compareBytes, toHex } from '../../common/values.ts'
import type { Deal } from '../../deal/schema.ts'
import { factDigest } from '../../offers/fact.ts'
import { verifyHead } from '../../offers/head.ts'
import type { Fact, JobOffer, ResourceOffer } from '../../offers/schema.ts'
import { ask } from '../ask.ts'
import { type Certificate, decodeCertificate } from '../certificate.ts'
import { feasible } from '../feasible.ts'
import { type JobInput, type OfferInput, RULE_VERSION } from '../input.ts'
import { rank } from '../rank.ts'
import type { DealProof, MatchBundle } from './bundle.ts'
import { type Finding, Findings, type Verdict } from './findings.ts'
import { checkOmission } from './omissions.ts'
import { FactShelf, type MatchChecks, readRefusals } from './statements.ts'

export interface MatchVerdict {
  verdict: Verdict
  findings: Finding[]
}

/**
 * What can be said about a match by whoever has its papers: that the listed offers were ranked by the rules, what the creator's
 * own signatures contradict, or what cannot be told. Bounded by the limits of the bundle; the same bundle always
 * gives the same verdict.
 */
export async function verifyMatch(bundle: MatchBundle, checks: MatchChecks): Promise<MatchVerdict> {
  const findings = new Findings()
  await check(bundle, checks, findings)
  return { verdict: findings.verdict, findings: findings.list }
}

async function check(bundle: MatchBundle, checks: MatchChecks, findings: Findings): Promise<void> {
  const deal = await signedDeal(bundle.deal, checks, findings)
  const digest = toHex(sha256(bundle.certificate))
  if (deal !== undefined && deal.certificate !== digest) return findings.add('certificate-other', { digest })
  const certificate = readCertificate(bundle.certificate, findings)
  if (certificate === undefined) return
  if (certificate.rules !== RULE_VERSION) return findings.add('rules-unknown', { rules: certificate.rules })
  const shelf = new FactShelf(bundle.facts, checks)
  const named = { id: certificate.job, fact: certificate.jobFact }
  const job = await shelf.take('job', named, findings)
  if (job === undefined) return
  await checkHead(certificate, job, checks, findings)
  if (deal !== undefined) checkDeal(deal, job, findings)
  const facts = await candidatesOf(certificate, shelf, findings)
  for (const account of certificate.leftOut) findings.add('left-out', { account })
  const keys = new Map(facts.flatMap(f => (f === undefined ? [] : [[f.body.account, f.bind.peerKey] as const])))
  const refused = await readRefusals(certificate, keys, checks, findings)
  const input: JobInput = { id: factDigest(job), offer: job.body }
  const listed = checkList(certificate, input, facts, findings)
  const accounts = facts.map(f => f?.body.account)
  const chosen =
    deal === undefined ? undefined : checkChoice(deal, { certificate, job: job.body, accounts, refused }, findings)
  if (listed === undefined || chosen === -1 || findings.has('head-forged')) return
  const listing = { certificate, job: input, listed, refused, chosen: chosen ?? listed.length - 1 }
  for (const omission of bundle.omissions) await checkOmission(omission, listing, checks, findings)
}

/** A deal that its creator did not sign says nothing about the creator. */
async function signedDeal(
  proof: DealProof | undefined,
  { dealSigner }: MatchChecks,
  findings: Findings
): Promise<Deal | undefined> {
  if (proof === undefined) {
    findings.add('deal-absent')
    return undefined
  }
  const { terms, domain, creatorSignature } = proof
  const { salt, ...rest } = domain
  const signer = await dealSigner(salt === undefined ? rest : { ...rest, salt }, terms, creatorSignature)
  if (signer === terms.creator) return terms
  findings.add('deal-unsigned', { creator: terms.creator })
  return undefined
}

function readCertificate(bytes: Uint8Array, findings: Findings): Certificate | undefined {
  try {
    return decodeCertificate(bytes)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    findings.add('certificate-malformed', { why: messageOf(error) })
    return undefined
  }
}

async function checkHead({ head }: Certificate, job: Fact<JobOffer>, checks: MatchChecks, findings: Findings) {
  const { peerKey, network } = head.head
  if (peerKey !== job.bind.peerKey || network !== job.body.network) findings.add('head-foreign', { peerKey, network })
  try {
    await verifyHead(head, checks.verifyEd25519)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    findings.add('head-forged', { peerKey })
  }
}

/** What the deal repeats of its job offer. */
function checkDeal(deal: Deal, { id, body }: Fact<JobOffer>, findings: Findings): void {
  const same: [field: keyof Deal, isSame: boolean][] = [
    ['job', deal.job === toHex(id.multihash.digest)],
    ['creator', deal.creator === body.account],
    ['spec', deal.spec === toHex(body.spec.multihash.digest)],
    ['nonce', deal.nonce === BigInt(body.nonce)]
  ]
  for (const [field, isSame] of same) if (!isSame) findings.add('deal-differs', { field })
}

type Candidate = Fact<ResourceOffer> | undefined

async function candidatesOf({ candidates }: Certificate, shelf: FactShelf, findings: Findings): Promise<Candidate[]> {
  const facts: Candidate[] = []
  for (const [i, { offer, fact }] of candidates.entries()) {
    facts.push(await shelf.take('resource', { id: offer, fact }, findings, { rank: i }))
  }
  return facts
}

/** Each candidate by itself, then their order. Gives them when all are at hand and in order. */
function checkList(
  { candidates, head: { head } }: Certificate,
  job: JobInput,
  facts: readonly Candidate[],
  findings: Findings
): OfferInput[] | undefined {
  const at = { round: head.round }
  const seen = new Set<Address>()
  let isSound = true
  const fault = (...finding: Parameters<Findings['add']>): void => {
    findings.add(...finding)
    isSound = false
  }
  for (const [i, fact] of facts.entries()) {
    if (fact === undefined) continue
    const { account } = fact.body
    const [stated, is] = [candidates[i]?.ask, ask(job.offer, fact.body)]
    if (stated !== is) fault('ask-wrong', { rank: i, account, stated: `${stated}`, is })
    const fits = feasible(job.offer, fact.body, at)
    if (!fits.ok) fault('infeasible', { rank: i, account, reasons: fits.misses.map(m => m.code).join(', ') })
    if (seen.has(account)) fault('listed-twice', { rank: i, account })
    seen.add(account)
  }
  const listed = facts.flatMap(f => (f === undefined ? [] : [{ id: factDigest(f), offer: f.body }]))
  if (!isSound || listed.length < facts.length) return undefined
  // the first places of a ranking are in the order that they have among themselves: see docs/matching.md
  const ranked = rank(job, listed, at)
  const wrong = ranked.findIndex((r, i) => compareBytes(r.id, listed[i]?.id ?? r.id) !== 0)
  if (wrong < 0) return listed
  const text = (inputs: readonly OfferInput[]) => inputs.map(({ offer }) => offer.account).join(' ')
  findings.add('order-wrong', { rank: wrong, listed: text(listed), ranked: text(ranked) })
  return undefined
}

interface Choice {
  certificate: Certificate
  job: JobOffer
  /** of the candidates, as far as their offers are at hand */
  accounts: readonly (Address | undefined)[]
  refused: ReadonlyMap<Address, string>
}

/** The provider's place, its price, and who was passed over; -1 when it has none that is known. */
function checkChoice(deal: Deal, { certificate, job, accounts, refused }: Choice, findings: Findings): number {
  const { provider, price } = deal
  const chosen = accounts.indexOf(provider)
  const stated = certificate.candidates[chosen]?.ask
  if (stated === undefined) {
    // it may be one of those whose offer is not at hand
    if (!accounts.includes(undefined)) findings.add('provider-unlisted', { provider })
    return -1
  }
  if (price !== stated + job.tip) findings.add('price-wrong', { price, ask: stated, tip: job.tip })
  const silent: [rank: number, account: Address | undefined][] = []
  for (const [i, account] of accounts.slice(0, chosen).entries()) {
    const reason = account === undefined ? undefined : refused.get(account)
    if (reason === undefined) silent.push([i, account])
    else findings.add('rank-refused', { rank: i, account: account ?? '', reason })
  }
  // of n replicas each has its own provider, and all but one of them may come first
  const shared = job.policy === 'replicas' ? job.replicas - 1 : 0
  const code = silent.length > shared ? 'rank-skipped' : 'rank-replica'
  for (const [i, account] of silent) findings.add(code, { rank: i, account: account ?? 'unknown' })
  return chosen
}
