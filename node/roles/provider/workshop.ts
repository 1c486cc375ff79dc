import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { UserError } from '../../../protocols/common/errors.ts'
import { type Address, fromHex, type Hex, toHex } from '../../../protocols/common/values.ts'
import type { Delivery } from '../../../protocols/deal/messages.ts'
import { boundedProgress, type DealProgress } from '../../../protocols/deal/progress.ts'
import type { ProviderState, RunRecord } from '../../../protocols/deal/provider-machine.ts'
import { engineOf } from '../../../protocols/job/derive.ts'
import { resultDigest } from '../../../protocols/job/digest.ts'
import { decodeSpec, encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { encodeManifest } from '../../../protocols/job/manifest.ts'
import { type EngineKind, FELL_SHORT, type JobSpec, type ResultManifest } from '../../../protocols/job/schema.ts'
import type { Clock, Log } from '../../components.ts'
import type {
  AbortOptions,
  Engine,
  PrepareContext,
  Prepared,
  PrepareFetch,
  PrepareProgress
} from '../../engines/engine.ts'
import { checkSealKey, type SealKey } from '../../sealing/index.ts'
import type { Settlement } from '../../settlement/settlement.ts'
import type { Storage } from '../../storage/storage.ts'
import { commitmentOf } from '../commitment.ts'
import { LogStore } from '../log-store.ts'
import { importResult } from '../result-directory.ts'
import type { AskKeys } from '../seal/ask-key.ts'
import { openInput } from '../seal/sealed-inputs.ts'
import { sealResult } from '../seal/sealed-result.ts'
import { freshDirs, jobPaths } from './job-files.ts'

export interface WorkshopComponents {
  account: Address
  engines: ReadonlyMap<EngineKind, Engine>
  storage: Storage
  settlement: Settlement
  clock: Clock
  askKeys: AskKeys
  log: Log
}

export interface WorkshopInit {
  /** directory for the files of running deals */
  workDir: string
  /** all inputs of one job together */
  maxInputBytes: number
}

/** Does the work of a deal: brings the inputs, runs the engine, packs the result. One per provider. */
export class Workshop {
  readonly #init: WorkshopInit
  readonly #c: WorkshopComponents
  readonly #prepared = new Map<Hex, Prepared>()
  readonly #logs = new Map<Hex, LogStore>()
  /** preparations and runs under way; a deal's files go only when its work has ended */
  readonly #working = new Map<Hex, Promise<unknown>>()
  readonly #aborts = new Map<Hex, AbortController>()
  /** runs that the creator does not want any more, whether they have begun or not */
  readonly #cancelled = new Set<Hex>()
  /** deals whose run cannot have been started by an earlier process */
  readonly #fresh = new Set<Hex>()
  /** how far preparations are */
  readonly #progress = new Map<Hex, DealProgress>()

  constructor(init: WorkshopInit, components: WorkshopComponents) {
    this.#init = init
    this.#c = components
  }

  /** Brings everything the job needs and pins it: nothing is opened before this has succeeded. */
  async prepare(state: ProviderState, options: AbortOptions = {}): Promise<void> {
    this.#fresh.add(state.dealId)
    try {
      await this.#work(state.dealId, options, signal => this.#bring(state, { signal }))
    } finally {
      this.#progress.delete(state.dealId)
    }
  }

  /** How far the preparation of a deal is, for whoever made it; undefined where there is nothing to tell. */
  progressOf(deal: Hex): DealProgress | undefined {
    return this.#progress.get(deal)
  }

  /** Runs the job, or takes over a run that a process before this one left. */
  async run(state: ProviderState, options: AbortOptions = {}): Promise<RunRecord> {
    return await this.#work(state.dealId, options, signal => this.#run(state, signal, options))
  }

  async #run(state: ProviderState, signal: AbortSignal, options: AbortOptions): Promise<RunRecord> {
    const { dealId } = state
    const prepared = this.#prepared.get(dealId) ?? (await this.#bring(state, options))
    const engine = this.#engineOf(prepared.spec)
    const paths = this.#paths(state, prepared.spec)
    const startedAt = this.#c.clock.nowMs()
    const inherited = !this.#fresh.delete(dealId)
    // an adopted run writes its whole output again; a new one starts an empty log
    if (inherited) await this.#dropLog(state, paths.log)
    const log = this.logOf(state)
    const hooks = {
      id: dealId,
      signal,
      onLog: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void log.append(stream, chunk),
      ...(state.gpuIds === undefined ? {} : { devices: state.gpuIds })
    }
    const adopted = inherited ? await engine.adopt(dealId, paths.dirs, hooks) : undefined
    if (adopted === undefined) await freshDirs(paths.dirs)
    const outcome = adopted ?? (await engine.run(prepared, paths.dirs, hooks))
    options.signal?.throwIfAborted()
    log.end()
    return {
      status: outcome.status,
      ...(outcome.exitCode === undefined ? {} : { exitCode: outcome.exitCode }),
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason.slice(0, 300) }),
      usage: { ...outcome.usage, inputBytes: 0, outputBytes: 0 },
      startedAt,
      finishedAt: this.#c.clock.nowMs()
    }
  }

  cancel(deal: Hex): void {
    this.#cancelled.add(deal)
    this.#aborts.get(deal)?.abort()
  }

  /** Packs what came out, in every case: logs and whatever outputs exist. */
  async publish(state: ProviderState, options: AbortOptions = {}): Promise<{ delivery: Delivery; resultCid: string }> {
    const publishing = this.#publish(state, options)
    this.#working.set(state.dealId, publishing)
    return await publishing
  }

  async #publish(state: ProviderState, options: AbortOptions): Promise<{ delivery: Delivery; resultCid: string }> {
    const { run, dealId } = state
    if (run === undefined) throw new UserError('RunMissingError', 'there is no run to publish')
    const { storage, settlement } = this.#c
    const spec = decodeSpec(state.spec)
    const paths = this.#paths(state, spec)
    const log = this.logOf(state)
    await mkdir(paths.dirs.outputs, { recursive: true })
    const plain = {
      stdout: log.bytes('stdout'),
      stderr: log.bytes('stderr'),
      outputsDir: paths.dirs.outputs,
      exitCode: run.exitCode
    }
    const made = spec.private
      ? await sealResult(storage, plain, await this.keyOf(state, options), paths.root, options)
      : await importResult(storage, plain, options)
    const { result } = made
    const digest = resultDigest({ ...made, outcome: run.status, exitCode: run.exitCode }, spec.verify.include)
    const manifest = encodeManifest(this.#manifest(state, spec, { ...made, digest, root: log.root }))
    await storage.putBlock(manifest, options)
    // what is signed below must outlive a power cut. Not announced: a provider of a replica could take it for its own
    for (const cid of [manifest.cid, result]) await storage.pin(cid, dealId)
    const salt = toHex(new Uint8Array(randomBytes(32)))
    const charge = FELL_SHORT.has(run.status) ? 0n : state.deal.price
    const terms = {
      deal: dealId,
      commitment: commitmentOf(dealId, toHex(digest), salt),
      manifest: toHex(manifest.cid.multihash.digest),
      charge
    }
    const signature = await settlement.signResult(terms)
    return { delivery: { manifest: manifest.bytes, salt, result: terms, signature }, resultCid: result.toString() }
  }

  /** The key of a private deal, brought once and kept with the deal's files. @throws SealKeyUnavailableError, SealBrokenError */
  async keyOf(state: Pick<ProviderState, 'dealId' | 'creator'>, options: AbortOptions = {}): Promise<SealKey> {
    const { root, key: path } = jobPaths(this.#init.workDir, state.dealId, 0)
    const kept = await readFile(path, 'utf8').catch(() => undefined)
    if (kept !== undefined) return kept
    const { value: key } = await this.#c.askKeys(state.dealId, [state.creator], options).next()
    await checkSealKey(key)
    await mkdir(root, { recursive: true })
    await writeFile(path, key, { mode: 0o600 })
    return key
  }

  /** The live log of a deal, for as long as the deal's files are kept. */
  logOf(state: Pick<ProviderState, 'dealId'>): LogStore {
    const existing = this.#logs.get(state.dealId)
    if (existing !== undefined) return existing
    const store = new LogStore(jobPaths(this.#init.workDir, state.dealId, 0).log, state.dealId)
    this.#logs.set(state.dealId, store)
    return store
  }

  /** Removes the files of a deal that is over; its result stays in the store as long as it is pinned. */
  async cleanUp(deal: Hex): Promise<void> {
    this.cancel(deal)
    await this.#working.get(deal)?.catch(() => undefined)
    this.#working.delete(deal)
    this.#cancelled.delete(deal)
    this.#fresh.delete(deal)
    this.#prepared.delete(deal)
    this.#progress.delete(deal)
    this.#logs.get(deal)?.close()
    this.#logs.delete(deal)
    await rm(jobPaths(this.#init.workDir, deal, 0).root, { recursive: true, force: true })
  }

  close(): void {
    for (const log of this.#logs.values()) log.close()
    this.#logs.clear()
    this.#prepared.clear()
  }

  /** Work of a deal under its own signal; a cancelled deal's work ends as soon as it can. */
  async #work<T>(deal: Hex, options: AbortOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController()
    if (this.#cancelled.has(deal)) abort.abort()
    this.#aborts.set(deal, abort)
    const signal = options.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, options.signal])
    const working = work(signal)
    this.#working.set(deal, working)
    try {
      return await working
    } finally {
      if (this.#aborts.get(deal) === abort) this.#aborts.delete(deal)
      if (this.#working.get(deal) === working) this.#working.delete(deal)
    }
  }

  async #bring(state: ProviderState, options: AbortOptions): Promise<Prepared> {
    const { storage } = this.#c
    const spec = decodeSpec(state.spec)
    const paths = this.#paths(state, spec)
    await mkdir(join(paths.root, 'inputs'), { recursive: true })
    await storage.putBlock(encodeSpec(spec), options)
    const from = { peer: state.creator.peer, addrs: state.creator.addrs }
    const tell = (progress: DealProgress) => this.#progress.set(state.dealId, boundedProgress(progress))
    let left = this.#init.maxInputBytes
    const hold = async (cid: CID, path: string, { maxBytes = left, onProgress }: PrepareFetch = {}) => {
      await rm(path, { recursive: true, force: true })
      const before = this.#init.maxInputBytes - left
      const fetched = await storage.fetch(cid, {
        ...options,
        from,
        maxBytes: Math.min(left, maxBytes),
        onProgress: onProgress ?? (bytes => tell({ what: 'inputs', doneBytes: before + bytes }))
      })
      left -= fetched.sizeBytes
      await storage.pin(cid, state.dealId)
    }
    const bring = async (cid: CID, path: string, limits?: PrepareFetch) => {
      await hold(cid, path, limits)
      await storage.exportPath(cid, path, options)
      return path
    }
    const bringSealed = async (cid: CID, path: string) => {
      await hold(cid, path)
      const limits = { ...options, maxBytes: this.#init.maxInputBytes }
      await openInput(storage, cid, path, await this.keyOf(state, options), limits)
    }
    for (const [i, input] of spec.inputs.entries()) {
      const path = paths.dirs.inputs[i] ?? ''
      if (spec.private) await bringSealed(input.cid, path)
      else await bring(input.cid, path)
    }
    // also without inputs: whoever keeps back what seals the result would get a part of the collateral for it
    if (spec.private) await this.keyOf(state, options)
    const logged = everySoOften(this.#c.clock, progress =>
      this.#c.log.info({ deal: state.dealId, ...progress }, 'bringing what the job needs')
    )
    const context: PrepareContext = {
      fetch: async (cid, limits) => {
        await mkdir(paths.modules, { recursive: true })
        return await bring(cid, join(paths.modules, cid.toString()), limits)
      },
      block: (cid, { maxBytes }) => storage.getBlock(cid, { ...options, from, maxBytes }),
      onProgress: progress => {
        tell(progress)
        logged(progress)
      }
    }
    const prepared = await this.#engineOf(spec).prepare(spec, context, options)
    // with all that it links to: judges ask the provider for it, and a deal whose work nobody can repeat is lost
    await storage.pin(encodeSpec(spec).cid, state.dealId)
    this.#prepared.set(state.dealId, prepared)
    return prepared
  }

  #manifest(
    state: ProviderState,
    spec: JobSpec,
    made: {
      stdout: CID
      stderr: CID
      outputs: CID
      result: CID
      digest: Uint8Array
      root: Uint8Array
      outputBytes: number
    }
  ): ResultManifest {
    const run = state.run as RunRecord
    return {
      version: 1,
      deal: fromHex(state.dealId),
      spec: encodeSpec(spec).cid,
      provider: this.#c.account,
      outcome: run.status,
      ...(run.exitCode === undefined ? {} : { exitCode: run.exitCode }),
      ...(run.reason === undefined ? {} : { reason: run.reason }),
      stdout: made.stdout,
      stderr: made.stderr,
      outputs: made.outputs,
      result: made.result,
      usage: { ...run.usage, outputBytes: made.outputBytes },
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
      logRoot: made.root,
      digest: made.digest
    }
  }

  #paths(state: ProviderState, spec: JobSpec) {
    return jobPaths(this.#init.workDir, state.dealId, spec.inputs.length)
  }

  async #dropLog(state: ProviderState, path: string): Promise<void> {
    this.#logs.get(state.dealId)?.close()
    this.#logs.delete(state.dealId)
    await rm(path, { force: true })
  }

  #engineOf(spec: JobSpec): Engine {
    const kind = engineOf(spec)
    const engine = this.#c.engines.get(kind)
    if (engine === undefined) {
      throw new UserError('EngineMissingError', `this provider has no ${kind} engine`, { field: 'engine', value: kind })
    }
    return engine
  }
}

/** A line of the log for the first step of something large, and then every few seconds. */
const PROGRESS_MS = 5_000

function everySoOften(clock: Clock, tell: (progress: PrepareProgress) => void): (progress: PrepareProgress) => void {
  let nextMs = 0
  return progress => {
    if (clock.nowMs() < nextMs) return
    nextMs = clock.nowMs() + PROGRESS_MS
    tell(progress)
  }
}
