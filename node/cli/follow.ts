import { setTimeout as sleep } from 'node:timers/promises'
import type { LogChunk } from '../http/api.ts'
import type { NodeClient } from '../http/client.ts'
import { isEnd } from '../http/job-states.ts'
import type { JobView, NodeEvent } from '../http/views.ts'
import { retried } from './retried.ts'

/** What is left of the output arrives right after the end. */
const LOG_GRACE_MS = 5_000

export type TransferEvent = Pick<Extract<NodeEvent, { type: 'transfer' }>, 'what' | 'bytes' | 'totalBytes' | 'at'>

export interface FollowOptions {
  client(): Promise<NodeClient>
  signal: AbortSignal
  onJob(job: JobView): void
  onLog?(chunk: LogChunk): void
  /** now and then how far inputs have gone, what the provider prepares is, or the result has come */
  onTransfer?(transfer: TransferEvent): void
  /** told once per loss of the connection */
  onLost?(): void
  /** first chunk of output wanted. @default 0 */
  from?: number
  /** of a job that runs at several providers: whose output. @default the one that speaks for the job */
  replica?: number
}

/**
 * Watches a job to its end over restarts of the node and cut connections: each change once, output in order and without
 * gaps. Gives the last view, or undefined when the signal came first.
 *
 * @throws what the node refuses, NodeUnreachableError when it stays away
 */
export async function followJob(id: string, options: FollowOptions): Promise<JobView | undefined> {
  const logsEnd = new AbortController()
  const signal = AbortSignal.any([options.signal, logsEnd.signal])
  let logFailure: unknown
  const logs = followLogs(id, { ...options, signal }).catch(error => {
    logFailure = error
  })
  try {
    const job = await untilEnd(id, options)
    const grace = sleep(LOG_GRACE_MS, undefined, { signal, ref: false }).catch(() => undefined)
    await Promise.race([logs, grace])
    if (logFailure !== undefined && !options.signal.aborted) throw logFailure
    return job
  } finally {
    logsEnd.abort()
    await logs
  }
}

async function untilEnd(id: string, options: FollowOptions): Promise<JobView | undefined> {
  let shown = ''
  let last: JobView | undefined
  await retried(options, async (client, progress) => {
    const over = new AbortController()
    const events = await client.events({ job: id, signal: AbortSignal.any([options.signal, over.signal]) })
    const show = (job: JobView): boolean => {
      progress()
      last = job
      // the moment of a change is no change of its own
      const { updatedAt: _updatedAt, ...said } = job
      const key = JSON.stringify(said)
      if (key !== shown) options.onJob(job)
      shown = key
      return isEnd(job.state)
    }
    try {
      // after the node listens for us, so no change falls between the two
      if (show(await client.job(id, { signal: options.signal }))) return
      for await (const event of events) {
        if (event.type === 'transfer' && event.job === id) options.onTransfer?.(event)
        if (event.type === 'job' && show(event.job)) return
      }
    } finally {
      // a stream that nobody read to its end would keep the process alive
      over.abort()
    }
  })
  return last !== undefined && isEnd(last.state) ? last : undefined
}

async function followLogs(id: string, options: FollowOptions): Promise<void> {
  const { onLog, signal, replica } = options
  if (onLog === undefined) return
  const which = replica === undefined ? {} : { replica }
  let from = options.from ?? 0
  await retried({ ...options, onLost: () => undefined }, async (client, progress) => {
    for await (const chunk of client.logs(id, { from, follow: true, signal, ...which })) {
      progress()
      from = chunk.seq + 1
      onLog(chunk)
    }
  })
}
