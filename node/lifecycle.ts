import type { Log } from './components.ts'

/** Something with a life of its own; what it starts, it stops. */
export interface Part {
  name: string
  start(): unknown
  stop(): unknown
}

/** Starts parts one after another and stops what was started in reverse; both idempotent. */
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
      for (let part = started.pop(); part !== undefined; part = started.pop()) {
        log.debug({ part: part.name }, 'stopping')
        await part.stop()
      }
    }
  }
}
