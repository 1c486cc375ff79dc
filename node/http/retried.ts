import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../../protocols/common/errors.ts'

/** A node that restarts is back within seconds; one that is not after a minute needs a person. */
const GIVE_UP_MS = 60_000
const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5_000

const LOST: ReadonlySet<string> = new Set(['NodeUnreachableError', 'StreamCutError', 'BusyError'])

export interface RetryOptions {
  signal?: AbortSignal
  /** told once per loss of the connection */
  onLost?(): void
}

/**
 * Repeats what a lost connection cut off, with growing waits, until it ends by itself or the signal comes; it is told to begin
 * anew each time, and says by `progress` that it got somewhere.
 *
 * @throws what the node refuses, NodeUnreachableError when it stays away
 */
export async function retried(attempt: (progress: () => void) => Promise<void>, options: RetryOptions): Promise<void> {
  const { signal } = options
  const waits = { nextMs: FIRST_WAIT_MS, lostMs: 0 }
  const progress = (): void => {
    waits.nextMs = FIRST_WAIT_MS
    waits.lostMs = 0
  }
  const gone = (): boolean => signal?.aborted === true
  while (!gone()) {
    try {
      return await attempt(progress)
    } catch (error) {
      if (gone()) return
      await afterLoss(error, waits, options)
    }
  }
}

/** The same for what comes piece by piece. @param open begins after what was seen last */
export async function* resumed<T>(open: () => Promise<AsyncIterable<T>>, options: RetryOptions): AsyncIterable<T> {
  const { signal } = options
  const waits = { nextMs: FIRST_WAIT_MS, lostMs: 0 }
  const gone = (): boolean => signal?.aborted === true
  while (!gone()) {
    try {
      for await (const piece of await open()) {
        waits.nextMs = FIRST_WAIT_MS
        waits.lostMs = 0
        yield piece
      }
      return
    } catch (error) {
      if (gone()) return
      await afterLoss(error, waits, options)
    }
  }
}

/** Waits before the next attempt. @throws the error when another attempt is of no use */
async function afterLoss(
  error: unknown,
  waits: { nextMs: number; lostMs: number },
  { signal, onLost }: RetryOptions
): Promise<void> {
  if (!(error instanceof UserError) || !LOST.has(error.name) || waits.lostMs >= GIVE_UP_MS) throw error
  if (waits.lostMs === 0) onLost?.()
  await sleep(waits.nextMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  waits.lostMs += waits.nextMs
  waits.nextMs = Math.min(waits.nextMs * 2, LONGEST_WAIT_MS)
}
