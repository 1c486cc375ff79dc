/** What a sandbox is told about its one job. The module's source is the frame's body. */
export interface RunMessage {
  type: 'run'
  entry: string
  args: string[]
  env: Record<string, string>
  memoryBytes: number
  timeoutMs: number
  /** four 32-bit numbers that seed Math.random */
  seed: [number, number, number, number]
  outputs: { name: string; path: string }[]
  diskBytes: number
}

/** Node → sandbox. `reply` answers the request with the same id; `ack` gives back credit for bytes that were handled. */
export type ToSandbox =
  | RunMessage
  | { type: 'reply'; id: number; error?: string; value?: unknown }
  | { type: 'ack'; bytes: number }

/** How the program ended, as the sandbox saw it. */
export type SandboxEnd =
  | { type: 'end'; status: 'exited'; exitCode: number }
  | { type: 'end'; status: 'timeout' | 'out-of-memory' | 'disk-full' | 'engine-error'; reason: string }

/** Sandbox → node. */
export type FromSandbox =
  | { type: 'ready' }
  | { type: 'log'; stream: 'stdout' | 'stderr' }
  | { type: 'list'; id: number; path: string }
  | { type: 'size'; id: number; path: string }
  | { type: 'read'; id: number; path: string; offset: number; length: number }
  | { type: 'write'; path: string; append: boolean }
  | SandboxEnd

/** A sandbox waits when it has sent this much that the node has not handled: bounds the memory of both. */
export const CREDIT_BYTES = 4 * 1024 * 1024
/** One piece of an input or output on its way through the channel. */
export const PIECE_BYTES = 1024 * 1024
/** V8 needs this much for an isolate to start at all. */
export const MIN_MEMORY_BYTES = 8 * 1024 * 1024
