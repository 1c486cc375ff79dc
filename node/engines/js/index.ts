import { readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { encode } from '../../../protocols/common/cbor.ts'
import { messageOf, TooLargeError } from '../../../protocols/common/errors.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { toWire } from '../../../protocols/common/parse.ts'
import { type JobSpec, jobSpec } from '../../../protocols/job/schema.ts'
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
import { makeEmptyDir } from './empty-dir.ts'
import { MAX_BODY_BYTES } from './frames.ts'
import { sandboxPath } from './locate.ts'
import { MIN_MEMORY_BYTES, type RunMessage } from './messages.ts'
import { SandboxPool } from './pool.ts'
import { type JsJob, runInSandbox } from './run.ts'
import { type Isolation, isolations, spawnSandbox } from './spawn.ts'

export { sandboxPath } from './locate.ts'

export interface JsEngineInit {
  /** idle sandboxes kept ready @default 1 */
  warm?: number
  /** the most memory a job may ask for, in bytes @default 2 GiB */
  maxMemoryBytes?: number
}

const DEFAULT_MAX_MEMORY_BYTES = 2 * 1024 ** 3
/** Of the guest API: a job that runs here runs the same wherever this is the same. */
const GUEST_API = '1'

/** What `prepare` hands to `run`. */
interface PreparedJs extends Prepared {
  source: string
  seed: RunMessage['seed']
}

/** JavaScript modules, each in an isolate in a process of its own that the node watches and kills. */
export const jsEngine = (init: JsEngineInit = {}): Engine => new JsEngine(init)

class JsEngine implements Engine {
  readonly kind = 'js'
  readonly #warm: number
  readonly #maxMemory: number
  readonly #running = new Map<string, AbortController>()
  #isolation: Isolation | undefined
  #probed: Promise<Capabilities> | undefined
  #pool: SandboxPool | undefined
  #cwd: string | undefined

  constructor(init: JsEngineInit) {
    this.#warm = init.warm ?? 1
    this.#maxMemory = init.maxMemoryBytes ?? DEFAULT_MAX_MEMORY_BYTES
  }

  /** The first call starts a sandbox in each way until one works; the answer holds for the life of this process. */
  probe(): Promise<Capabilities> {
    this.#probed ??= this.#probe()
    return this.#probed
  }

  async start(): Promise<void> {
    if (this.#pool !== undefined) return
    const found = await this.probe()
    const entry = sandboxPath()
    if (!found.available || this.#isolation === undefined || entry === undefined) return
    this.#cwd = await makeEmptyDir()
    this.#pool = new SandboxPool({ entry, isolation: this.#isolation, cwd: this.#cwd, warm: this.#warm })
  }

  async stop(): Promise<void> {
    for (const [id, controller] of this.#running) controller.abort(new EngineStoppedError(id))
    const pool = this.#pool
    this.#pool = undefined
    await pool?.close()
    if (this.#cwd !== undefined) await rm(this.#cwd, { recursive: true, force: true })
    this.#cwd = undefined
  }

  async prepare(spec: JobSpec, context: PrepareContext, options: AbortOptions = {}): Promise<PreparedJs> {
    check(spec, this.#maxMemory)
    return { spec, source: await sourceOf(spec, context, options), seed: seedOf(spec) }
  }

  async run(prepared: Prepared, dirs: JobDirs, options: RunOptions): Promise<RunOutcome> {
    const job = jobOf(prepared as PreparedJs)
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
      this.#pool?.refill()
    }
  }

  /** A sandbox dies with the node that started it: there is never anything to take over. */
  async adopt(): Promise<undefined> {
    return undefined
  }

  async #run(job: JsJob, dirs: JobDirs, options: RunOptions): Promise<RunOutcome> {
    try {
      await this.start()
      if (this.#pool === undefined) throw new Error('the js engine is not available')
      const sandbox = await this.#pool.take()
      return await runInSandbox(sandbox, job, dirs, options)
    } catch (error) {
      return { status: 'engine-error', reason: messageOf(error), usage: { wallMs: 0, cpuMs: 0, maxRssBytes: 0 } }
    }
  }

  async #probe(): Promise<Capabilities> {
    const entry = sandboxPath()
    if (entry === undefined) {
      const remedy = 'reinstall the package: dist/bin/js-sandbox.mjs is missing'
      return { available: false, kind: 'js', reason: 'the sandbox program is not installed', remedy }
    }
    const failures: string[] = []
    for (const isolation of isolations(this.#maxMemory)) {
      try {
        await (await spawnSandbox({ entry, isolation, cwd: tmpdir() })).kill()
        this.#isolation = isolation
        return { available: true, kind: 'js', version: GUEST_API, features: featuresOf(isolation) }
      } catch (error) {
        failures.push(messageOf(error))
      }
    }
    const remedy = 'isolated-vm needs Node 24 and its prebuilt binary for this platform; see docs/engines.md'
    return { available: false, kind: 'js', reason: failures.at(-1) ?? 'no sandbox', remedy }
  }
}

function featuresOf(isolation: Isolation): Record<string, string> {
  return {
    v8: process.versions.v8,
    node: process.versions.node,
    isolation: isolation.name,
    network: isolation.network,
    user: isolation.user,
    memory: process.platform === 'linux' ? 'watched' : 'isolate limit only',
    ...(isolation.network === 'none'
      ? {}
      : { warning: 'sandbox processes keep the host’s network: unshare is missing or not allowed' })
  }
}

function check(spec: JobSpec, maxMemory: number): void {
  const { memoryBytes, gpus } = spec.resources
  if (!('js' in spec.engine)) throw new UnsupportedJobError('engine', 'not a js job', 'give it to the engine it names')
  if (spec.network !== 'none') {
    throw new UnsupportedJobError('network', 'js jobs have no network', 'set network: none', spec.network)
  }
  if (gpus !== undefined)
    throw new UnsupportedJobError('resources.gpus', 'js jobs have no GPU', 'remove resources.gpus')
  if (memoryBytes < MIN_MEMORY_BYTES || memoryBytes > maxMemory) {
    const remedy = `ask for ${MIN_MEMORY_BYTES} to ${maxMemory} bytes`
    throw new UnsupportedJobError('resources.memoryBytes', 'outside what a js job can have', remedy, memoryBytes)
  }
}

async function sourceOf(spec: JobSpec, context: PrepareContext, options: AbortOptions): Promise<string> {
  if (!('js' in spec.engine)) throw new UnsupportedJobError('engine', 'not a js job', 'give it to the engine it names')
  const { source } = spec.engine.js
  if (typeof source === 'string') return source
  const path = await context.fetch(source, options)
  const { size } = await stat(path)
  if (size > MAX_BODY_BYTES) throw new TooLargeError('engine.js.source (bytes)', size, MAX_BODY_BYTES)
  return await readFile(path, 'utf8')
}

/** Randomness of a job comes from its specification: every honest run of it draws the same numbers. */
export function seedOf(spec: JobSpec): RunMessage['seed'] {
  const digest = Buffer.from(sha256(encode(toWire(jobSpec, spec, 'job spec'))))
  return [digest.readInt32BE(0), digest.readInt32BE(4), digest.readInt32BE(8), digest.readInt32BE(12)]
}

function jobOf({ spec, source, seed }: PreparedJs): JsJob {
  const js = 'js' in spec.engine ? spec.engine.js : undefined
  const { memoryBytes, diskBytes } = spec.resources
  return {
    spec,
    source,
    run: {
      type: 'run',
      entry: js?.entry ?? 'default',
      args: js?.args ?? [],
      env: spec.env,
      memoryBytes,
      timeoutMs: spec.timeoutMs,
      seed,
      outputs: spec.outputs,
      diskBytes
    }
  }
}
