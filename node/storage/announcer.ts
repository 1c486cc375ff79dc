import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'
import { withDeadline } from '../network/deadline.ts'
import { limiter } from './lock.ts'

/** How often it is looked for roots that are due. */
const EVERY_MS = 15_000
/**
 * When a root is announced again. Soon after the first time, because a node that has just started knows few peers; later twice
 * a day, since the others forget after two.
 */
const AGAIN_MS = [60_000, 600_000, 12 * 3600_000]
/** Announced in one turn, so that a node with thousands of results takes minutes for them instead of flooding its neighbours. */
const BATCH = 32
/** At the same time: each is a walk through the routing table with some twenty messages. */
const CONCURRENCY = 4
const TIMEOUT_MS = 30_000

export interface AnnouncerComponents {
  /** what this node says it has */
  roots(): CID[]
  routing(): {
    provide(cid: CID, options?: AbortOptions): Promise<void>
    cancelReprovide(cid: CID, options?: AbortOptions): Promise<void>
  }
  /** nobody to tell: it stays due */
  isAlone(): boolean
  now(): number
}

interface Announced {
  cid: CID
  times: number
  dueAt: number
}

/** Tells the network's routing which DAGs are here, again and again while they are pinned for that. */
export class Announcer {
  readonly #c: AnnouncerComponents
  readonly #known = new Map<string, Announced>()
  #shutdown: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #turn: Promise<void> = Promise.resolve()

  constructor(components: AnnouncerComponents) {
    this.#c = components
  }

  start(): void {
    if (this.#shutdown !== undefined) return
    this.#shutdown = new AbortController()
    // a new process tells everything anew
    this.#known.clear()
    this.#timer = setInterval(() => this.look(), EVERY_MS)
    this.#timer.unref()
    this.look()
  }

  async stop(): Promise<void> {
    this.#shutdown?.abort()
    this.#shutdown = undefined
    clearInterval(this.#timer)
    await this.#turn
  }

  /** Announces what is due and takes back what is gone, in the background; turns do not overlap. */
  look(): void {
    const signal = this.#shutdown?.signal
    if (signal === undefined) return
    const turn = this.#turn.then(() => (signal.aborted ? undefined : this.#takeTurn(signal)))
    // a table that cannot be read now is looked at again in the next turn
    this.#turn = turn.catch(() => undefined)
  }

  /** Ends when what was due at the last `look` has been told, for those who wait for it. */
  get idle(): Promise<void> {
    return this.#turn
  }

  async #takeTurn(signal: AbortSignal): Promise<void> {
    const roots = new Map(this.#c.roots().map(cid => [cid.toString(), cid]))
    const gone = [...this.#known].filter(([key]) => !roots.has(key))
    for (const [key, cid] of roots) {
      if (!this.#known.has(key)) this.#known.set(key, { cid, times: 0, dueAt: 0 })
    }
    const limit = limiter(CONCURRENCY)
    await Promise.all(gone.map(([key, { cid }]) => limit(() => this.#takeBack(key, cid, signal))))
    if (this.#c.isAlone()) return
    const due = [...this.#known.values()].filter(({ dueAt }) => dueAt <= this.#c.now()).slice(0, BATCH)
    await Promise.all(due.map(root => limit(() => this.#announce(root, signal))))
  }

  /** What fails stays due. */
  async #announce(root: Announced, signal: AbortSignal): Promise<void> {
    await withDeadline('announce', TIMEOUT_MS, signal, s => this.#c.routing().provide(root.cid, { signal: s })).then(
      () => {
        root.dueAt = this.#c.now() + (AGAIN_MS[Math.min(root.times, AGAIN_MS.length - 1)] ?? 0)
        root.times++
      },
      () => undefined
    )
  }

  /** The library would announce it for ever. */
  async #takeBack(key: string, cid: CID, signal: AbortSignal): Promise<void> {
    this.#known.delete(key)
    await withDeadline('take back', TIMEOUT_MS, signal, s =>
      this.#c.routing().cancelReprovide(cid, { signal: s })
    ).catch(() => undefined)
  }
}
