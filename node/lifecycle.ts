import { messageOf } from '../protocols/common/errors.ts'
import type { Log } from './components.ts'

/** Something with a life of its own; what it starts, it stops. */
export interface Part {
  name: string
  start(): unknown
  stop(): unknown
}

/**
 * Starts parts one after another and stops what was started in reverse; both idempotent. A part that does not stop well keeps no other
 * from stopping: `stop` rejects with the first error when all have had their turn. Work that a stop cut off is no error.
 */
export function inOrder(log: Log, parts: readonly Part[]): { start(): Promise<void>; stop(): Promise<void> } {
  const started: Part[] = []
  return {
    async start() {
      for (const part of parts.slice(started.length)) {
        log.debug({ part: part.name }, 'starting')
        // counted before it has started: a half-started part is stopped too
        started.push(part)
        await part.start()
      }
    },
    async stop() {
      const errors: unknown[] = []
      for (let part = started.pop(); part !== undefined; part = started.pop()) {
        log.debug({ part: part.name }, 'stopping')
        try {
          await part.stop()
        } catch (error) {
          if (isCut(error)) {
            log.debug({ part: part.name, error }, 'work was cut off')
            continue
          }
          log.error({ part: part.name, error: messageOf(error) }, 'did not stop as it should')
          errors.push(error)
        }
      }
      if (errors.length > 0) throw errors[0]
    }
  }
}

const isCut = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
