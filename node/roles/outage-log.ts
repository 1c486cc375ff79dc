import { messageOf } from '../../protocols/common/errors.ts'
import type { Log } from '../components.ts'

/** What fails several times a second is told so often. */
const AGAIN_MS = 60_000

export interface OutageTexts {
  /** what does not work */
  down: string
  /** that it works again */
  up: string
}

/** Tells the first failure, at most once a minute how many came since, and once that it is over. */
export class OutageLog {
  readonly #log: Pick<Log, 'info' | 'warn'>
  readonly #texts: OutageTexts
  readonly #nowMs: () => number
  #toldAtMs: number | undefined
  /** since it was last told */
  #failures = 0

  /** @param nowMs a clock that never goes back */
  constructor(log: Pick<Log, 'info' | 'warn'>, texts: OutageTexts, nowMs = () => performance.now()) {
    this.#log = log
    this.#texts = texts
    this.#nowMs = nowMs
  }

  failed(error: unknown): void {
    this.#failures++
    const nowMs = this.#nowMs()
    if (this.#toldAtMs !== undefined && nowMs - this.#toldAtMs < AGAIN_MS) return
    const times = this.#failures === 1 ? {} : { times: this.#failures }
    this.#log.warn({ error: messageOf(error), ...times }, this.#texts.down)
    this.#toldAtMs = nowMs
    this.#failures = 0
  }

  worked(): void {
    if (this.#toldAtMs === undefined) return
    this.#toldAtMs = undefined
    this.#failures = 0
    this.#log.info({}, this.#texts.up)
  }
}
