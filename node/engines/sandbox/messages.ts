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

/** What a sandbox is told that serves one function over slices for one owner, until it is killed. */
export interface ServeMessage {
  type: 'serve'
  entry: string
  memoryBytes: number
  /** for the module's own evaluation */
  loadMs: number
  /** for each slice */
  sliceMs: number
  /** sha2-256 of the module's text, in hex: with a slice's index it seeds everything random */
  module: string
}

/** Node → sandbox that serves. The body is one line of JSON a slice. */
export interface SlicesMessage {
  type: 'slices'
  /** place of each in the caller's list */
  indexes: number[]
}

/** Sandbox that serves → node; beside these it sends `log`, asks for its `program` and says its `end`. */
export type FromServing =
  | { type: 'loaded' }
  /** the module has no such function, or threw */
  | { type: 'refused'; reason: string }
  /** answers in the order the slices came; the body is one line each, kinds as in ANSWER */
  | { type: 'results'; count: number }

/** First character of an answer's line: what follows is a value in JSON, what was thrown as a JSON string, or nothing. */
export const ANSWER = { value: '=', threw: '!', tooLarge: '#', unsettled: '~' } as const
/** Longest value of a slice, in or out, as JSON in UTF-8: larger data belongs in a job's inputs. */
export const MAX_SLICE_BYTES = 1024 * 1024

/** Node → sandbox. `reply` answers the request with the same id; `ack` gives back credit for bytes that were handled. */
export type ToSandbox =
  | (RunMessage & { programBytes: number })
  | (ServeMessage & { programBytes: number })
  | SlicesMessage
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
