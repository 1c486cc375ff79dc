import type { NodeClient } from '../http/client.ts'
import { retried as again, type RetryOptions as Retry } from '../http/retried.ts'

export interface RetryOptions extends Retry {
  /** looked up anew each time, because a restarted node has another port */
  client(): Promise<NodeClient>
}

/** Repeats what a lost connection cut off, with growing waits, until it ends by itself or the signal comes. */
export const retried = (
  options: RetryOptions,
  attempt: (client: NodeClient, progress: () => void) => Promise<void>
): Promise<void> => again(async progress => attempt(await options.client(), progress), options)
