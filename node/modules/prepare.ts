import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isMapping } from '../../protocols/job/file-fields.ts'
import { ModuleInputError } from '../../protocols/modules/errors.ts'
import type { ModuleFiles, ResolvedModule } from '../../protocols/modules/files.ts'
import { type JobOptions, makeJob } from '../../protocols/modules/make-job.ts'
import { absolute } from '../config/convert.ts'

export interface ModuleRun extends JobOptions {
  /** values for the inputs, as text */
  given: ReadonlyMap<string, string>
  /** folder with the files that a foreign module names */
  inputsPath?: string | undefined
  /** relative paths among the values start here */
  cwd: string
}

export interface PreparedJob {
  /** a job file whose `local` paths are absolute, with the module's CID */
  job: Record<string, unknown>
  warnings: string[]
  /** removes what was put on disk for the job */
  cleanUp(): Promise<void>
}

/** The job file of a module: files of the module that the job reads are put on disk, where the upload finds them. */
export async function prepareModule({ files, pinned }: ResolvedModule, run: ModuleRun): Promise<PreparedJob> {
  const { job, warnings, inputFiles } = makeJob(files, run.given, run)
  const dir = await mkdtemp(join(tmpdir(), 'dcn-job-'))
  const cleanUp = async (): Promise<void> => await rm(dir, { recursive: true, force: true })
  try {
    const inputs = Array.isArray(job['inputs']) ? job['inputs'] : []
    const placed = await Promise.all(inputs.map(input => localInput(input, files, dir, run.cwd)))
    const all = [
      ...placed,
      ...inputFiles.map(name => ({ local: join(inputsPath(run, name), name), path: `/inputs/${name}` }))
    ]
    const engine = await localEngine(job['engine'], files, dir)
    const { inputs: _inputs, engine: _engine, ...rest } = job
    return {
      job: { ...rest, engine, ...(all.length === 0 ? {} : { inputs: all }), module: pinned.cid },
      warnings,
      cleanUp
    }
  } catch (error) {
    await cleanUp()
    throw error
  }
}

function inputsPath({ inputsPath: path, cwd }: ModuleRun, name: string): string {
  if (path !== undefined) return absolute(path, cwd)
  throw new ModuleInputError(`the module reads the file ${name}`, {
    field: name,
    limit: 'a folder with the files',
    remedy: 'give the folder with --inputs-path'
  })
}

async function localInput(input: unknown, files: ModuleFiles, dir: string, cwd: string): Promise<unknown> {
  if (!isMapping(input)) return input
  if (typeof input['local'] === 'string') {
    const local = absolute(input['local'], cwd)
    return { path: `/inputs/${basename(local)}`, ...input, local }
  }
  if (typeof input['file'] !== 'string') return input
  const { file, ...rest } = input
  return { ...rest, local: await place(input['file'], files, dir) }
}

async function localEngine(engine: unknown, files: ModuleFiles, dir: string): Promise<unknown> {
  const wasm = isMapping(engine) ? engine['wasm'] : undefined
  if (!isMapping(engine) || !isMapping(wasm) || typeof wasm['file'] !== 'string') return engine
  const { file, ...rest } = wasm
  return { ...engine, wasm: { ...rest, local: await place(wasm['file'], files, dir) } }
}

/** Paths in a module are checked: they stay below `dir`. */
async function place(path: string, files: ModuleFiles, dir: string): Promise<string> {
  for (const [name, bytes] of files) {
    if (name !== path && !name.startsWith(`${path}/`)) continue
    const target = join(dir, name)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, bytes)
  }
  return join(dir, path)
}
