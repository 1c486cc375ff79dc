import type { OfferKeeper } from '../../../node/roles/provider/offer-keeper.ts'
import type { Needs } from '../../../protocols/job/schema.ts'
import { makeFact } from '../../../protocols/offers/fact.ts'
import { MIN_REPUBLISH_MS, shouldRepublish } from '../../../protocols/offers/renewal.ts'
import { roundsFrom } from '../../../protocols/offers/round.ts'
import { type Fact, OFFER_LIMITS, type ResourceOffer, type Withdrawal } from '../../../protocols/offers/schema.ts'
import type { World } from '../deal/world.ts'
import { NETWORK, type Person, ROUND_MS } from './people.ts'
import type { Template } from './stock.ts'

/** As node/roles/provider/offer-keeper. */
const BOUND_AFTER_REPLACED_MS = 2_000
const MAX_MISSED = 16

export interface KeeperComponents {
  world: World
  person: Person
  template: Template
  /** what may be taken now */
  free(): ResourceOffer['free']
  publish(fact: Fact): void
}

/** Keeps a provider's standing offer: node/roles/provider/offer-keeper with virtual timers. */
export class SimKeeper implements Pick<OfferKeeper, 'find' | 'refusedFor'> {
  current: Fact<ResourceOffer> | undefined
  readonly #c: KeeperComponents
  readonly #mine = new Map<string, { fact: Fact<ResourceOffer>; replacedAtMs?: number }>()
  #publishedAtMs = 0
  /** survives crashes, as the journal's does */
  #seq = 0
  #isOn = false
  #missed: Needs[] = []

  constructor(components: KeeperComponents) {
    this.#c = components
    const { world } = components
    world.after(world.between(0, MIN_REPUBLISH_MS), () => this.#tick())
  }

  /** Makes an offer that was published some time ago; the world has heard of it. */
  async inherit(ageMs: number): Promise<Fact<ResourceOffer>> {
    this.#isOn = true
    return await this.#make(this.#c.world.nowMs - ageMs)
  }

  async start(): Promise<void> {
    this.#isOn = true
    this.#c.publish(await this.#make(this.#c.world.nowMs))
  }

  /** A crash: nothing is said. */
  lose(): void {
    this.#isOn = false
    this.current = undefined
  }

  /** Draining: the offer is withdrawn and not renewed. */
  async stop(): Promise<void> {
    const { current } = this
    this.lose()
    if (current === undefined) return
    const { person, world, publish } = this.#c
    const { untilRound, seq } = current.body
    const { fromRound } = roundsFrom(world.nowMs, 0, ROUND_MS)
    const common = { type: 'withdrawal', version: 1, network: NETWORK, account: person.account } as const
    const body: Withdrawal = { ...common, fromRound, untilRound, id: current.id, seq }
    publish(await makeFact(body, person.bind, person.sign))
  }

  async capacityChanged(): Promise<void> {
    const { current } = this
    if (current === undefined || !this.#isOn) return
    const { world } = this.#c
    const time = { publishedAtMs: this.#publishedAtMs, nowMs: world.nowMs, roundMs: ROUND_MS }
    if (shouldRepublish(current.body, { ...current.body, free: this.free }, time, this.#missed) === undefined) return
    this.#c.publish(await this.#make(world.nowMs))
  }

  find(id: Fact['id']): { id: Fact['id']; body: ResourceOffer } | undefined {
    const known = this.#mine.get(id.toString())
    if (known === undefined) return undefined
    const ageMs = known.replacedAtMs === undefined ? 0 : this.#c.world.nowMs - known.replacedAtMs
    return ageMs > BOUND_AFTER_REPLACED_MS ? undefined : { id, body: known.fact.body }
  }

  refusedFor(needs: Needs): void {
    this.#missed = [...this.#missed, needs].slice(-MAX_MISSED)
  }

  get free(): ResourceOffer['free'] {
    return this.#c.free()
  }

  /** A second body with the same seq: what only a cheat makes. */
  async twin(): Promise<Fact<ResourceOffer> | undefined> {
    const { person } = this.#c
    const { current } = this
    if (current === undefined) return undefined
    return await makeFact({ ...current.body, labels: { face: 'other' } }, person.bind, person.sign)
  }

  async #make(atMs: number): Promise<Fact<ResourceOffer>> {
    const { person, template, world } = this.#c
    const body: ResourceOffer = {
      type: 'resource',
      version: 1,
      network: NETWORK,
      account: person.account,
      ...roundsFrom(atMs, OFFER_LIMITS.spanMs, ROUND_MS),
      seq: ++this.#seq,
      ...template,
      free: this.free,
      addrs: ADDRS
    }
    const fact = await makeFact(body, person.bind, person.sign)
    for (const [id, mine] of this.#mine) {
      mine.replacedAtMs ??= world.nowMs
      if (world.nowMs - mine.replacedAtMs > BOUND_AFTER_REPLACED_MS) this.#mine.delete(id)
    }
    this.#mine.set(fact.id.toString(), { fact })
    this.current = fact
    this.#missed = []
    this.#publishedAtMs = atMs
    return fact
  }

  #tick(): void {
    const { world } = this.#c
    world.after(MIN_REPUBLISH_MS, () => this.#tick())
    world.hold(this.capacityChanged())
  }
}

/** As many and as long as a node on the internet says. */
const ADDRS = ['/ip4/203.0.113.7/tcp/4001', '/ip6/2001:db8:0:1::7/tcp/4001']
