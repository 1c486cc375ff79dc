import type { Hex } from '../../../protocols/common/values.ts'
import { decide, type InHand, type Turned } from '../../../protocols/deal/desk.ts'
import { encodeRefusal, type Propose, type RefusalBody, type Reply } from '../../../protocols/deal/messages.ts'
import { PROVIDER_DONE, type ProviderEvent, type ProviderState } from '../../../protocols/deal/provider-machine.ts'
import type { CommitteeTerms } from '../../../protocols/deal/terms.ts'
import { decodeSpec, encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { decodeFact, factDigest } from '../../../protocols/offers/fact.ts'
import { peerIdText } from '../../../protocols/offers/peer-key.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact, JobOffer } from '../../../protocols/offers/schema.ts'
import type { AbortOptions, Alarm, Clock, Identity, Log } from '../../components.ts'
import type { Settlement } from '../../settlement/settlement.ts'
import type { TermsTime } from '../chain-time.ts'
import { type CourtTerms, NoCourtError } from '../court-terms.ts'
import { consider, type Proposal, Refused, type Situation } from './consider.ts'
import type { OfferKeeper } from './offer-keeper.ts'
import type { RoomKeeper } from './room-keeper.ts'
import { WaitingRoom } from './waiting-room.ts'

export interface DeskInit extends Pick<Situation, 'admission'> {
  roundMs: number
}

export interface DeskComponents {
  identity: Identity
  settlement: Pick<Settlement, 'dealId' | 'dealSigner' | 'signDeal'>
  offers: Pick<OfferKeeper, 'find' | 'refusedFor'>
  clock: Clock
  alarm: Alarm
  termsTime: TermsTime
  courtTerms: CourtTerms
  log: Log
  /** signatures, Bind, network and time of a fact from a stranger */
  verifyFact(fact: Fact): Promise<void>
  /** facts, encoded, that the creator of a refused proposal lacks */
  evidence(proposal: Propose, job: Fact<JobOffer>, reason: RefusalBody['reason']): Uint8Array[]
}

type AgreedState = Extract<ProviderEvent, { type: 'agreed' }>['state']

/** The deals that this provider has. */
export interface DealsAtHand {
  get(id: Hex): ProviderState | undefined
  /** why no new work is taken; undefined while it is */
  closed(): string | undefined
  /** journals the agreement, and with it the reservation: on disk when this returns */
  agree(state: AgreedState): void
}

/** A proposal whose signatures and terms are checked, with all that an agreement takes. */
interface Checked extends InHand {
  fact: Fact<JobOffer>
  message: Propose
  state: AgreedState
}

/**
 * Answers proposals. Checking them takes turns with other work; from there on, nothing waits between looking at the room and
 * journaling who has it, so nothing is overtaken and no room is given twice.
 */
export class FrontDesk {
  readonly #init: DeskInit
  readonly #c: DeskComponents
  readonly #deals: DealsAtHand
  readonly #room: RoomKeeper
  readonly #waiting = new WaitingRoom<Checked, Reply>()
  #isDeciding = false
  #cancelAlarm: (() => void) | undefined

  constructor(init: DeskInit, components: DeskComponents, deals: DealsAtHand, room: RoomKeeper) {
    this.#init = init
    this.#c = components
    this.#deals = deals
    this.#room = room
  }

  /**
   * The reply: at once where there is room for everybody, else when the round is over. A creator that leaves (the signal) leaves the
   * contest.
   *
   * @throws UserError when the message is no proposal at all: its sender's fault
   */
  async answer(message: Propose, peer: string, options: AbortOptions = {}): Promise<Reply> {
    const fact = decodeFact(message.jobOffer)
    if (fact.body.type !== 'job') throw new Refused('bad-proposal', 'the fact in the proposal is no job offer')
    const offer = fact as Fact<JobOffer>
    try {
      const dealId = this.#c.settlement.dealId(message.deal)
      const known = this.#known(dealId)
      if (known !== undefined) return known
      const checked = await this.#check(message, offer, peer)
      options.signal?.throwIfAborted()
      // meanwhile the same proposal may have been agreed to, or the provider told to stop
      const meanwhile = this.#known(dealId)
      if (meanwhile !== undefined) return meanwhile
      const closed = this.#deals.closed()
      if (closed !== undefined) throw new Refused('draining', closed)
      const reply = this.#waiting.enter(checked, options, () => this.review())
      this.review()
      return await reply
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return this.#refusal(message, offer, { reason: error.reason, detail: error.message })
    }
  }

  /** proposals in hand that have no answer yet */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Looks again at who waits: room may have come. */
  review(): void {
    // agreeing changes the deals, of which we are told
    if (this.#isDeciding || this.#waiting.size === 0) return
    this.#isDeciding = true
    try {
      const round = this.#round()
      const { agree, refuse, wait } = decide(this.#waiting.list(), this.#room.room(), round)
      for (const checked of agree) this.#waiting.leave(checked, () => this.#agree(checked))
      for (const turned of refuse) this.#waiting.leave(turned.proposal, () => this.#turn(turned))
      if (wait.length > 0) this.#wakeAt((round + 1) * this.#init.roundMs)
    } finally {
      this.#isDeciding = false
    }
  }

  /** Nobody waits for a provider that takes no new work. */
  close(detail: string): void {
    this.#cancelAlarm?.()
    for (const checked of this.#waiting.list()) {
      const body = { reason: 'draining', detail } as const
      this.#waiting.leave(checked, () => this.#refusal(checked.message, checked.fact, body))
    }
  }

  #known(dealId: Hex): Reply | undefined {
    const known = this.#deals.get(dealId)
    if (known === undefined) return undefined
    if (PROVIDER_DONE.includes(known.phase)) throw new Refused('bad-proposal', 'this deal is over here')
    return { type: 'agree', signature: known.providerSignature }
  }

  async #check(message: Propose, fact: Fact<JobOffer>, peer: string): Promise<Checked> {
    const { settlement } = this.#c
    const { deal } = message
    await this.#c.verifyFact(fact)
    if (peerIdText(fact.bind.peerKey) !== peer) {
      throw new Refused('bad-proposal', 'the job offer was signed by another peer than the one that proposes')
    }
    if ((await settlement.dealSigner(deal, message.signature)) !== fact.body.account) {
      throw new Refused('bad-proposal', "the deal does not carry the creator's signature")
    }
    const spec = decodeSpec(message.spec)
    const proposal: Proposal = {
      message,
      job: { id: fact.id, body: fact.body },
      spec,
      specCid: encodeSpec(spec).cid
    }
    consider(proposal, await this.#situation(message, fact.body))
    return {
      id: factDigest(fact),
      offer: fact.body,
      round: this.#round(),
      fact,
      message,
      state: {
        dealId: settlement.dealId(deal),
        deal,
        creatorSignature: message.signature,
        // signed before there is room for it, so that nothing has to be awaited then; it leaves with the agreement or never
        providerSignature: await settlement.signDeal(deal),
        creator: { account: fact.body.account, peer, addrs: fact.body.addrs },
        spec: message.spec,
        needs: fact.body.needs,
        timeoutMs: fact.body.timeoutMs
      }
    }
  }

  async #situation(message: Propose, job: JobOffer): Promise<Situation> {
    const nowSec = await this.#c.termsTime()
    const committee = message.deal.committee === 0 ? undefined : await this.#committee(message, job, nowSec)
    const closed = this.#deals.closed()
    return {
      account: this.#c.identity.account,
      offer: this.#c.offers.find(message.offer),
      nowSec,
      nowMs: this.#c.clock.nowMs(),
      ...(closed === undefined ? {} : { closed }),
      admission: this.#init.admission,
      round: this.#round(),
      ...(committee === undefined ? {} : { committee })
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

  /** On disk before the signature leaves this process. */
  #agree(checked: Checked): Reply {
    const gpuIds = this.#room.gpusFor(checked.offer)
    this.#deals.agree({ ...checked.state, ...(gpuIds.length === 0 ? {} : { gpuIds }) })
    this.#room.agreed(checked)
    return { type: 'agree', signature: checked.state.providerSignature }
  }

  #turn({ proposal, reason, detail }: Turned<Checked>): Reply {
    const { message, fact } = proposal
    if (reason !== 'no-room') return this.#refusal(message, fact, { reason, detail })
    this.#c.offers.refusedFor(fact.body.needs)
    return this.#refusal(message, fact, { reason, detail, ...this.#room.refused(proposal, message.hold === true) })
  }

  #refusal(
    message: Propose,
    fact: Fact<JobOffer>,
    why: Pick<RefusalBody, 'reason' | 'detail' | 'freeAtMs' | 'holdUntilMs'>
  ): Reply {
    const { identity, log } = this.#c
    const { reason } = why
    log.info({ ...why, creator: fact.body.account }, 'proposal refused')
    const body = encodeRefusal({
      version: 1,
      job: fact.id,
      provider: identity.account,
      ...why,
      detail: why.detail.slice(0, 300),
      round: this.#round()
    })
    const evidence = this.#c.evidence(message, fact, reason)
    return { type: 'refuse', refusal: { body, signature: identity.sign(body) }, evidence }
  }

  #round(): number {
    return roundAt(this.#c.clock.nowMs(), this.#init.roundMs)
  }

  #wakeAt(atMs: number): void {
    this.#cancelAlarm?.()
    this.#cancelAlarm = this.#c.alarm(Math.max(1, atMs - this.#c.clock.nowMs()), () => this.review())
  }
}
