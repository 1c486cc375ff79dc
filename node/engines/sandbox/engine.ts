import { encode } from '../../../protocols/common/cbor.ts'
import { messageOf } from '../../../protocols/common/errors.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { toWire } from '../../../protocols/common/parse.ts'
import { type EngineKind, type JobSpec, jobSpec } from '../../../protocols/job/schema.ts'
import type {
  AbortOptions,
  Capabilities,
  Engine,
  JobDirs,
  PrepareContext,
  Prepared,
  RunOptions,
  RunOutcome
} from '../engine.ts'
import { EngineStoppedError, UnsupportedJobError } from '../errors.ts'
import type { SandboxHost } from './host.ts'
import type { SandboxJob } from './job.ts'
import { MIN_MEMORY_BYTES, type RunMessage } from './messages.ts'
import { runInSandbox } from './run.ts'
import type { Isolation } from './spawn.ts'

/** A kind of program that runs in a sandbox process. */
export interface SandboxLanguage {
  kind: EngineKind & RunMessage['engine']
  /** of what a program finds there: a job that runs here runs the same wherever this, V8 and the processor's architecture are the same */
  version: string
  /** refuses what is known to be impossible. @throws UserError */
  prepare(spec: JobSpec, context: PrepareContext, options: AbortOptions): Promise<SandboxJob>
}

/** What `prepare` hands to `run`. */
interface PreparedSandbox extends Prepared {
  job: SandboxJob
}

/** Runs jobs of one language, each in a sandbox process of its own that the node watches and kills. */
export class SandboxEngine implements Engine {
  readonly #language: SandboxLanguage
  readonly #host: SandboxHost
  readonly #running = new Map<string, AbortController>()

  constructor(language: SandboxLanguage, host: SandboxHost) {
    this.#language = language
    this.#host = host
  }

  get kind(): SandboxLanguage['kind'] {
    return this.#language.kind
  }

  async probe(): Promise<Capabilities> {
    const { kind, version } = this.#language
    const found = await this.#host.probe()
    return 'isolation' in found
      ? { available: true, kind, version, features: featuresOf(found.isolation) }
      : { available: false, kind, ...found }
  }

  start(): Promise<void> {
    return this.#host.open(this)
  }

  async stop(): Promise<void> {
    for (const [id, controller] of this.#running) controller.abort(new EngineStoppedError(id))
    await this.#host.close(this)
  }

  async prepare(spec: JobSpec, context: PrepareContext, options: AbortOptions = {}): Promise<PreparedSandbox> {
    check(spec, this.kind, this.#host.maxMemoryBytes)
    return { spec, job: await this.#language.prepare(spec, context, options) }
  }

  async run(prepared: Prepared, dirs: JobDirs, options: RunOptions): Promise<RunOutcome> {
    const { job } = prepared as PreparedSandbox
    const controller = new AbortController()
    this.#running.set(options.id, controller)
    const signal =
      options.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, options.signal])
    try {
      const outcome = await this.#run(job, dirs, { ...options, signal })
      if (controller.signal.aborted) throw controller.signal.reason
      return outcome
    } finally {
      this.#running.delete(options.id)
      this.#host.refill()
    }
  }

  /** A sandbox dies with the node that started it: there is never anything to take over. */
  async adopt(): Promise<undefined> {
    return undefined
  }

  async #run(job: SandboxJob, dirs: JobDirs, options: RunOptions): Promise<RunOutcome> {
    try {
      await this.start()
      return await runInSandbox(await this.#host.take(), job, dirs, options)
    } catch (error) {
      return { status: 'engine-error', reason: messageOf(error), usage: { wallMs: 0, cpuMs: 0, maxRssBytes: 0 } }
    }
  }
}

/** Randomness of a job comes from its specification: every honest run of it draws the same numbers. */
export function seedOf(spec: JobSpec): RunMessage['seed'] {
  const digest = Buffer.from(sha256(encode(toWire(jobSpec, spec, 'job spec'))))
  return [digest.readInt32BE(0), digest.readInt32BE(4), digest.readInt32BE(8), digest.readInt32BE(12)]
}

function featuresOf(isolation: Isolation): Record<string, string> {
  return {
    v8: process.versions.v8,
    node: process.versions.node,
    arch: process.arch,
    isolation: isolation.name,
    network: isolation.network,
    user: isolation.user,
    memory: process.platform === 'linux' ? 'watched' : 'isolate limit only',
    ...(isolation.network === 'none'
      ? {}
      : { warning: 'sandbox processes keep the host’s network: unshare is missing or not allowed' })
  }
}

function check(spec: JobSpec, kind: string, maxMemory: number): void {
  const { memoryBytes, gpus } = spec.resources
  if (!(kind in spec.engine)) {
    throw new UnsupportedJobError('engine', `not a ${kind} job`, 'give it to the engine it names')
  }
  if (spec.network !== 'none') {
    throw new UnsupportedJobError('network', `${kind} jobs have no network`, 'set network: none', spec.network)
  }
  if (gpus !== undefined) {
    throw new UnsupportedJobError('resources.gpus', `${kind} jobs have no GPU`, 'remove resources.gpus')
  }
  if (memoryBytes < MIN_MEMORY_BYTES || memoryBytes > maxMemory) {
    const remedy = `ask for ${MIN_MEMORY_BYTES} to ${maxMemory} bytes`
    throw new UnsupportedJobError('resources.memoryBytes', `outside what a ${kind} job can have`, remedy, memoryBytes)
  }
}
