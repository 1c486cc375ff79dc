import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from './context.ts'
import type { JobPrinter } from './job-printer.ts'

/** A match takes a fraction of a second: whoever waits longer wants to know what for. */
const IMPATIENT_MS = 3_000
/** A provider that has gone is waited for until its time is up, which may be minutes: that is said soon, and once. */
const AGAIN_MS = 5_000

/** Says what a job waits for when it waits long: for a provider, or for one that does not answer. Ends with the signal. */
export async function tellWhy(id: string, context: Context, printer: JobPrinter, signal: AbortSignal): Promise<void> {
  let said: 'nobody' | 'away' | undefined
  for (let ms = IMPATIENT_MS; ; ms = AGAIN_MS) {
    // the timer alone does not keep the process
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
    if (signal.aborted) return
    try {
      const { state, summary, away } = await (await context.client()).why(id, { signal })
      const now = away === true ? 'away' : state === 'matching' ? 'nobody' : undefined
      if (signal.aborted) return
      if (now !== said && now !== undefined) printer.waiting(summary, now)
      said = now
    } catch {
      // the job itself is being followed: that says what is wrong with the node
    }
  }
}
