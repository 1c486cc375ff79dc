import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../../protocols/common/errors.ts'
import type { NodeClient } from '../http/client.ts'

/** A node that restarts is back within seconds; one that is not after a minute needs a person. */
const GIVE_UP_MS = 60_000
const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5_000
const LOST: ReadonlySet<string> = new Set(['NodeUnreachableError', 'StreamCutError', 'BusyError'])

export interface RetryOptions {
  client(): Promise<NodeClient>
  signal: AbortSignal
  /** told once per loss of the connection */
  onLost?(): void
}

type Attempt = (client: NodeClient, progress: () => void) => Promise<void>

/** Repeats what a lost connection cut off, with growing waits, until it ends by itself or the signal comes. */
export async function retried(options: RetryOptions, attempt: Attempt): Promise<void> {
  const { signal } = options
  let waitMs = FIRST_WAIT_MS
  let lostMs = 0
  const progress = (): void => {
    waitMs = FIRST_WAIT_MS
    lostMs = 0
  }
  while (!signal.aborted) {
    try {
      return await attempt(await options.client(), progress)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof UserError) || !LOST.has(error.name) || lostMs >= GIVE_UP_MS) throw error
      if (lostMs === 0) options.onLost?.()
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined)
    lostMs += waitMs
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
  }
}
