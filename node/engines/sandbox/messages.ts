interface RunCommon {
  type: 'run'
  args: string[]
  env: Record<string, string>
  memoryBytes: number
  timeoutMs: number
  /** four 32-bit numbers that seed everything random */
  seed: [number, number, number, number]
  outputs: { name: string; path: string }[]
  diskBytes: number
}

export interface JsRun extends RunCommon {
  engine: 'js'
  entry: string
}

export interface WasmRun extends RunCommon {
  engine: 'wasm'
  /** container paths */
  inputs: string[]
}

/** What a sandbox is told about its one job. */
export type RunMessage = JsRun | WasmRun

/** Node → sandbox. `reply` answers the request with the same id; `ack` gives back credit for bytes that were handled. */
export type ToSandbox =
  | (RunMessage & { programBytes: number })
  | { type: 'reply'; id: number; error?: string; value?: unknown }
  | { type: 'ack'; bytes: number }

/** How the program ended, as the sandbox saw it. */
export type SandboxEnd =
  | { type: 'end'; status: 'exited'; exitCode: number }
  | { type: 'end'; status: 'timeout' | 'out-of-memory' | 'disk-full' | 'engine-error'; reason: string }

/** What a sandbox asks: each has one reply. */
export type SandboxRequest =
  /** container paths of the input files below `path`, as JSON */
  | { type: 'list'; path: string }
  /** what lies in an input directory, as JSON: [name, bytes or -1 for a directory][] */
  | { type: 'entries'; path: string }
  /** bytes of an input file, -1 for a directory */
  | { type: 'size'; path: string }
  | { type: 'read'; path: string; offset: number; length: number }
  /** a piece of the module that is to run */
  | { type: 'program'; offset: number; length: number }

/** Sandbox → node. */
export type FromSandbox =
  | { type: 'ready' }
  | { type: 'log'; stream: 'stdout' | 'stderr' }
  | (SandboxRequest & { id: number })
  | { type: 'write'; path: string; append: boolean }
  | { type: 'mkdir'; path: string }
  /** the program is over, what it left follows: its time is not counted any more */
  | { type: 'collecting' }
  | SandboxEnd

/** A sandbox waits when it has sent this much that the node has not handled: bounds the memory of both. */
export const CREDIT_BYTES = 4 * 1024 * 1024
/** Credit that a directory costs, so that thousands of them do not pile up either. */
export const DIRECTORY_BYTES = 1024
/** One piece of an input or output on its way through the channel. */
export const PIECE_BYTES = 1024 * 1024
/** V8 needs this much for an isolate to start at all. */
export const MIN_MEMORY_BYTES = 8 * 1024 * 1024
