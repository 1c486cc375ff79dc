import { readFile, stat } from 'node:fs/promises'
import { TooLargeError } from '../../../protocols/common/errors.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import type { Engine } from '../engine.ts'
import { UnsupportedJobError } from '../errors.ts'
import { SandboxEngine, type SandboxLanguage, seedOf } from '../sandbox/engine.ts'
import { SandboxHost } from '../sandbox/host.ts'
import type { SandboxJob } from '../sandbox/job.ts'
import { fileProgram } from '../sandbox/program.ts'
import { PAGE_BYTES, pagesOf } from './module/cap-memory.ts'
import { inspectModule, type ModuleFacts } from './module/inspect.ts'
import { BadModuleError } from './module/reader.ts'

/** Of WASI as it is here: a job that runs here runs the same wherever this is the same. */
const GUEST_API = '1'
/** Largest module: a whole language with its library fits; it is read at once when a job is prepared. */
export const MAX_MODULE_BYTES = 64 * 1024 * 1024

/** WebAssembly commands for WASI preview 1, each in an isolate in a process of its own that the node watches and kills. */
export const wasmEngine = (host: SandboxHost = new SandboxHost()): Engine => new SandboxEngine(wasm, host)

const wasm: SandboxLanguage = {
  kind: 'wasm',
  version: GUEST_API,
  async prepare(spec, context, options): Promise<SandboxJob> {
    const { module, args = [] } = programOf(spec)
    const path = await context.fetch(module, options)
    checkMemory(await inspect(path), spec.resources.memoryBytes)
    const { outputs, env, timeoutMs } = spec
    const { memoryBytes, diskBytes } = spec.resources
    const inputs = spec.inputs.map(input => input.path)
    const seed = seedOf(spec)
    return {
      spec,
      run: { type: 'run', engine: 'wasm', inputs, args, env, memoryBytes, timeoutMs, seed, outputs, diskBytes },
      program: () => fileProgram(path)
    }
  }
}

function programOf(spec: JobSpec) {
  if ('wasm' in spec.engine) return spec.engine.wasm
  throw new UnsupportedJobError('engine', 'not a wasm job', 'give it to the engine it names')
}

async function inspect(path: string): Promise<ModuleFacts> {
  const found = await stat(path)
  if (!found.isFile()) throw badModule('it is a directory')
  if (found.size > MAX_MODULE_BYTES) throw new TooLargeError('engine.wasm.module (bytes)', found.size, MAX_MODULE_BYTES)
  try {
    return inspectModule(await readFile(path))
  } catch (error) {
    if (error instanceof BadModuleError) throw badModule(error.message)
    throw error
  }
}

function badModule(why: string): UnsupportedJobError {
  const remedy = 'compile a command for WASI preview 1 (wasm32-wasip1, wasm32-wasi); see docs/engines.md'
  return new UnsupportedJobError('engine.wasm.module', `the module cannot run here: ${why}`, remedy)
}

function checkMemory({ memory }: ModuleFacts, memoryBytes: number): void {
  if (memory === undefined || memory.initial <= pagesOf(memoryBytes)) return
  const needed = memory.initial * PAGE_BYTES
  throw new UnsupportedJobError(
    'resources.memoryBytes',
    `the module starts with ${needed} bytes of memory`,
    `ask for ${needed} bytes or more`,
    memoryBytes
  )
}
