import { setTimeout as sleep } from 'node:timers/promises'
import { BusyError } from './errors.ts'

/** One message of a stream, the same over server-sent events and WebSocket. */
export interface Message {
  id?: number
  event: string
  data: unknown
}

export type Messages = (signal: AbortSignal) => AsyncIterable<Message>

/** Open streams over all callers: a dashboard uses two, a following command line one. */
const MAX_STREAMS = 64
/** Proxies and clients give a silent connection up after 30 s at the earliest. */
const HEARTBEAT_MS = 15_000
/**
 * A reader that takes nothing for so long is cut off: it holds one of the places. Messages are made when there is room for
 * them, so however slow it is, one message and what the socket buffers is all that it holds in memory.
 */
const STALL_MS = 60_000

export interface StreamLimits {
  maxStreams?: number
  heartbeatMs?: number
  stallMs?: number
}

/** A place for one stream. */
export interface Place {
  /** fires when the caller leaves or the server stops */
  readonly signal: AbortSignal
  readonly heartbeatMs: number
  leave(): void
  /** waits for `sent`. @throws StalledError when it takes too long */
  within(sent: Promise<unknown>): Promise<void>
}

export interface StreamHub {
  /** @throws BusyError when all places are taken */
  enter(): Place
  stop(): void
}

/** The reader took nothing for too long. */
export class StalledError extends Error {
  override readonly name = 'StalledError'
}

export function streamHub(limits: StreamLimits = {}): StreamHub {
  const { maxStreams = MAX_STREAMS, heartbeatMs = HEARTBEAT_MS, stallMs = STALL_MS } = limits
  const open = new Set<AbortController>()
  return {
    enter() {
      if (open.size >= maxStreams) throw new BusyError('streams', maxStreams)
      const controller = new AbortController()
      open.add(controller)
      return {
        signal: controller.signal,
        heartbeatMs,
        leave() {
          open.delete(controller)
          controller.abort()
        },
        async within(sent) {
          const over = new AbortController()
          const signal = AbortSignal.any([over.signal, controller.signal])
          const stalled = sleep(stallMs, undefined, { signal, ref: false }).then(
            () => {
              throw new StalledError(`nothing was read for ${stallMs} ms`)
            },
            () => undefined
          )
          try {
            await Promise.race([sent, stalled])
          } finally {
            over.abort()
          }
        }
      }
    },
    stop() {
      for (const controller of open) controller.abort()
    }
  }
}
