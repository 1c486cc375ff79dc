import { closedText } from '../../admission/admission.ts'
import type { Alarm, Clock } from '../../components.ts'
import { isOpen, nextChange } from '../../schedule/hours.ts'
import type { Schedule } from '../../schedule/parse.ts'

/** Why a provider takes no new work: it ends, its operator said so, or its hours are over. */
export type Closed = 'stopping' | 'drained' | 'hours'

export interface DoorsInit {
  /** absent: always open */
  schedule?: Schedule | undefined
}

export interface DoorsComponents {
  clock: Clock
  alarm: Alarm
  /** told after each change, and at the start */
  onChange(): void
}

/** A clock that is set, or a machine that slept: the hours are looked at again at least this often. */
const LOOK_AGAIN_MS = 60_000

/** Says whether a provider takes new work, and notices when that changes. A restart forgets what its operator said. */
export class Doors {
  readonly #schedule: Schedule | undefined
  readonly #c: DoorsComponents
  #isStopping = true
  #isDrained = false
  #said: Closed | undefined = 'stopping'
  #cancelAlarm: (() => void) | undefined

  constructor({ schedule }: DoorsInit, components: DoorsComponents) {
    this.#schedule = schedule
    this.#c = components
  }

  open(): void {
    this.#isStopping = false
    this.#look()
  }

  stop(): void {
    this.#isStopping = true
    this.#cancelAlarm?.()
    this.#tell()
  }

  drain(): void {
    this.#isDrained = true
    this.#tell()
  }

  resume(): void {
    this.#isDrained = false
    this.#tell()
  }

  get closed(): Closed | undefined {
    if (this.#isStopping) return 'stopping'
    if (this.#isDrained) return 'drained'
    return this.#schedule === undefined || isOpen(this.#schedule, this.#c.clock.nowMs()) ? undefined : 'hours'
  }

  /** For whoever asks for work to be done now; undefined where it may be. */
  get closedText(): string | undefined {
    const { closed } = this
    if (closed === 'stopping') return 'this provider is shutting down and takes no new work'
    if (closed === 'drained') return 'this provider takes no new work until its operator says so'
    return closed === 'hours' && this.#schedule !== undefined
      ? closedText(this.#schedule, this.#c.clock.nowMs())
      : undefined
  }

  /** When its hours begin or end (unix ms); undefined without hours, or where they never do. */
  get changesAtMs(): number | undefined {
    return this.#schedule === undefined ? undefined : nextChange(this.#schedule, this.#c.clock.nowMs())
  }

  #look(): void {
    if (this.#isStopping) return
    this.#tell()
    const { changesAtMs } = this
    if (changesAtMs === undefined) return
    const delayMs = Math.min(LOOK_AGAIN_MS, Math.max(1, changesAtMs - this.#c.clock.nowMs()))
    this.#cancelAlarm = this.#c.alarm(delayMs, () => this.#look())
  }

  #tell(): void {
    const { closed } = this
    if (closed === this.#said) return
    this.#said = closed
    this.#c.onChange()
  }
}
