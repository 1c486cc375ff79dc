import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CID } from 'multiformats/cid'
import type { Engine, JobDirs, PrepareContext, RunOptions, RunOutcome } from '../../../node/engines/engine.ts'
import { parse } from '../../../protocols/common/parse.ts'
import { type JobSpec, jobSpec } from '../../../protocols/job/schema.ts'

const MIB = 1024 * 1024
/** Stands for whatever a test has lying in a file. */
export const ANY_CID = CID.parse('bafkqaaa')

export interface JobInit {
  engine: JobSpec['engine']
  /** what a CID in the engine's part stands for */
  module?: string
  env?: Record<string, string>
  /** container path → files below it, or the content of a single file */
  inputs?: Record<string, Record<string, string> | string>
  outputs?: { name: string; path: string }[]
  timeoutMs?: number
  cpuMillis?: number
  memoryBytes?: number
  diskBytes?: number
  network?: JobSpec['network']
}

export function specOf(init: JobInit): JobSpec {
  return parse(
    jobSpec,
    {
      version: 1,
      engine: init.engine,
      env: init.env ?? {},
      inputs: Object.keys(init.inputs ?? {}).map(path => ({ cid: ANY_CID, path })),
      outputs: init.outputs ?? [{ name: 'result', path: '/outputs/result' }],
      resources: {
        cpuMillis: init.cpuMillis ?? 1000,
        memoryBytes: init.memoryBytes ?? 64 * MIB,
        diskBytes: init.diskBytes ?? 8 * MIB
      },
      network: init.network ?? 'none',
      timeoutMs: init.timeoutMs ?? 20_000,
      verify: { policy: 'none', include: ['stdout'] },
      retry: 'safe',
      private: false
    },
    'job spec'
  )
}

export interface Ran {
  outcome: RunOutcome
  stdout: string
  stderr: string
  /** output path → bytes as text */
  files: Record<string, string>
}

/** Resolves the module of a job; there is nothing else to fetch. */
export function contextOf({ module }: Pick<JobInit, 'module'> = {}): PrepareContext {
  return {
    async fetch() {
      if (module === undefined) throw new Error('nothing to fetch')
      return module
    },
    async block() {
      throw new Error('no block to fetch')
    }
  }
}

/** Directories of one run below a temporary directory of its own, as the provider makes them. */
export class Workplace {
  readonly root: string
  #next = 0

  constructor(root: string) {
    this.root = root
  }

  /** where the latest run's directories are */
  get last(): string {
    return join(this.root, String(this.#next - 1))
  }

  static async make(): Promise<Workplace> {
    return new Workplace(await mkdtemp(join(tmpdir(), 'dcn-engine-test-')))
  }

  async dirs(init: JobInit): Promise<JobDirs> {
    const base = join(this.root, String(this.#next++))
    const dirs: JobDirs = { inputs: [], outputs: join(base, 'outputs'), scratch: join(base, 'scratch') }
    await mkdir(dirs.outputs, { recursive: true })
    await mkdir(dirs.scratch)
    for (const [i, content] of Object.values(init.inputs ?? {}).entries()) {
      const path = join(base, 'inputs', String(i))
      await mkdir(dirname(path), { recursive: true })
      dirs.inputs.push(path)
      if (typeof content === 'string') await writeFile(path, content)
      else {
        await mkdir(path)
        for (const [name, text] of Object.entries(content)) {
          await mkdir(dirname(join(path, name)), { recursive: true })
          await writeFile(join(path, name), text)
        }
      }
    }
    return dirs
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true })
  }
}

export interface EngineBench {
  engine: Engine
  place: Workplace
}

/** An engine and a workplace for the suite that calls this, from its first test on; skips it where the engine cannot run. */
export function engineBench(make: () => Engine): EngineBench {
  const bench = { engine: make() } as EngineBench
  before(async function () {
    const found = await bench.engine.probe()
    if (!found.available) return this.skip()
    bench.place = await Workplace.make()
    await bench.engine.start()
  })
  after(async () => {
    await bench.engine.stop()
    await bench.place?.remove()
  })
  return bench
}

export interface RunInit {
  id?: string
  signal?: AbortSignal
  onLog?: RunOptions['onLog']
}

/** Collects what a run says and leaves. */
export async function collect(
  dirs: JobDirs,
  init: RunInit,
  start: (o: RunOptions) => Promise<RunOutcome>
): Promise<Ran> {
  const logs = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  const outcome = await start({
    id: init.id ?? `deal-${Math.random().toString(16).slice(2)}`,
    ...(init.signal === undefined ? {} : { signal: init.signal }),
    onLog: (stream, chunk) => {
      logs[stream].push(chunk)
      init.onLog?.(stream, chunk)
    }
  })
  const text = (chunks: Uint8Array[]) => Buffer.concat(chunks).toString('utf8')
  return { outcome, stdout: text(logs.stdout), stderr: text(logs.stderr), files: await filesBelow(dirs.outputs) }
}

export async function runJob(engine: Engine, place: Workplace, job: JobInit, init: RunInit = {}): Promise<Ran> {
  const dirs = await place.dirs(job)
  const prepared = await engine.prepare(specOf(job), contextOf(job))
  return await collect(dirs, init, options => engine.run(prepared, dirs, options))
}

async function filesBelow(dir: string): Promise<Record<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files: Record<string, string> = {}
  for (const entry of entries.filter(e => e.isFile())) {
    const file = join(entry.parentPath, entry.name)
    files[file.slice(dir.length + 1)] = await readFile(file, 'utf8')
  }
  return files
}
