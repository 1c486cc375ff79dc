import type { Address } from '../../../protocols/common/values.ts'
import { type DeskRoom, isHeldFor } from '../../../protocols/deal/desk.ts'
import { freeAt, leavesAtMs } from '../../../protocols/deal/free-at.ts'
import { grant, type Hold, type Holds, holdFor, lapse, NO_HOLDS, use } from '../../../protocols/deal/holds.ts'
import { holdsRoom, type ProviderState } from '../../../protocols/deal/provider-machine.ts'
import { chooseGpus } from '../../../protocols/matching/gpus.ts'
import type { JobInput } from '../../../protocols/matching/input.ts'
import { inOrder } from '../../../protocols/matching/match.ts'
import { hasRoom, type Room, without } from '../../../protocols/matching/room.ts'
import type { Clock } from '../../components.ts'
import { asOffered, freeGpus, type GpuDevice } from '../../config/host/gpus.ts'
import type { Journal } from '../../journal/journal.ts'

export interface RoomKeeperInit {
  /** most jobs at the same time */
  maxJobs: number
  /** deals agreed with one creator and not yet opened */
  maxUnopened: number
}

export interface RoomKeeperComponents {
  journal: Pick<Journal, 'getValue' | 'setValue'>
  clock: Clock
  /** what this provider has in all */
  capacity(): Room
  /** the GPUs of the capacity, in its order; without them a deal holds no device by its id */
  devices?: readonly GpuDevice[]
  /** the deals under way: the journaled reservations are the truth about its room */
  live(): readonly ProviderState[]
}

const HOLDS_KEY = 'provider/holds'
/** A job that did not ask for so long has stopped waiting: a whole pass over sixteen silent providers is shorter. */
const GAVE_UP_MS = 60_000
/** Jobs that were refused for room and may come again; beyond it the one that was here longest ago is forgotten. */
const MAX_WAITING = 1024

/** Knows how much room there is, when there will be more, and for whom some of it is kept. */
export class RoomKeeper {
  readonly #init: RoomKeeperInit
  readonly #c: RoomKeeperComponents
  #kept: Holds | undefined
  /** since when which job has been refused for room; forgotten with the process: then it waits a minute more */
  readonly #waiting = new Map<string, { sinceMs: number; lastMs: number }>()

  constructor(init: RoomKeeperInit, components: RoomKeeperComponents) {
    this.#init = init
    this.#c = components
  }

  /** What may be given away now. */
  room(): DeskRoom {
    const busy = this.#busy()
    this.#lapse(busy)
    return {
      free: this.#freeBeside(busy),
      places: this.#placesBeside(busy),
      unopenedOf: account => unopened(busy, account),
      maxUnopened: this.#init.maxUnopened,
      holds: this.#holds.held.map(h => h.job)
    }
  }

  /** What an offer says is free: nothing that is kept for somebody, and nothing where no further job is taken. */
  offered(): Room {
    const busy = this.#busy()
    this.#lapse(busy)
    const { held } = this.#holds
    if (this.#placesBeside(busy) <= held.length) return { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: [] }
    return held.reduce((free, { job }) => without(free, job.offer), this.#freeBeside(busy))
  }

  /** Notes that a job found no room, keeps some for it if it asks and has waited long enough, and says when there will be. */
  refused(job: JobInput, asksHold: boolean): { freeAtMs?: number; holdUntilMs?: number } {
    const nowMs = this.#c.clock.nowMs()
    const sinceMs = this.#wait(job, nowMs)
    const freeAtMs = this.#freeAt(job, nowMs)
    if (asksHold) this.#keep(grant(this.#holds, job, { sinceMs, freeAtMs: freeAtMs ?? nowMs }, nowMs))
    const hold = holdFor(this.#holds, job)
    return {
      ...(freeAtMs === undefined ? {} : { freeAtMs }),
      ...(hold === undefined ? {} : { holdUntilMs: hold.untilMs })
    }
  }

  /** Ids of the GPUs that a job which has room gets, if it can be without those that are kept: none where it asks for none. */
  gpusFor(offer: JobInput['offer']): string[] {
    const free = freeGpus(this.#c.devices ?? [], this.#busy())
    const others = this.#holds.held.filter(h => !isHeldFor(h.job.offer, offer))
    const beside = others.reduce((left, { job }) => {
      const kept = chosen(job.offer, left) ?? []
      return left.filter(device => !kept.includes(device))
    }, free)
    return (chosen(offer, beside) ?? chosen(offer, free) ?? []).map(device => device.id)
  }

  /** The job has its room. */
  agreed(job: JobInput): void {
    this.#waiting.delete(nameOf(job))
    this.#letGo(use(this.#holds, job))
  }

  get #holds(): Holds {
    this.#kept ??= this.#c.journal.getValue<Holds>(HOLDS_KEY) ?? NO_HOLDS
    return this.#kept
  }

  /** On disk before anybody hears of it. */
  #keep(holds: Holds): void {
    if (holds === this.#holds) return
    this.#c.journal.setValue(HOLDS_KEY, holds)
    this.#kept = holds
  }

  /** Promises that are over. Where that cannot be written they stay a while longer, and lapse in the end. */
  #letGo(holds: Holds): void {
    try {
      this.#keep(holds)
    } catch {
      // a full disk is told of by whoever has something to agree to; an offer or an agreement must not fail for this
    }
  }

  #lapse(busy: readonly ProviderState[]): void {
    const ready = new Set<Hold['job']>()
    let [free, places] = [this.#freeBeside(busy), this.#placesBeside(busy)]
    for (const job of inOrder(this.#holds.held.map(h => h.job))) {
      if (places > 0 && hasRoom(free, job.offer)) ready.add(job)
      free = without(free, job.offer)
      places--
    }
    this.#letGo(lapse(this.#holds, this.#c.clock.nowMs(), hold => ready.has(hold.job)))
  }

  #busy(): ProviderState[] {
    return this.#c.live().filter(holdsRoom)
  }

  /** Of GPUs not as many, but exactly those that no deal holds. */
  #freeBeside(busy: readonly ProviderState[]): Room {
    const { devices } = this.#c
    const free = busy.reduce<Room>(without, this.#c.capacity())
    return devices === undefined ? free : { ...free, gpus: asOffered(freeGpus(devices, busy)) }
  }

  #placesBeside(busy: readonly ProviderState[]): number {
    return Math.max(0, this.#init.maxJobs - busy.length)
  }

  #freeAt(job: JobInput, nowMs: number): number | undefined {
    const taken = this.#busy().map(state => ({ needs: state.needs, untilMs: leavesAtMs(state, nowMs) }))
    const before = this.#holdsBefore(job).map(({ job: { offer }, untilMs }) => ({ needs: offer.needs, untilMs }))
    return freeAt(job.offer.needs, this.#c.capacity(), this.#init.maxJobs, [...taken, ...before])
  }

  #holdsBefore(job: JobInput): Hold[] {
    const { held } = this.#holds
    const place = held.find(h => isHeldFor(h.job.offer, job.offer))?.job ?? job
    const others = held.filter(h => h.job !== place)
    const order = inOrder([place, ...others.map(h => h.job)])
    const before = order.slice(0, order.indexOf(place))
    return others.filter(h => before.includes(h.job))
  }

  #wait(job: JobInput, nowMs: number): number {
    const name = nameOf(job)
    const before = this.#waiting.get(name)
    const sinceMs = before === undefined || nowMs - before.lastMs > GAVE_UP_MS ? nowMs : before.sinceMs
    // the last in the map is the one that was here last
    this.#waiting.delete(name)
    this.#waiting.set(name, { sinceMs, lastMs: nowMs })
    const [longestAgo] = this.#waiting.size > MAX_WAITING ? this.#waiting.keys() : []
    if (longestAgo !== undefined) this.#waiting.delete(longestAgo)
    return sinceMs
  }
}

const chosen = ({ needs }: JobInput['offer'], devices: readonly GpuDevice[]): GpuDevice[] | undefined =>
  chooseGpus(needs.resources.gpus, devices)?.flatMap(i => devices[i] ?? [])

const unopened = (busy: readonly ProviderState[], account: Address): number =>
  busy.filter(s => s.creator.account === account && s.openTransaction === undefined).length

/** What `isHeldFor` goes by. */
const nameOf = ({ offer: { account, spec, tip } }: JobInput): string => `${account} ${spec.toString()} ${tip}`
