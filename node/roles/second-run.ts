import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { UserError } from '../../protocols/common/errors.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import type { Hex } from '../../protocols/common/values.ts'
import { engineOf } from '../../protocols/job/derive.ts'
import { digestBlock } from '../../protocols/job/digest.ts'
import type { EngineKind, JobSpec, Outcome } from '../../protocols/job/schema.ts'
import type { AbortOptions } from '../components.ts'
import type { Engine } from '../engines/engine.ts'
import type { Source, Storage } from '../storage/storage.ts'
import { LogStore } from './log-store.ts'
import { freshDirs, jobPaths } from './provider/job-files.ts'

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
  /** asked for the inputs first */
  from?: Source
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
 * Runs a job again, as its creator's spot check or as a judge: inputs by CID, this node's own engine, and the digest of what
 * came out. What came out is kept and pinned under the id, so that a dispute always yields the result.
 *
 * @throws UserError when it cannot be run here, or its inputs cannot be had
 */
export function secondRuns(
  { workDir, maxInputBytes }: SecondRunInit,
  { storage, engine }: SecondRunComponents
): RunAgain {
  return async ({ spec, id, from }: SecondRunRequest, options = {}) => {
    const name = runName(id)
    const paths = jobPaths(workDir, name, spec.inputs.length)
    await rm(paths.root, { recursive: true, force: true })
    await mkdir(join(paths.root, 'inputs'), { recursive: true })
    let left = maxInputBytes
    const bring = async (cid: CID, path: string): Promise<string> => {
      const { sizeBytes } = await storage.fetch(cid, {
        ...options,
        maxBytes: left,
        ...(from === undefined ? {} : { from })
      })
      left -= sizeBytes
      await storage.pin(cid, id)
      await storage.exportPath(cid, path, options)
      return path
    }
    const log = new LogStore(paths.log, name)
    try {
      for (const [i, input] of spec.inputs.entries()) await bring(input.cid, paths.dirs.inputs[i] ?? '')
      const fetch = async (cid: CID) => {
        await mkdir(paths.modules, { recursive: true })
        return await bring(cid, join(paths.modules, cid.toString()))
      }
      const ready = await engine(engineOf(spec))
      const prepared = await ready.prepare(spec, { fetch, timeFactor: TIME_FACTOR }, options)
      await freshDirs(paths.dirs)
      const onLog = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void log.append(stream, chunk)
      const run = await ready.run(prepared, paths.dirs, { id: name, onLog, ...options })
      options.signal?.throwIfAborted()
      log.end()
      if (run.status === 'engine-error') throw new UserError('EngineError', run.reason ?? 'the engine failed')
      const [stdout, outputs] = await Promise.all([
        storage.importBytes(log.bytes('stdout'), options),
        storage.importPath(paths.dirs.outputs, options)
      ])
      const parts = { outcome: run.status, exitCode: run.exitCode, stdout: stdout.cid, outputs: outputs.cid }
      const block = digestBlock(parts, spec.verify.include)
      for (const { cid } of [stdout, outputs]) await storage.pin(cid, id)
      return { outcome: run.status, wallMs: run.usage.wallMs, block, digest: sha256(block) }
    } finally {
      log.close()
      await rm(paths.root, { recursive: true, force: true })
    }
  }
}

/** Files are named like those of a deal: a hash, whatever the id is made of. */
const runName = (id: string): Hex => `0x${Buffer.from(sha256(Buffer.from(id))).toString('hex')}`
