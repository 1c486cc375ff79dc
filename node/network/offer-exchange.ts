import { messageOf } from '../../protocols/common/errors.ts'
import type { AddResult, OfferBook } from '../../protocols/offers/book.ts'
import { encodeFact } from '../../protocols/offers/fact.ts'
import type { HeadLog } from '../../protocols/offers/head-log.ts'
import { RateLimiter } from '../../protocols/offers/rate-limit.ts'
import type { Fact } from '../../protocols/offers/schema.ts'
import { fail, judgeFact, type ValidatorContext, type Verdict, validateFact } from '../../protocols/offers/validate.ts'
import type { Clock, Log } from '../components.ts'
import { type ClockOpinion, ClockWatch } from './clock-watch.ts'
import type { Verdict as GossipVerdict } from './gossip.ts'
import type { Host } from './host.ts'
import { OfferSync, type SyncCounts } from './offer-sync.ts'

export interface OfferExchangeInit {
  network: string
  roundMs: number
  /** a round of anti-entropy with a random neighbour this often */
  syncEveryMs: number
}

export interface OfferExchangeComponents {
  host: Host
  book: OfferBook
  clock: Clock
  log: Log
  heads: HeadLog
  verify: Pick<ValidatorContext, 'verifyEd25519' | 'verifyBind' | 'admits'>
  /** a fact that was not in the book before */
  onFact(fact: Fact): void
  /** this host's clock is not the others'. @default nobody is told */
  onClockOff?(opinion: ClockOpinion): void
}

const EXPIRE_EVERY_MS = 5_000
/** Facts of ours kept for the first neighbour that listens; a node alone for long says the newest. */
const MAX_UNSENT = 64

/** Keeps the book of live facts in step with the network: gossip for speed, sync with neighbours for completeness. */
export class OfferExchange {
  /** how this clock stands to those of the neighbours that books were compared with */
  readonly clocks: ClockWatch
  /** gossiped facts by verdict, since the start */
  readonly gossip: Record<GossipVerdict, number> = { accept: 0, ignore: 0, reject: 0 }
  readonly #init: OfferExchangeInit
  readonly #c: OfferExchangeComponents
  readonly #rates = new RateLimiter()
  readonly #sync: OfferSync
  readonly #running = new Set<Promise<void>>()
  /** said while nobody listened: gossip sends nothing twice, so it must not be given these too early */
  readonly #unsent: Fact[] = []
  #expiry: NodeJS.Timeout | undefined

  constructor(init: OfferExchangeInit, components: OfferExchangeComponents) {
    this.#init = init
    this.#c = components
    const { host, book, clock, log, heads } = components
    this.clocks = new ClockWatch(opinion => components.onClockOff?.(opinion))
    const onClock = (peer: string, aheadMs: number): void => this.clocks.saw(peer, aheadMs)
    this.#sync = new OfferSync(
      { everyMs: init.syncEveryMs },
      { host, book, clock, log, heads, judge: fact => this.#judge(fact), add: fact => this.#add(fact), onClock }
    )
  }

  async start(): Promise<void> {
    if (this.#expiry !== undefined) return
    const { host, book, clock } = this.#c
    this.#expiry = setInterval(() => book.expire(clock.nowMs()), EXPIRE_EVERY_MS)
    this.#expiry.unref()
    host.validate(data => this.#onGossip(data))
    host.pubsub.addEventListener('subscription-change', this.#onSubscription)
    host.pubsub.subscribe(host.topic)
    await this.#sync.start()
  }

  async stop(): Promise<void> {
    if (this.#expiry === undefined) return
    clearInterval(this.#expiry)
    this.#expiry = undefined
    await this.#sync.stop()
    await Promise.allSettled([...this.#running])
    this.#c.host.pubsub.removeEventListener('subscription-change', this.#onSubscription)
    this.#c.host.pubsub.unsubscribe(this.#c.host.topic)
  }

  /** After a change of who is admitted: facts that were declined may come again. */
  forgive(): void {
    this.#sync.forgive()
  }

  /** Takes a fact of ours into the book and tells the network. */
  async publish(fact: Fact): Promise<void> {
    this.#add(fact)
    const { pubsub, topic } = this.#c.host
    if (pubsub.getSubscribers(topic).length > 0) {
      await pubsub.publish(topic, encodeFact(fact))
      return
    }
    this.#unsent.push(fact)
    this.#unsent.splice(0, this.#unsent.length - MAX_UNSENT)
  }

  /** Checks bytes as if they had been gossiped, and books them when they hold. Accepted is what was news to the book. */
  async take(bytes: Uint8Array): Promise<Verdict> {
    const verdict = await validateFact(bytes, this.#context())
    if (verdict.verdict !== 'accept') return verdict
    const added = this.#add(verdict.fact)
    return isNews(added) ? verdict : fail('NotNews', `the fact is ${added.result}`)
  }

  /** A fact from a neighbour's book was within its rate when it was gossiped. */
  #judge(fact: Fact): Promise<Verdict> {
    const { withinRate: _unused, ...context } = this.#context()
    return judgeFact(fact, context)
  }

  async #onGossip(data: Uint8Array): Promise<GossipVerdict> {
    const verdict = await this.take(data)
    if (verdict.verdict !== 'accept')
      this.#c.log.debug({ reason: verdict.reason, detail: verdict.detail }, 'fact refused')
    this.gossip[verdict.verdict]++
    return verdict.verdict
  }

  /** comparisons of books with neighbours, since the start */
  get sync(): Readonly<SyncCounts> {
    return this.#sync.counts
  }

  #add(fact: Fact): AddResult {
    const added = this.#c.book.add(fact, this.#c.clock.nowMs())
    if (isNews(added)) this.#c.onFact(fact)
    return added
  }

  #context(): ValidatorContext {
    const nowMs = this.#c.clock.nowMs()
    return {
      network: this.#init.network,
      nowMs,
      roundMs: this.#init.roundMs,
      ...this.#c.verify,
      isNews: digest => !this.#c.book.knows(digest),
      withinRate: account => this.#rates.allow(account, nowMs)
    }
  }

  readonly #onSubscription = (): void => {
    const { pubsub, topic } = this.#c.host
    if (this.#unsent.length === 0 || pubsub.getSubscribers(topic).length === 0) return
    const work = Promise.all(this.#unsent.splice(0).map(fact => pubsub.publish(topic, encodeFact(fact))))
      .then(() => undefined)
      .catch(error => this.#c.log.debug({ error: messageOf(error) }, 'facts could not be gossiped'))
      .finally(() => this.#running.delete(work))
    this.#running.add(work)
  }
}

const isNews = ({ result }: AddResult): boolean => result === 'added' || result === 'equivocation'
