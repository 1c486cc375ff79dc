import { messageOf } from '../../protocols/common/errors.ts'
import type { AbortOptions, Clock } from '../components.ts'
import type { ReadinessView } from '../http/views.ts'

/** Says nothing when all is well, else why not, in one sentence. */
export type Check = (options: AbortOptions) => string | undefined | Promise<string | undefined>

/** A check that takes longer than a probe waits for has failed. */
const CHECK_MS = 3_000
/** Probes need no token: however many come, the disk and the chain are asked once in so long. */
const KEPT_MS = 2_000

/** Whether a node can do its work, by the checks that its roles need; answers of the last two seconds are given again. */
export class Readiness {
  readonly #checks: Readonly<Record<string, Check>>
  readonly #clock: Clock
  #last: { atMs: number; view: Promise<ReadinessView> } | undefined

  constructor(checks: Readonly<Record<string, Check>>, clock: Clock) {
    this.#checks = checks
    this.#clock = clock
  }

  look(): Promise<ReadinessView> {
    const nowMs = this.#clock.nowMs()
    if (this.#last === undefined || nowMs - this.#last.atMs >= KEPT_MS) {
      this.#last = { atMs: nowMs, view: this.#run() }
    }
    return this.#last.view
  }

  async #run(): Promise<ReadinessView> {
    const checks = await Promise.all(Object.entries(this.#checks).map(([name, check]) => outcome(name, check)))
    return { ready: checks.every(({ ok }) => ok), checks }
  }
}

async function outcome(name: string, check: Check): Promise<ReadinessView['checks'][number]> {
  const signal = AbortSignal.timeout(CHECK_MS)
  const late = new Promise<string>(resolve => {
    signal.addEventListener('abort', () => resolve(`no answer within ${CHECK_MS / 1000} s`), { once: true })
  })
  const reason = await Promise.race([attempt(check, signal), late])
  return reason === undefined ? { name, ok: true } : { name, ok: false, reason }
}

async function attempt(check: Check, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await check({ signal })
  } catch (error) {
    return messageOf(error).slice(0, 300)
  }
}
