import type { CID } from 'multiformats/cid'
import type { EngineKind, JobSpec, Outcome, Usage } from '../../protocols/job/schema.ts'
import type { AbortOptions } from '../components.ts'

export type { AbortOptions }

/** What a probe found: `available: false` says why and what would help. */
export type Capabilities =
  | { available: true; kind: EngineKind; version: string; features: Record<string, string> }
  | { available: false; kind: EngineKind; reason: string; remedy: string }

/** Directories of one run, made by the caller, removed by the caller. All absolute. */
export interface JobDirs {
  /** `inputs[i]` of the spec lies at `inputs[i]`: a file or a directory, already fetched and verified, readable by everyone */
  inputs: string[]
  /** empty; the engine puts `<output name>/…` or `<output name>` here */
  outputs: string
  /** for the engine's own use */
  scratch: string
}

/** A piece of output as the program wrote it. */
export type OnLog = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void

export interface RunOptions extends AbortOptions {
  /** names what the engine starts, so that a restarted node finds it: the deal id */
  id: string
  /** receives output in order per stream; the engine stops producing when the log cap is reached by the caller's signal */
  onLog: OnLog
  /** ids of the GPUs that are this run's alone, where its specification asks for some */
  devices?: readonly string[]
}

export interface RunOutcome {
  status: Outcome
  /** present when the program ended by itself */
  exitCode?: number
  /** one plain sentence when the status is not `exited` */
  reason?: string
  usage: Pick<Usage, 'wallMs' | 'cpuMs' | 'maxRssBytes'>
}

/**
 * What runs a job. One instance serves many runs; every run that starts ends in a RunOutcome (a rejected promise is a bug
 * of ours), and nothing of it is left afterwards: no process, container, mount or file outside `dirs`. One exception: when
 * `stop` is called under a run, the run rejects with EngineStoppedError. That is no outcome: ask `adopt` after the next start.
 */
export interface Engine {
  readonly kind: EngineKind
  /** looks at the host; cheap, may be called again */
  probe(options?: AbortOptions): Promise<Capabilities>
  /**
   * brings what the job needs besides its inputs (an image, a module); `fetch` resolves a CID to a local path
   *
   * @throws UnsupportedJobError, ImageUnavailableError: the specification cannot run here, known before anything has
   */
  prepare(spec: JobSpec, context: PrepareContext, options?: AbortOptions): Promise<Prepared>
  run(prepared: Prepared, dirs: JobDirs, options: RunOptions): Promise<RunOutcome>
  /**
   * takes over a run that an earlier process of this node started; undefined when there is none. The log is told again from
   * the program's first byte.
   */
  adopt(id: string, dirs: JobDirs, options: RunOptions): Promise<RunOutcome | undefined>
  /** keeps something warm, if the engine has such a thing */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface PrepareContext {
  /**
   * how many times as long as its timeoutMs the job may run: a judge's machine may be slower than a provider's. Everything else that
   * follows from the specification, its random numbers for instance, stays as it is. @default 1
   */
  timeFactor?: number
  /** the local path of a UnixFS file or directory named by CID, at most `maxBytes` where that is given */
  fetch(cid: CID, options?: PrepareFetch): Promise<string>
  /** a single block named by CID */
  block(cid: CID, options: AbortOptions & { maxBytes: number }): Promise<Uint8Array>
  /** told how far something large has come */
  onProgress?(progress: PrepareProgress): void
}

export interface PrepareFetch extends AbortOptions {
  maxBytes?: number
  /** told the file bytes that are here; without it they count as inputs of the job */
  onProgress?(bytes: number): void
}

export interface PrepareProgress {
  /** `prepare`: what was brought is made ready */
  what: 'image' | 'prepare'
  doneBytes: number
  /** absent while nobody knows */
  totalBytes?: number
}

/** A job ready to run: the spec and whatever the engine resolved for it. */
export interface Prepared {
  spec: JobSpec
  [key: string]: unknown
}
