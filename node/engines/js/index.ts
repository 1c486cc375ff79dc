import { readFile, stat } from 'node:fs/promises'
import { TooLargeError } from '../../../protocols/common/errors.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import type { AbortOptions, Engine, PrepareContext } from '../engine.ts'
import { UnsupportedJobError } from '../errors.ts'
import { SandboxEngine, type SandboxLanguage, seedOf } from '../sandbox/engine.ts'
import { SandboxHost } from '../sandbox/host.ts'
import type { SandboxJob } from '../sandbox/job.ts'
import { textProgram } from '../sandbox/program.ts'

/** Of the guest API: a job that runs here runs the same wherever this is the same. */
const GUEST_API = '1'
/** Largest module named by CID; it is compiled before its first line runs. */
const MAX_SOURCE_BYTES = 4 * 1024 * 1024

/** JavaScript modules, each in an isolate in a process of its own that the node watches and kills. */
export const jsEngine = (host: SandboxHost = new SandboxHost()): Engine => new SandboxEngine(js, host)

const js: SandboxLanguage = {
  kind: 'js',
  version: GUEST_API,
  async prepare(spec, context, options): Promise<SandboxJob> {
    const { entry, args = [], source } = programOf(spec)
    const text = typeof source === 'string' ? source : await readSource(source, context, options)
    const { outputs, env, timeoutMs } = spec
    const { memoryBytes, diskBytes } = spec.resources
    const seed = seedOf(spec)
    return {
      spec,
      run: { type: 'run', engine: 'js', entry, args, env, memoryBytes, timeoutMs, seed, outputs, diskBytes },
      program: async () => textProgram(text)
    }
  }
}

function programOf(spec: JobSpec) {
  if ('js' in spec.engine) return spec.engine.js
  throw new UnsupportedJobError('engine', 'not a js job', 'give it to the engine it names')
}

async function readSource(
  source: Parameters<PrepareContext['fetch']>[0],
  context: PrepareContext,
  options: AbortOptions
): Promise<string> {
  const path = await context.fetch(source, options)
  const { size } = await stat(path)
  if (size > MAX_SOURCE_BYTES) throw new TooLargeError('engine.js.source (bytes)', size, MAX_SOURCE_BYTES)
  return await readFile(path, 'utf8')
}
