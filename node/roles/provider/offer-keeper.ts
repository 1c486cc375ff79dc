import type { CID } from 'multiformats/cid'
import type { Needs } from '../../../protocols/job/schema.ts'
import type { Room } from '../../../protocols/matching/room.ts'
import { makeFact } from '../../../protocols/offers/fact.ts'
import { MIN_REPUBLISH_MS, shouldRepublish } from '../../../protocols/offers/renewal.ts'
import { roundsFrom } from '../../../protocols/offers/round.ts'
import type { Bind, Fact, ResourceOffer } from '../../../protocols/offers/schema.ts'
import type { Clock, Identity, Log } from '../../components.ts'
import type { Journal } from '../../journal/journal.ts'

/** The parts of an offer that do not change while the node runs. */
export type OfferTemplate = Pick<
  ResourceOffer,
  'arch' | 'engines' | 'networks' | 'capacity' | 'price' | 'terms' | 'tickets' | 'labels'
>

export interface OfferKeeperInit {
  network: string
  roundMs: number
  /** how long an offer holds; it is renewed at half of it */
  spanMs: number
}

export interface OfferKeeperComponents {
  journal: Journal
  identity: Identity
  clock: Clock
  log: Log
  bind(): Promise<Bind>
  publish(fact: Fact): Promise<void>
}

/** A named offer still binds the provider's price this long after a newer one. */
const BOUND_AFTER_REPLACED_MS = 2_000
/** Refused needs that are remembered between two offers: the last ones are the most likely to be waited for still. */
const MAX_MISSED = 16
const SEQ_KEY = 'provider/offer-seq'

/** Keeps one standing offer of this provider in the market: renews it, follows the free capacity, withdraws it at the end. */
export class OfferKeeper {
  readonly #init: OfferKeeperInit
  readonly #c: OfferKeeperComponents
  readonly #template: () => OfferTemplate
  readonly #mine = new Map<string, { fact: Fact<ResourceOffer>; replacedAtMs: number | undefined }>()
  #current: Fact<ResourceOffer> | undefined
  #publishedAtMs = 0
  #free: () => Room = () => this.#template().capacity
  /** what was asked for since the last offer and could not be had */
  #missed: Needs[] = []
  #timer: NodeJS.Timeout | undefined
  #publishing: Promise<void> | undefined
  #stopped = true

  constructor(init: OfferKeeperInit, template: () => OfferTemplate, components: OfferKeeperComponents) {
    this.#init = init
    this.#template = template
    this.#c = components
  }

  /** `free`: what may be taken now. Idempotent; after `stop` it can start again. */
  async start(free: () => Room): Promise<void> {
    if (!this.#stopped) return
    this.#free = free
    this.#stopped = false
    // an offer that could not be made is tried again by the timer
    this.#publishing = this.#publish().finally(() => {
      this.#publishing = undefined
    })
    this.#timer = setInterval(() => this.capacityChanged(), MIN_REPUBLISH_MS)
    this.#timer.unref()
    await this.#publishing
  }

  /** Draining: the offer is withdrawn and not renewed. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#publishing?.catch(() => undefined)
    await this.#withdraw().catch(error => this.#c.log.debug({ error }, 'the offer could not be withdrawn'))
  }

  get capacity(): Room {
    return this.#template().capacity
  }

  get current(): Fact<ResourceOffer> | undefined {
    return this.#current
  }

  /** One of our offers that still binds us. */
  find(id: CID): { id: CID; body: ResourceOffer } | undefined {
    const known = this.#mine.get(id.toString())
    if (known === undefined) return undefined
    const age = known.replacedAtMs === undefined ? 0 : this.#c.clock.nowMs() - known.replacedAtMs
    if (age > BOUND_AFTER_REPLACED_MS) return undefined
    return { id, body: known.fact.body }
  }

  /** Somebody waits for this much room: the next offer comes as soon as there is, however small the change. */
  refusedFor(needs: Needs): void {
    this.#missed = [...this.#missed, needs].slice(-MAX_MISSED)
  }

  /** Publishes a new offer when the rules of renewal say so. */
  capacityChanged(): void {
    if (this.#stopped || this.#publishing !== undefined || !this.#isOutdated()) return
    this.#publishing = this.#publish()
      .catch(error => this.#c.log.warn({ error }, 'the offer could not be published'))
      .finally(() => {
        this.#publishing = undefined
      })
  }

  #isOutdated(): boolean {
    const prev = this.#current
    if (prev === undefined) return true
    const time = { publishedAtMs: this.#publishedAtMs, nowMs: this.#c.clock.nowMs(), roundMs: this.#init.roundMs }
    const next = { ...prev.body, free: this.#free(), addrs: this.#c.identity.addrs() }
    return shouldRepublish(prev.body, next, time, this.#missed) !== undefined
  }

  async #publish(): Promise<void> {
    const { journal, identity, clock } = this.#c
    const nowMs = clock.nowMs()
    const seq = (journal.getValue<number>(SEQ_KEY) ?? 0) + 1
    journal.setValue(SEQ_KEY, seq)
    const body: ResourceOffer = {
      type: 'resource',
      version: 1,
      network: this.#init.network,
      account: identity.account,
      ...roundsFrom(nowMs, this.#init.spanMs, this.#init.roundMs),
      seq,
      ...this.#template(),
      free: this.#free(),
      addrs: identity.addrs()
    }
    const fact = await makeFact(body, await this.#c.bind(), bytes => identity.sign(bytes))
    for (const [id, mine] of this.#mine) {
      mine.replacedAtMs ??= nowMs
      if (nowMs - mine.replacedAtMs > BOUND_AFTER_REPLACED_MS) this.#mine.delete(id)
    }
    this.#mine.set(fact.id.toString(), { fact, replacedAtMs: undefined })
    this.#current = fact
    this.#publishedAtMs = nowMs
    this.#missed = []
    await this.#c.publish(fact)
  }

  async #withdraw(): Promise<void> {
    const current = this.#current
    if (current === undefined) return
    this.#current = undefined
    const { identity } = this.#c
    const { network, account, untilRound, seq } = current.body
    const fromRound = Math.floor(this.#c.clock.nowMs() / this.#init.roundMs)
    const body = {
      type: 'withdrawal',
      version: 1,
      network,
      account,
      fromRound,
      untilRound,
      id: current.id,
      seq
    } as const
    await this.#c.publish(await makeFact(body, await this.#c.bind(), bytes => identity.sign(bytes)))
  }
}
