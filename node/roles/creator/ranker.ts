import { randomBytes } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { BadSignatureError } from '../../../protocols/common/errors.ts'
import { type Address, type Hex, MAX_AMOUNT, toHex } from '../../../protocols/common/values.ts'
import type { Candidate, CreatorState } from '../../../protocols/deal/creator-types.ts'
import { decodeRefusal, type Refusal, type RefusalBody, type Reply } from '../../../protocols/deal/messages.ts'
import { nextNonce } from '../../../protocols/deal/next-nonce.ts'
import { type OfferNow, resting } from '../../../protocols/deal/patience.ts'
import {
  CERTIFICATE_LIMITS,
  encodeCertificate,
  makeCertificate,
  withRefusal
} from '../../../protocols/matching/certificate.ts'
import { type Explanation, explain } from '../../../protocols/matching/explain.ts'
import type { JobInput, OfferInput, RankContext } from '../../../protocols/matching/input.ts'
import { type Ranked, rank, rankFirst } from '../../../protocols/matching/rank.ts'
import { freeOf, hasRoom } from '../../../protocols/matching/room.ts'
import type { OfferBook } from '../../../protocols/offers/book.ts'
import { decodeFact, encodeFact, factDigest, makeFact, wireCid } from '../../../protocols/offers/fact.ts'
import type { HeadLog } from '../../../protocols/offers/head-log.ts'
import { keyOfPeerId, peerIdText } from '../../../protocols/offers/peer-key.ts'
import { roundAt, roundsFrom } from '../../../protocols/offers/round.ts'
import {
  type Bind,
  type Fact,
  type JobOffer,
  OFFER_LIMITS,
  type ResourceOffer
} from '../../../protocols/offers/schema.ts'
import type { Clock, Identity } from '../../components.ts'
import { PassedOver } from './passed-over.ts'

export interface RankerComponents {
  network: string
  roundMs: number
  book: OfferBook
  identity: Identity
  clock: Clock
  bind(): Promise<Bind>
  publish(fact: Fact): Promise<void>
  /** books facts that a provider sent as evidence */
  take(fact: Uint8Array): Promise<unknown>
  heads: Pick<HeadLog, 'exact'>
  verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** a nonce that nobody can guess. @default the system's random bytes */
  freshNonce?(): Hex
}

const NOBODY: Address = `0x${'00'.repeat(20)}`
/** What a node's book says about a job at one moment. */
export interface BookOpinion {
  explanation: Explanation
  ranked: Ranked[]
}

/** Ranks this node's book for its own jobs, and makes the papers that go with it. */
export class Ranker {
  readonly #c: RankerComponents
  readonly #passedOver = new PassedOver()

  constructor(components: RankerComponents) {
    this.#c = components
  }

  get context(): RankContext {
    return { round: roundAt(this.#c.clock.nowMs(), this.#c.roundMs) }
  }

  #offersAt(nowMs: number): { fact: Fact<ResourceOffer>; input: OfferInput }[] {
    const live = this.#c.book.live(nowMs, 'resource')
    return live.map(fact => ({ fact, input: { id: factDigest(fact), offer: fact.body } }))
  }

  /** A signed job offer with a fresh nonce, or with the nonce of the one it renews. */
  async jobOffer(
    body: Pick<JobOffer, 'spec' | 'needs' | 'bid' | 'tip' | 'timeoutMs' | 'policy' | 'replicas' | 'constraints'>,
    nonce: Hex = this.#c.freshNonce?.() ?? toHex(new Uint8Array(randomBytes(32)))
  ): Promise<Fact<JobOffer>> {
    const { identity, clock, network, roundMs } = this.#c
    const offer: JobOffer = {
      type: 'job',
      version: 1,
      network,
      account: identity.account,
      ...roundsFrom(clock.nowMs(), OFFER_LIMITS.spanMs, roundMs),
      nonce,
      ...body,
      addrs: identity.addrs()
    }
    return await makeFact(offer, await this.#c.bind(), bytes => identity.sign(bytes))
  }

  /**
   * One pass over the book: candidates in order, the frozen certificate, and why the others are none.
   *
   * @param taken accounts that have another replica of the job
   */
  async rank(state: CreatorState, freshNonce: boolean, taken: ReadonlySet<Address> = new Set()) {
    const current = decodeFact(state.jobOffer) as Fact<JobOffer>
    const renewed = await this.#renewed(current, freshNonce)
    const job = renewed ?? current
    const input: JobInput = { id: factDigest(job), offer: job.body }
    // one moment for the book, its head and the ranking, or the three would not fit together
    const nowMs = this.#c.clock.nowMs()
    const context: RankContext = { round: roundAt(nowMs, this.#c.roundMs) }
    const offers = this.#offersAt(nowMs)
    const inputs = offers.map(o => o.input)
    const head = await this.#c.heads.exact(nowMs)
    const offerOf = (provider: Address): OfferNow | undefined => {
      const known = offers.find(o => o.input.offer.account === provider)
      return known && { id: known.fact.id.toString(), hasRoom: hasRoom(freeOf(known.input.offer), job.body) }
    }
    const asleep = new Set([...resting(state, offerOf, nowMs), ...taken])
    const asked = new Set(state.refusals.map(r => r.provider))
    this.#passedOver.note(state.past)
    const shunned = new Set([...asleep, ...this.#passedOver.resting(nowMs)])
    const first = shortList(input, inputs, context, shunned, asked)
    // better somebody whose deals came to nothing than nobody
    const list = first.ranked.some(first.mayAsk) ? first : shortList(input, inputs, context, asleep, asked)
    const facts = new Map(offers.map(o => [o.fact.body, o.fact]))
    const ranked = list.ranked.map(r => ({ ...r, signed: facts.get(r.offer) as Fact<ResourceOffer> }))
    const certificate = makeCertificate({
      head,
      job: { id: input.id, fact: wireCid(job) },
      ranked: ranked.map(({ id, ask, signed }) => ({ id, ask, fact: wireCid(signed) })),
      refusals: refusalsFor(state, job.id, new Set(ranked.map(r => r.offer.account))),
      leftOut: list.leftOut
    })
    const inTurn = [...ranked.filter(list.isNew), ...ranked.filter(list.isAgain)]
    // with fewer accounts than have to agree, no replica is worth its price
    const isEnough = state.check.by !== 'siblings' || ranked.length + list.leftOut.length >= state.check.min
    const { counts } = explain(input, inputs, context)
    return {
      candidates: (isEnough ? inTurn : []).map(r => toCandidate(r.signed, r.ask)),
      certificate: encodeCertificate(certificate).bytes,
      counts: Object.fromEntries(counts.map(c => [c.code, c.count])),
      ...(renewed === undefined ? {} : { jobOffer: encodeFact(renewed) })
    }
  }

  /** What this node's book says about a job, without asking anybody. */
  opinion(job: JobInput): BookOpinion {
    const inputs = this.#offersAt(this.#c.clock.nowMs()).map(o => o.input)
    return { explanation: explain(job, inputs, this.context), ranked: rank(job, inputs, this.context) }
  }

  /** A job offer that nobody signed: for questions. Its account is nobody's, so no offer is left out as our own. */
  hypothetical(asked: Pick<JobOffer, 'spec' | 'needs' | 'timeoutMs' | 'policy' | 'replicas'>): JobOffer {
    const { clock, network, roundMs } = this.#c
    return {
      type: 'job',
      version: 1,
      network,
      account: NOBODY,
      ...roundsFrom(clock.nowMs(), OFFER_LIMITS.spanMs, roundMs),
      nonce: `0x${'00'.repeat(32)}`,
      ...asked,
      bid: MAX_AMOUNT,
      tip: 0n,
      constraints: { labels: {}, allow: [], deny: [] },
      addrs: []
    }
  }

  /** A result of this provider was outvoted, and no court says who is right: it is asked after others for a while. */
  passOver(provider: Address, dealId: Hex): void {
    this.#passedOver.add(provider, dealId, this.#c.clock.nowMs())
  }

  async announce(fact: Fact): Promise<void> {
    await this.#c.publish(fact)
  }

  /**
   * Checks who signed a refusal, books the evidence that came with it, and puts it into the certificate that the next proposal
   * names. @throws BadSignatureError
   */
  async readRefusal(
    reply: Extract<Reply, { type: 'refuse' }>,
    from: Candidate,
    { job, certificate }: { job: CID; certificate: Uint8Array }
  ) {
    const body: RefusalBody = decodeRefusal(reply.refusal.body)
    const key = Buffer.from(keyOfPeerId(from.peer).slice(2), 'hex')
    const signed = this.#c.verifyEd25519(key, reply.refusal.body, reply.refusal.signature)
    if (!signed || body.provider !== from.account || !body.job.equals(job)) throw new BadSignatureError('refusal')
    for (const fact of reply.evidence) await this.#c.take(fact)
    const { reason, detail, freeAtMs, holdUntilMs } = body
    return {
      reason,
      detail,
      signed: reply.refusal,
      certificate: withRefusal(certificate, reply.refusal),
      ...(freeAtMs === undefined ? {} : { freeAtMs }),
      ...(holdUntilMs === undefined ? {} : { holdUntilMs })
    }
  }

  cidOf(text: string): CID {
    return CID.parse(text)
  }

  /** A new job offer when the nonce was spent or the offer is about to expire. */
  async #renewed(current: Fact<JobOffer>, freshNonce: boolean): Promise<Fact<JobOffer> | undefined> {
    const soon = roundAt(this.#c.clock.nowMs() + OFFER_LIMITS.aheadMs, this.#c.roundMs)
    if (!freshNonce && current.body.untilRound > soon) return undefined
    const { spec, needs, bid, tip, timeoutMs, policy, replicas, constraints, nonce } = current.body
    const body = { spec, needs, bid, tip, timeoutMs, policy, replicas, constraints }
    return await this.jobOffer(body, freshNonce ? nextNonce(nonce) : nonce)
  }
}

/**
 * The first 16 places, and whom of them to ask: first those who were not asked yet. Whoever rests or was asked keeps its place; where
 * nobody on the list is new are all on it left out, and named in the certificate, so that others get their turn before anybody is
 * asked again. Else a few accounts that undercut the market and always say no would keep a job to themselves: when the last of
 * them has refused, the first is rested.
 */
function shortList(
  job: JobInput,
  offers: readonly OfferInput[],
  context: RankContext,
  resting: ReadonlySet<Address>,
  asked: ReadonlySet<Address>
) {
  const mayAsk = ({ offer }: Ranked): boolean => !resting.has(offer.account)
  const isNew = (r: Ranked): boolean => mayAsk(r) && !asked.has(r.offer.account)
  const isAgain = (r: Ranked): boolean => mayAsk(r) && asked.has(r.offer.account)
  const list = listWith(isNew, job, offers, context)
  // everybody was asked: from the top again
  return { mayAsk, isNew, isAgain, ...(list.ranked.some(isNew) ? list : listWith(mayAsk, job, offers, context)) }
}

/** The first list with somebody who is wanted on it, and who was left out for it; the last list when there is none. */
function listWith(
  isWanted: (r: Ranked) => boolean,
  job: JobInput,
  offers: readonly OfferInput[],
  context: RankContext
): { ranked: Ranked[]; leftOut: Address[] } {
  const { candidates: max, leftOut: maxLeftOut } = CERTIFICATE_LIMITS
  const leftOut = new Set<Address>()
  for (;;) {
    const open = leftOut.size === 0 ? offers : offers.filter(o => !leftOut.has(o.offer.account))
    const ranked = rankFirst(job, open, context, max)
    const isFull = leftOut.size + ranked.length > maxLeftOut
    if (ranked.length < max || isFull || ranked.some(isWanted)) return { ranked, leftOut: [...leftOut] }
    for (const { offer } of ranked) leftOut.add(offer.account)
  }
}

/** The latest refusal of each listed account that names this very job offer, as signed, oldest first. */
function refusalsFor({ refusals }: CreatorState, job: CID, accounts: ReadonlySet<Address>): Refusal[] {
  const latest = new Map<Address, Refusal>()
  for (const { provider, signed } of refusals) {
    if (signed === undefined || !accounts.has(provider) || !decodeRefusal(signed.body).job.equals(job)) continue
    latest.delete(provider)
    latest.set(provider, signed)
  }
  return [...latest.values()]
}

function toCandidate(fact: Fact<ResourceOffer>, ask: bigint): Candidate {
  const { account, addrs, terms } = fact.body
  return { offer: fact.id.toString(), account, peer: peerIdText(fact.bind.peerKey), addrs, ask, terms }
}
