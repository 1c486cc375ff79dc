import type { Hex } from '../../../protocols/common/values.ts'
import { encodeRefusal, type Propose, type Reply } from '../../../protocols/deal/messages.ts'
import {
  holdsRoom,
  PROVIDER_DONE,
  type ProviderEvent,
  type ProviderState
} from '../../../protocols/deal/provider-machine.ts'
import type { CommitteeTerms } from '../../../protocols/deal/terms.ts'
import { decodeSpec, encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { decodeFact } from '../../../protocols/offers/fact.ts'
import { peerIdText } from '../../../protocols/offers/peer-key.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact, JobOffer } from '../../../protocols/offers/schema.ts'
import type { Clock, Identity, Log } from '../../components.ts'
import type { Settlement } from '../../settlement/settlement.ts'
import type { TermsTime } from '../chain-time.ts'
import { type CourtTerms, NoCourtError } from '../court-terms.ts'
import { consider, type Proposal, Refused, type Situation } from './consider.ts'
import type { OfferKeeper } from './offer-keeper.ts'

export interface DeskInit {
  roundMs: number
  /** deals agreed with one creator and not yet opened */
  maxUnopened: number
  /** most jobs at the same time */
  maxJobs: number
}

export interface DeskComponents {
  identity: Identity
  settlement: Pick<Settlement, 'dealId' | 'dealSigner' | 'signDeal'>
  offers: Pick<OfferKeeper, 'find' | 'evidence'>
  clock: Clock
  termsTime: TermsTime
  courtTerms: CourtTerms
  log: Log
  /** signatures, Bind, network and time of a fact from a stranger */
  verifyFact(fact: Fact): Promise<void>
}

type AgreedState = Extract<ProviderEvent, { type: 'agreed' }>['state']

/** The deals that this provider has: the journaled reservations are the truth about its room. */
export interface DealsAtHand {
  get(id: Hex): ProviderState | undefined
  live(): ProviderState[]
  isDraining(): boolean
  /** journals the agreement: on disk when this returns */
  agree(state: AgreedState): void
}

/** Answers proposals: one after another, because two must not take the same room. */
export class FrontDesk {
  readonly #init: DeskInit
  readonly #c: DeskComponents
  readonly #deals: DealsAtHand
  #deciding: Promise<unknown> = Promise.resolve()

  constructor(init: DeskInit, components: DeskComponents, deals: DealsAtHand) {
    this.#init = init
    this.#c = components
    this.#deals = deals
  }

  /** @throws UserError when the message is no proposal at all: its sender's fault */
  answer(message: Propose, peer: string): Promise<Reply> {
    const turn = this.#deciding.then(() => this.#decide(message, peer))
    this.#deciding = turn.catch(() => undefined)
    return turn
  }

  async #decide(message: Propose, peer: string): Promise<Reply> {
    const fact = decodeFact(message.jobOffer)
    if (fact.body.type !== 'job') throw new Refused('bad-proposal', 'the fact in the proposal is no job offer')
    try {
      return await this.#agree(message, fact as Fact<JobOffer>, peer)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.#c.log.info({ reason: error.reason, detail: error.message, creator: fact.body.account }, 'proposal refused')
      return this.#refusal(fact, error)
    }
  }

  async #agree(message: Propose, fact: Fact<JobOffer>, peer: string): Promise<Reply> {
    const { settlement } = this.#c
    const { deal } = message
    const dealId = settlement.dealId(deal)
    const known = this.#deals.get(dealId)
    if (known !== undefined) {
      if (PROVIDER_DONE.includes(known.phase)) throw new Refused('bad-proposal', 'this deal is over here')
      return { type: 'agree', signature: known.providerSignature }
    }
    await this.#c.verifyFact(fact)
    if (peerIdText(fact.bind.peerKey) !== peer) {
      throw new Refused('bad-proposal', 'the job offer was signed by another peer than the one that proposes')
    }
    if ((await settlement.dealSigner(deal, message.signature)) !== fact.body.account) {
      throw new Refused('bad-proposal', "the deal does not carry the creator's signature")
    }
    const spec = decodeSpec(message.spec)
    const job = { id: fact.id, body: fact.body }
    const proposal: Proposal = { message, job, spec, specCid: encodeSpec(spec).cid }
    consider(proposal, await this.#situation(message, fact.body))
    const providerSignature = await settlement.signDeal(deal)
    // on disk before the signature leaves this process
    this.#deals.agree({
      dealId,
      deal,
      creatorSignature: message.signature,
      providerSignature,
      creator: { account: fact.body.account, peer, addrs: fact.body.addrs },
      spec: message.spec,
      needs: fact.body.needs,
      timeoutMs: fact.body.timeoutMs
    })
    return { type: 'agree', signature: providerSignature }
  }

  async #situation(message: Propose, job: JobOffer): Promise<Situation> {
    const nowMs = this.#c.clock.nowMs()
    // the only waits come first: what follows must not be overtaken
    const nowSec = await this.#c.termsTime()
    const committee = message.deal.committee === 0 ? undefined : await this.#committee(message, job, nowSec)
    const busy = this.#deals.live().filter(holdsRoom)
    const freeAtMs = freeAt(busy, nowMs)
    return {
      account: this.#c.identity.account,
      offer: this.#c.offers.find(message.offer),
      nowSec,
      draining: this.#deals.isDraining(),
      unopened: busy.filter(s => s.creator.account === job.account && s.openTransaction === undefined).length,
      maxUnopened: this.#init.maxUnopened,
      running: busy.length,
      maxJobs: this.#init.maxJobs,
      round: roundAt(nowMs, this.#init.roundMs),
      ...(committee === undefined ? {} : { committee }),
      ...(freeAtMs === undefined ? {} : { freeAtMs })
    }
  }

  /** The court's clauses as this side sees them; undefined where it could not judge the deal. */
  async #committee({ deal }: Propose, job: JobOffer, nowSec: number): Promise<CommitteeTerms | undefined> {
    const { price } = deal
    const parties = [job.account, this.#c.identity.account]
    try {
      return await this.#c.courtTerms({ price, engine: job.needs.engine, parties, nowSec })
    } catch (error) {
      if (error instanceof NoCourtError) return undefined
      throw error
    }
  }

  #refusal(fact: Fact, refused: Refused): Reply {
    const { identity, clock } = this.#c
    const body = encodeRefusal({
      version: 1,
      job: fact.id,
      provider: identity.account,
      reason: refused.reason,
      detail: refused.message.slice(0, 300),
      ...(refused.freeAtMs === undefined ? {} : { freeAtMs: refused.freeAtMs }),
      round: roundAt(clock.nowMs(), this.#init.roundMs)
    })
    const evidence = this.#c.offers.evidence(refused.reason)
    return { type: 'refuse', refusal: { body, signature: identity.sign(body) }, evidence }
  }
}

/** When the first of the running deals must have left at the latest. */
function freeAt(busy: readonly ProviderState[], nowMs: number): number | undefined {
  const ends = busy.map(s => (s.timeline.find(m => m.phase === 'running')?.atMs ?? nowMs) + s.timeoutMs)
  return ends.length === 0 ? undefined : Math.min(...ends)
}
