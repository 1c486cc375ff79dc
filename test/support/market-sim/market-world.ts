import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { OFFER_LIMITS } from '../../../protocols/offers/schema.ts'
import type { Ground, Pace } from '../deal/ground.ts'
import { ToyEscrow } from '../deal/toy-escrow.ts'
import { World } from '../deal/world.ts'
import { type Crowd, crowdOf, hostileCount } from './crowd.ts'
import { Faults } from './faults.ts'
import { Jobs } from './jobs.ts'
import { Meter } from './meter.ts'
import { Net } from './net.ts'
import { commandOf, type MarketOptions } from './options.ts'
import { type Report, reportOf } from './report.ts'
import { Sides } from './sides.ts'
import { startSpam } from './spam.ts'
import { Spread } from './spread.ts'
import { BrokenPromise, Watch } from './watch.ts'
import { workloadOf } from './workload.ts'

/** What is not a message: the work of a fast machine, and a chain with a block a second that is read a little later. */
const PACE: Pace = {
  effectMs: [0, 2],
  outcomeMs: [1, 4],
  tickMs: [500, 1_000],
  chainLagMs: 2_000,
  prepareMs: [10, 500],
  fetchMs: [10, 500]
}
const FUNDS = 10n ** 24n
/** When everything has been submitted, this long may pass until the last job is at its end: three attempts that time out. */
const LIMIT_MS = 15 * 60_000
const COLD_START_MS = 5_000
const LOOK_EVERY_MS = 1_000

/** A world that broke a promise, with the command that plays it again. */
export class WorldFailed extends Error {
  readonly options: MarketOptions
  readonly promise: string

  constructor(options: MarketOptions, cause: unknown) {
    const what = cause instanceof Error ? cause.message : String(cause)
    super(`seed ${options.seed}: ${what}\nplay it again: ${commandOf(options)}`, { cause })
    this.name = 'WorldFailed'
    this.options = options
    this.promise = cause instanceof BrokenPromise ? cause.promise : 'no error'
  }
}

/** Plays a world to its end. @throws WorldFailed */
export async function playMarket(options: MarketOptions): Promise<Report> {
  try {
    return await new MarketWorld(options).play()
  } catch (error) {
    throw new WorldFailed(options, error)
  }
}

class MarketWorld {
  readonly #options: MarketOptions
  readonly #world: World
  readonly #escrow: ToyEscrow
  readonly #meter: Meter
  readonly #spread: Spread
  readonly #watch: Watch
  readonly #jobs: Jobs
  readonly #crowd: Crowd
  readonly #sides: Sides
  readonly #faults: Faults
  readonly #startMs: number

  constructor(options: MarketOptions) {
    const total = options.nodes + hostileCount(options)
    this.#options = options
    this.#world = new World(options.seed)
    this.#startMs = this.#world.nowMs
    this.#escrow = new ToyEscrow(this.#world)
    this.#meter = new Meter(total)
    this.#spread = new Spread(this.#world, total)
    this.#watch = new Watch(this.#escrow)
    const net = new Net(this.#world, options, total, this.#meter)
    this.#crowd = crowdOf(this.#world, net, options, this.#spread)
    const { crashPerMille, failPerMille, duplicatePerMille } = options
    const share = (perMille: number) => perMille / 1_000
    const rates = { duplicate: share(duplicatePerMille), crash: share(crashPerMille), fail: share(failPerMille) }
    const hazards = { drop: 0, ...rates }
    const ground: Ground = { world: this.#world, escrow: this.#escrow, hazards, wire: net, pace: PACE }
    this.#jobs = new Jobs(state => this.#isLost(state))
    const parts = { ground, crowd: this.#crowd, options, watch: this.#watch, spread: this.#spread, jobs: this.#jobs }
    this.#sides = new Sides(parts)
    this.#faults = new Faults(this.#world, net, this.#crowd, this.#sides, options)
    for (const peer of this.#crowd.peers) this.#escrow.free.set(peer.person.account, FUNDS)
    this.#watch.sealMoney()
  }

  async play(): Promise<Report> {
    const { seconds, jobs } = this.#options
    const endMs = this.#startMs + seconds * 1_000
    await this.#open()
    for (const order of workloadOf(this.#options)) {
      this.#world.after(order.atMs, () => this.#world.hold(this.#sides.submit(order)))
    }
    startSpam(this.#world, this.#crowd, endMs)
    this.#meter.isOn = true
    this.#world.after(seconds * 1_000, () => {
      this.#meter.isOn = false
    })
    const isOver = () =>
      this.#world.nowMs > endMs && this.#jobs.all.length === jobs && this.#jobs.open === 0 && this.#faults.behind === 0
    await this.#world.runAsync(endMs + LIMIT_MS, isOver, () => this.#watch.check())
    this.#judge()
    this.#watch.check()
    return reportOf({
      options: this.#options,
      crowd: this.#crowd,
      stalls: this.#sides.stalls,
      jobs: this.#jobs.all,
      meter: this.#meter,
      spread: this.#spread,
      watch: this.#watch,
      caughtUpMs: this.#faults.caughtUpMs,
      nowMs: this.#world.nowMs
    })
  }

  /** The market as it stands when the world begins, or the rush of a first hour. */
  async #open(): Promise<void> {
    const { start } = this.#options
    const world = this.#world
    for (const stall of this.#sides.stalls) {
      if (start === 'cold') {
        world.after(world.between(0, COLD_START_MS), () => world.hold(stall.keeper.start()))
        continue
      }
      const fact = await stall.keeper.inherit(world.between(0, OFFER_LIMITS.spanMs / 2 - 1))
      for (const peer of this.#crowd.full) {
        if (this.#crowd.lanes.lanesOf(fact.body).some(lane => peer.reads.has(lane))) peer.book?.add(fact, world.nowMs)
      }
    }
    for (const peer of this.#crowd.full) this.#crowd.sync.start(peer)
    this.#faults.start()
    const look = () => {
      this.#watch.everything(this.#crowd.peers, deal => this.#sides.jobOfDeal(deal))
      world.after(LOOK_EVERY_MS, look)
    }
    world.after(LOOK_EVERY_MS, look)
  }

  /** Nobody looks in vain while a machine stands idle that fits, unless somebody is there to prevent it. */
  #isLost(state: CreatorState): boolean {
    const isUnserved = state.phase === 'unmatched' || state.phase === 'failed'
    const isLost = isUnserved && this.#sides.isLost(state)
    const isHindered = this.#options.partition || this.#options.adversary !== undefined
    const detail = () => `${state.jobId} ended ${state.phase}: ${state.reason}`
    this.#watch.expect(!isLost || isHindered, 'no job is lost', detail)
    return isLost
  }

  #judge(): void {
    const open = this.#jobs.open + (this.#options.jobs - this.#jobs.all.length)
    this.#watch.expect(open === 0, 'every job ends', () => `${open} have not after ${LIMIT_MS / 60_000} minutes more`)
    this.#watch.expect(this.#faults.behind === 0, 'books converge', () => `${this.#faults.behind} nodes are behind`)
    this.#watch.everything(this.#crowd.peers, deal => this.#sides.jobOfDeal(deal))
  }
}
