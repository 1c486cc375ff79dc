import type { AbortOptions } from '../components.ts'
import type { NodeEvent } from './views.ts'

/** Events kept for readers that come back: a few minutes of a busy node at about 1 KB each. */
const KEPT = 1024

type Stamped = 'seq' | 'at'
/** An event before the hub gave it its number and time. */
export type NewEvent = NodeEvent extends infer E ? (E extends NodeEvent ? Omit<E, Stamped> : never) : never

export interface EventHub {
  publish(event: NewEvent): void
  /** events from now on, or after `after` as far back as is kept; a reader that is too slow misses some and sees it by `seq` */
  events(options?: AbortOptions & { after?: number }): AsyncIterable<NodeEvent>
  /** ends every reader */
  close(): void
}

/**
 * Hands a node's events to any number of readers. Readers share one bounded ring, so a slow one costs nothing.
 *
 * @param now clock of the stamps. @default Date.now
 */
export function eventHub(init: { kept?: number; now?: () => number } = {}): EventHub {
  const { kept = KEPT, now = Date.now } = init
  const ring: NodeEvent[] = []
  const waiting = new Set<() => void>()
  let last = 0
  let closed = false

  function wake(): void {
    for (const resolve of waiting) resolve()
    waiting.clear()
  }

  async function* read(after: number, signal: AbortSignal | undefined): AsyncIterable<NodeEvent> {
    let seen = after
    while (!closed && signal?.aborted !== true) {
      const next = ring[Math.max(0, ring.length - (last - seen))]
      if (seen < last && next !== undefined) {
        seen = next.seq
        yield next
        continue
      }
      await new Promise<void>(resolve => {
        const done = (): void => {
          waiting.delete(done)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        waiting.add(done)
        signal?.addEventListener('abort', done, { once: true })
      })
    }
  }

  return {
    publish(event) {
      last++
      ring.push({ ...event, seq: last, at: now() })
      if (ring.length > kept) ring.shift()
      wake()
    },
    events: (options = {}) => {
      // a number from an earlier life of the node is ahead of ours: start with what happens now
      const after = options.after === undefined || options.after > last ? last : options.after
      return read(after, options.signal)
    },
    close() {
      closed = true
      wake()
    }
  }
}
