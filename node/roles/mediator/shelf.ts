import { messageOf } from '../../../protocols/common/errors.ts'
import type { Clock, Log } from '../../components.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Storage } from '../../storage/storage.ts'
import { judgementId } from './effects.ts'

const KEY = 'mediator/shelf'
/** What a judge computed is served so long after the end of a dispute: a creator whose provider vanished fetches it. */
const KEEP_MS = 7 * 24 * 3600 * 1000
const LOOK_EVERY_MS = 3600 * 1000

interface Kept {
  deal: string
  untilMs: number
}

export interface ShelfComponents {
  storage: Pick<Storage, 'unpinAll'>
  journal: Pick<Journal, 'getValue' | 'setValue'>
  clock: Clock
  log: Log
}

/** What this node computed as a judge, pinned until its time is over. */
export class Shelf {
  readonly #c: ShelfComponents
  #lookAtMs = 0

  constructor(components: ShelfComponents) {
    this.#c = components
  }

  keep(deal: string): void {
    const { journal, clock } = this.#c
    const kept = this.#kept().filter(k => k.deal !== deal)
    journal.setValue(KEY, [...kept, { deal, untilMs: clock.nowMs() + KEEP_MS }])
  }

  /** Lets go of what was kept long enough. */
  async clear(): Promise<void> {
    const { storage, journal, clock, log } = this.#c
    if (clock.nowMs() < this.#lookAtMs) return
    this.#lookAtMs = clock.nowMs() + LOOK_EVERY_MS
    const over = this.#kept().filter(k => k.untilMs <= clock.nowMs())
    if (over.length === 0) return
    for (const { deal } of over) {
      await storage
        .unpinAll(judgementId(deal))
        .catch(error => log.warn({ deal, error: messageOf(error) }, 'stays pinned'))
    }
    journal.setValue(
      KEY,
      this.#kept().filter(k => !over.some(o => o.deal === k.deal))
    )
  }

  #kept(): Kept[] {
    return this.#c.journal.getValue<Kept[]>(KEY) ?? []
  }
}
