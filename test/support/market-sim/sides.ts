import type { Ranker } from '../../../node/roles/creator/ranker.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, toHex } from '../../../protocols/common/values.ts'
import { beginCreator } from '../../../protocols/deal/creator-machine.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { derive } from '../../../protocols/job/derive.ts'
import { decodeSpec, encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { feasible } from '../../../protocols/matching/feasible.ts'
import type { OfferInput } from '../../../protocols/matching/input.ts'
import { rankFirst } from '../../../protocols/matching/rank.ts'
import { hasRoom } from '../../../protocols/matching/room.ts'
import { decodeFact, encodeFact, factDigest } from '../../../protocols/offers/fact.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact, JobOffer } from '../../../protocols/offers/schema.ts'
import type { Ground } from '../deal/ground.ts'
import { SimCreator } from '../deal/sim-creator.ts'
import { SimProvider } from '../deal/sim-provider.ts'
import { type BookMarketParts, bookMarket, type Counter, rankerOf } from './creator-market.ts'
import type { Crowd } from './crowd.ts'
import type { Jobs } from './jobs.ts'
import { SimKeeper } from './keeper.ts'
import type { MarketOptions } from './options.ts'
import type { Peer } from './peer.ts'
import { ROUND_MS } from './people.ts'
import { deskOf, roomOf } from './provider-desk.ts'
import type { Spread } from './spread.ts'
import { classOfCreator, specOf, TIMEOUT_MS, templateOf, workMsOf } from './stock.ts'
import type { Watch } from './watch.ts'
import type { Order } from './workload.ts'

const BID = 10n ** 20n
const MATCH_WINDOW_MS = 30_000
const LONG_MS = MATCH_WINDOW_MS / 3

/** A provider with all that belongs to it. */
export interface Stall extends Counter {
  peer: Peer
  keeper: SimKeeper
  capacity: ReturnType<typeof templateOf>['capacity']
  isDraining: boolean
}

interface Office {
  peer: Peer
  creator: SimCreator
  ranker: Ranker
}

export interface SidesParts {
  ground: Ground
  crowd: Crowd
  options: MarketOptions
  watch: Watch
  spread: Spread
  jobs: Jobs
}

/** The sides of deals: an office for each creator, a stall for each provider. */
export class Sides {
  readonly stalls: readonly Stall[]
  readonly #parts: SidesParts
  readonly #offices: readonly Office[]
  readonly #stallAt: ReadonlyMap<string, Stall>
  readonly #creatorAt: ReadonlyMap<string, SimCreator>
  readonly #jobOfDeal = new Map<string, string>()

  constructor(parts: SidesParts) {
    this.#parts = parts
    const { crowd, ground } = parts
    const cheats = crowd.hostile.filter(peer => peer.conduct.undercutsPercent !== undefined)
    this.stalls = [...crowd.providers, ...cheats].map(peer => this.#stall(peer))
    this.#stallAt = new Map(this.stalls.map(stall => [stall.peer.person.address, stall]))
    this.#offices = crowd.creators.map(peer => this.#office(peer))
    this.#creatorAt = new Map(this.#offices.map(({ peer, creator }) => [peer.person.address, creator]))
    ground.onRecord = (address, _id, state) => this.#onRecord(address, state)
  }

  jobOfDeal(dealId: string): string | undefined {
    return this.#jobOfDeal.get(dealId)
  }

  /** The process of a node dies, with both of its sides. */
  crash(peer: Peer, downMs: number): void {
    const { address } = peer.person
    this.#creatorAt.get(address)?.crash(downMs)
    this.#stallAt.get(address)?.provider.crash(downMs)
    this.#stallAt.get(address)?.keeper.lose()
  }

  stallOf(peer: Peer): Stall | undefined {
    return this.#stallAt.get(peer.person.address)
  }

  /** Submits a job as soon as its creator is there. */
  async submit(order: Order): Promise<void> {
    const { ground, jobs, options } = this.#parts
    const { world } = ground
    const { creator, ranker, peer } = this.#offices[order.creator] as Office
    if (!peer.up || !creator.up) return world.after(1_000, () => world.hold(this.submit(order)))
    const spec = specOf(classOfCreator(peer.number, options.providers), order.workMs)
    const { cid, bytes } = encodeSpec(spec)
    const constraints = { labels: {}, allow: [], deny: [] }
    const body = { spec: cid, needs: derive(spec), bid: BID, tip: 0n, timeoutMs: TIMEOUT_MS, constraints }
    const nonce = toHex(sha256(Buffer.from(`nonce of ${order.id}`)))
    const fact = await ranker.jobOffer({ ...body, policy: 'none', replicas: 1 }, nonce)
    const jobId = order.id
    const best = this.#bestFor(fact)
    jobs.submitted({ id: jobId, submittedAtMs: world.nowMs, ...(best === undefined ? {} : { best }) })
    const job = {
      jobId,
      engine: 'docker',
      spec: cid.toString(),
      specBytes: bytes,
      jobOffer: encodeFact(fact),
      bid: BID,
      tip: 0n,
      timeoutMs: TIMEOUT_MS,
      createdAtMs: world.nowMs,
      check: { by: 'nobody' as const },
      inputBytes: 0,
      matchWindowMs: MATCH_WINDOW_MS,
      roundMs: ROUND_MS
    }
    creator.begin(jobId, beginCreator({ type: 'submitted', atMs: world.nowMs, job }))
  }

  /** Whether an honest provider that is there could have taken this job now, and its creator was there to ask. */
  isLost(state: CreatorState): boolean {
    const owner = this.#offices.find(({ creator }) => creator.journal.has(state.jobId))
    // the search goes by the wall clock: a node that was away for long comes back when it is over
    if (owner === undefined || owner.creator.longestDownMs > LONG_MS) return false
    const { world } = this.#parts.ground
    const job = decodeFact(state.jobOffer).body as JobOffer
    const round = roundAt(world.nowMs, ROUND_MS)
    return this.stalls.some(({ peer, provider, keeper, isDraining, answers }) => {
      const { current } = keeper
      if (answers !== undefined || !peer.up || !provider.up || isDraining || current === undefined) return false
      return feasible(job, current.body, { round }).ok && hasRoom(keeper.free, job)
    })
  }

  #bestFor(fact: Fact<JobOffer>): Address | undefined {
    const round = roundAt(this.#parts.ground.world.nowMs, ROUND_MS)
    const offers: OfferInput[] = []
    for (const { keeper, peer } of this.stalls) {
      if (peer.up && keeper.current !== undefined && peer.conduct.isTwoFaced !== true)
        offers.push({ id: factDigest(keeper.current), offer: keeper.current.body })
    }
    return rankFirst({ id: factDigest(fact), offer: fact.body }, offers, { round }, 1)[0]?.offer.account
  }

  #onRecord(address: string, state: { phase: string }): void {
    const { ground, watch, jobs } = this.#parts
    if ('jobId' in state) {
      jobs.changed(state as CreatorState, ground.world.nowMs)
      return
    }
    const stall = this.#stallAt.get(address)
    if (stall === undefined) return
    watch.room(stall.provider, stall.capacity)
    if (stall.peer.up) ground.world.hold(stall.keeper.capacityChanged())
    if (stall.desk.waiting === 0) return
    stall.desk.review()
    ground.world.settle()
  }

  #office(peer: Peer): Office {
    const { ground, crowd, jobs } = this.#parts
    const { account, address } = peer.person
    const parts: BookMarketParts = {
      world: ground.world,
      peer,
      counterAt: at => this.#stallAt.get(at),
      verifyEd25519: crowd.verify.verifyEd25519,
      onTerms: (dealId, jobId) => this.#jobOfDeal.set(dealId, jobId),
      onRanked: ({ jobId }, [first]) => jobs.ranked(jobId, first?.account)
    }
    const ranker = rankerOf(parts)
    const caution = { committee: false, check: { by: 'nobody' } } as const
    const init = { account, address, kind: 'honest', caution } as const
    const creator = new SimCreator(ground, init, bookMarket(parts, ranker))
    return { peer, creator, ranker }
  }

  #stall(peer: Peer): Stall {
    const { ground, options, spread, crowd } = this.#parts
    const { account, address } = peer.person
    const { conduct } = peer
    const template = templateOf(peer.number, conduct.undercutsPercent)
    const provider = new SimProvider(ground, {
      account,
      address,
      kind: 'honest',
      creatorOf: state => this.#creatorAt.get(state.creator.peer),
      workMs: state => workMsOf(decodeSpec(state.spec))
    })
    const publish = (fact: Fact) => {
      if (peer.number < options.nodes) spread.published(fact)
      if (conduct.isTwoFaced !== true) return peer.publish(fact)
      const neighbours = [...peer.reads].flatMap(lane => crowd.topics.get(lane)?.neighbours(peer.number) ?? [])
      peer.publish(
        fact,
        neighbours.filter((_n, i) => i % 2 === 0)
      )
      ground.world.hold(
        keeper.twin().then(
          twin =>
            twin &&
            peer.publish(
              twin,
              neighbours.filter((_n, i) => i % 2 === 1)
            )
        )
      )
    }
    const isLiar = conduct.answers === 'no'
    const room = roomOf(provider, template.capacity, isLiar ? 0 : undefined, options.bug)
    const free = () => (isLiar ? template.capacity : room.offered())
    const keeper = new SimKeeper({ world: ground.world, person: peer.person, template, free, publish })
    const desk = deskOf({ peer, provider, keeper, room, isDraining: () => stall.isDraining })
    const stall: Stall = {
      peer,
      provider,
      keeper,
      desk,
      capacity: template.capacity,
      isDraining: false,
      answers: conduct.answers
    }
    return stall
  }
}
