import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { type Block, cidOf } from '../../protocols/common/cbor.ts'
import { UserError } from '../../protocols/common/errors.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import type { Hex } from '../../protocols/common/values.ts'
import { engineOf } from '../../protocols/job/derive.ts'
import { digestBlock } from '../../protocols/job/digest.ts'
import { encodeSpec } from '../../protocols/job/encode-spec.ts'
import type { EngineKind, JobSpec, Outcome } from '../../protocols/job/schema.ts'
import type { AbortOptions } from '../components.ts'
import type { Engine, PrepareContext, Prepared, RunOutcome } from '../engines/engine.ts'
import type { SealKey } from '../sealing/index.ts'
import { cidOfBytes, cidOfPath } from '../storage/cid-of.ts'
import type { Source, Storage } from '../storage/storage.ts'
import { LogStore } from './log-store.ts'
import { freshDirs, jobPaths } from './provider/job-files.ts'
import { KeyRing } from './seal/key-ring.ts'
import { openInput } from './seal/sealed-inputs.ts'

export interface SecondRunInit {
  /** directory for the files of a run, below one of its own */
  workDir: string
  /** all inputs of one job together */
  maxInputBytes: number
}

export interface SecondRunComponents {
  storage: Storage
  /** an engine of this kind that is ready. @throws UserError: there is none here */
  engine(kind: EngineKind): Promise<Engine>
}

export interface SecondRunRequest {
  spec: JobSpec
  /** names the run's files and what it pins */
  id: string
  /** asked for the inputs first, one after the other */
  from?: readonly Source[]
  /** of a private job: keys that may open its inputs */
  keys?: AsyncIterable<SealKey>
}

/** A job that is ready to run here: everything it needs is local. */
export interface ReadyRun {
  spec: JobSpec
  id: string
  engine: Engine
  prepared: Prepared
}

/** What a second run of a job came to. */
export interface SecondRun {
  outcome: Outcome
  wallMs: number
  /** the dag-cbor block that `digest` is the hash of: whoever knows the digest can fetch the parts of the result with it */
  block: Uint8Array
  /** sha2-256, as a provider commits to it */
  digest: Uint8Array
}

export type RunAgain = (request: SecondRunRequest, options?: AbortOptions) => Promise<SecondRun>

/** A run elsewhere may be four times as slow before it counts as one that does not end. */
const TIME_FACTOR = 4

/**
 * Runs jobs again, as a creator's spot check or as a judge: inputs by CID, this node's own engine, and the digest of what came
 * out. What came out is kept and pinned under the id, so that a dispute always yields the result.
 */
export class SecondRuns {
  readonly #init: SecondRunInit
  readonly #c: SecondRunComponents

  constructor(init: SecondRunInit, components: SecondRunComponents) {
    this.#init = init
    this.#c = components
  }

  /** All of it, files removed afterwards. @throws UserError when it cannot be run here, or its inputs cannot be had */
  readonly again: RunAgain = async (request, options = {}) => {
    try {
      return await this.run(await this.prepare(request, options), options)
    } finally {
      await this.cleanUp(request.id)
    }
  }

  /**
   * Brings inputs and modules, and has the engine look at the job. What came before an error stays, so a repeated call resumes.
   *
   * @throws EngineMissingError, UnsupportedJobError, ContentUnavailableError, TooLargeError, UnsupportedContentError, QuotaExceededError
   */
  async prepare(
    { spec, id, from = [], keys = noKeys() }: SecondRunRequest,
    options: AbortOptions = {}
  ): Promise<ReadyRun> {
    const { storage } = this.#c
    // an engine that is not there needs no inputs
    const engine = await this.#c.engine(engineOf(spec))
    const paths = this.#paths(id, spec)
    await rm(paths.root, { recursive: true, force: true })
    await mkdir(join(paths.root, 'inputs'), { recursive: true })
    // kept like an input: a run that begins anew after a crash reads it again
    const block = encodeSpec(spec)
    await storage.putBlock(block, options)
    await storage.pin(block.cid, inputPins(id))
    let left = this.#init.maxInputBytes
    const hold = async (cid: CID, most = left): Promise<void> => {
      const { sizeBytes } = await storage.fetch(cid, { ...options, from, maxBytes: Math.min(left, most) })
      left -= sizeBytes
      await storage.pin(cid, inputPins(id))
    }
    const bring = async (cid: CID, path: string, most?: number): Promise<string> => {
      await hold(cid, most)
      await storage.exportPath(cid, path, options)
      return path
    }
    const ring = new KeyRing(keys)
    const limits = { ...options, maxBytes: this.#init.maxInputBytes }
    for (const [i, { cid }] of spec.inputs.entries()) {
      const path = paths.dirs.inputs[i] ?? ''
      if (!spec.private) await bring(cid, path)
      else {
        await hold(cid)
        await ring.open(key => openInput(storage, cid, path, key, limits))
      }
    }
    const context: PrepareContext = {
      timeFactor: TIME_FACTOR,
      fetch: async (cid, most) => {
        await mkdir(paths.modules, { recursive: true })
        return await bring(cid, join(paths.modules, cid.toString()), most?.maxBytes)
      },
      block: (cid, { maxBytes }) => storage.getBlock(cid, { ...options, from, maxBytes })
    }
    return { spec, id, engine, prepared: await engine.prepare(spec, context, options) }
  }

  /** @throws UserError named EngineError: how a run ends because of this node says nothing about the job */
  async run({ spec, id, engine, prepared }: ReadyRun, options: AbortOptions = {}): Promise<SecondRun> {
    const paths = this.#paths(id, spec)
    await freshDirs(paths.dirs)
    await rm(paths.log, { force: true })
    const log = new LogStore(paths.log, runName(id))
    try {
      const onLog = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void log.append(stream, chunk)
      const run = await engine.run(prepared, paths.dirs, { id: runName(id), onLog, ...options })
      options.signal?.throwIfAborted()
      log.end()
      if (run.status === 'engine-error') throw new UserError('EngineError', run.reason ?? 'the engine failed')
      return await this.#result(id, spec, run, log.bytes('stdout'), paths.dirs.outputs, options)
    } finally {
      log.close()
    }
  }

  /** Removes the run's files and lets go of its inputs; what came out stays. */
  async cleanUp(id: string): Promise<void> {
    await rm(this.#paths(id).root, { recursive: true, force: true })
    await this.#c.storage.unpinAll(inputPins(id))
  }

  async #result(
    id: string,
    spec: JobSpec,
    { status: outcome, exitCode, usage }: RunOutcome,
    stdoutBytes: Uint8Array,
    outputsDir: string,
    options: AbortOptions
  ): Promise<SecondRun> {
    const parts = spec.private
      ? { stdout: await cidOfBytes(stdoutBytes, options), outputs: await cidOfPath(outputsDir, options) }
      : await this.#keep(id, stdoutBytes, outputsDir, options)
    const bytes = digestBlock({ outcome, exitCode, ...parts }, spec.verify.include)
    // what came out of a private job is nobody's but its creator's: only the digest leaves
    if (!spec.private) await this.#put(id, { cid: cidOf(bytes), bytes }, options)
    return { outcome, wallMs: usage.wallMs, block: bytes, digest: sha256(bytes) }
  }

  async #keep(
    id: string,
    stdoutBytes: Uint8Array,
    outputsDir: string,
    options: AbortOptions
  ): Promise<{ stdout: CID; outputs: CID }> {
    const { storage } = this.#c
    const [stdout, outputs] = await Promise.all([
      storage.importBytes(stdoutBytes, options),
      storage.importPath(outputsDir, options)
    ])
    for (const { cid } of [stdout, outputs]) await storage.pin(cid, id)
    return { stdout: stdout.cid, outputs: outputs.cid }
  }

  async #put(id: string, block: Block, options: AbortOptions): Promise<void> {
    await this.#c.storage.putBlock(block, options)
    await this.#c.storage.pin(block.cid, id)
  }

  #paths(id: string, spec?: JobSpec) {
    return jobPaths(this.#init.workDir, runName(id), spec?.inputs.length ?? 0)
  }
}

async function* noKeys(): AsyncGenerator<SealKey> {}

const inputPins = (id: string): string => `inputs of ${id}`

/** Files are named like those of a deal: a hash, whatever the id is made of. */
const runName = (id: string): Hex => `0x${Buffer.from(sha256(Buffer.from(id))).toString('hex')}`
