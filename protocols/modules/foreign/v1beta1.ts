import { parseCpu } from '../../common/units.ts'
import { asCid } from '../../job/file-engine.ts'
import { NotConvertibleError } from '../errors.ts'
import type { GoObject } from './go-json.ts'

/** What became of a foreign job: a specification in file form, and what was left out of it. */
export interface Converted {
  job: Record<string, unknown>
  warnings: string[]
}

/** What those systems gave a job without a timeout. */
const DEFAULT_TIMEOUT_SEC = 1800
const MAX_TIMEOUT_SEC = 24 * 3600
/** docker/go-units without its exceptions: decimal by `B` and `b`, binary by `i`. */
const SIZE = /^\s*(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?\s*$/i
const POWERS = ['', 'k', 'm', 'g', 't', 'p']

/**
 * A bacalhau job of 2022 and 2023 (`APIVersion: V1beta1`) as our specification.
 *
 * @param job the `job` object of a module, or a whole old job file
 * @throws NotConvertibleError for what does not exist here, with the reason
 */
export function convertV1beta1(job: GoObject): Converted {
  const spec = job.object('Spec')
  const warnings: string[] = []
  refuseWhole(job, spec)
  const timeout = timeoutOf(spec, warnings)
  const resources = resourcesOf(spec.object('Resources'))
  return {
    job: {
      engine: engineOf(spec),
      env: envOf(spec),
      inputs: inputsOf(spec),
      outputs: outputsOf(spec),
      ...(Object.keys(resources).length === 0 ? {} : { resources }),
      ...networkOf(spec),
      timeout: `${timeout}s`
    },
    warnings
  }
}

function refuseWhole(job: GoObject, spec: GoObject): void {
  const copies = job.object('Deal').number('Concurrency')
  if (copies > 1)
    throw refuse(
      'Deal.Concurrency',
      'copies of one job do not exist here',
      'run it with --verify replicas:N, or several times',
      copies
    )
  const glob = spec.object('Sharding').text('GlobPattern')
  if (glob !== '')
    throw refuse('Spec.Sharding', 'sharding was dropped by bacalhau too', 'submit one job for each part', glob)
}

function engineOf(spec: GoObject): Record<string, unknown> {
  const newer = spec.object('EngineSpec')
  const kind = (spec.text('Engine') || newer.text('Type')).toLowerCase()
  if (kind === 'docker' || (kind === '' && spec.has('Docker'))) {
    const params = newer.has('Params') ? newer.object('Params') : spec.object('Docker')
    return { docker: dockerOf(params) }
  }
  if (kind === 'wasm') return { wasm: wasmOf(newer.has('Params') ? newer.object('Params') : spec.object('Wasm')) }
  const remedy = 'use Docker or Wasm'
  if (kind === '') throw refuse('Spec.Engine', 'the job names no engine', remedy)
  throw refuse('Spec.Engine', `there is no engine "${kind.slice(0, 40)}" here`, remedy, kind)
}

function dockerOf(docker: GoObject): Record<string, unknown> {
  const image = docker.text('Image')
  if (image === '') throw refuse(docker.path('Image'), 'the job names no image', 'give Docker.Image')
  const [entrypoint, args, workdir] = [
    docker.texts('Entrypoint'),
    docker.texts('Parameters'),
    docker.text('WorkingDirectory')
  ]
  return {
    image,
    ...(entrypoint.length === 0 ? {} : { entrypoint }),
    ...(args.length === 0 ? {} : { args }),
    ...(workdir === '' ? {} : { workdir })
  }
}

function wasmOf(wasm: GoObject): Record<string, unknown> {
  const entry = wasm.object('EntryModule')
  const cid = asCid(entry.text('CID'))
  if (cid === undefined) throw refuse(entry.path('CID'), 'the module has no CID', 'import it and give EntryModule.CID')
  const start = wasm.text('EntryPoint')
  if (start !== '' && start !== '_start')
    throw refuse(wasm.path('EntryPoint'), 'only _start is called here', 'build the module as a command', start)
  if (wasm.list('ImportModules').length > 0)
    throw refuse(wasm.path('ImportModules'), 'modules cannot import others here', 'link them into one')
  const args = wasm.texts('Parameters')
  return { module: cid.toString(), ...(args.length === 0 ? {} : { args }) }
}

function envOf(spec: GoObject): Record<string, string> {
  const newer = spec.object('EngineSpec').object('Params')
  const list = (newer.has('EnvironmentVariables') ? newer : spec.object('Docker')).texts('EnvironmentVariables')
  const pairs = list.map(text => {
    const at = text.indexOf('=')
    if (at < 1) throw refuse('EnvironmentVariables', 'expected NAME=VALUE', 'write NAME=VALUE', text)
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  return { ...spec.object('Wasm').textMap('EnvironmentVariables'), ...Object.fromEntries(pairs) }
}

function inputsOf(spec: GoObject): Record<string, unknown>[] {
  return spec.objects('inputs').map(input => {
    const source = input.text('StorageSource').toLowerCase()
    const path = input.text('path')
    const cid = asCid(input.text('CID'))
    if (cid !== undefined) return { cid: cid.toString(), path }
    const what = source === '' ? 'the source' : source
    const remedy = 'import the data and give its CID, or add it with --input'
    if (source === 'urldownload')
      throw refuse(input.path('URL'), 'the provider fetches no URLs', remedy, input.text('URL'))
    throw refuse(input.path('StorageSource'), `"${what.slice(0, 40)}" cannot be read here`, remedy, source)
  })
}

const outputsOf = (spec: GoObject): Record<string, unknown>[] =>
  spec.objects('outputs').map((output, i) => ({
    name: output.text('Name').replace(/[^A-Za-z0-9._-]/g, '_') || `output${i}`,
    path: trimSlash(output.text('path') || '/outputs')
  }))

function resourcesOf(resources: GoObject): Record<string, unknown> {
  const [cpu, memory, disk, gpu] = (['CPU', 'Memory', 'Disk', 'GPU'] as const).map(key => resources.text(key))
  const gpus = Number(gpu || '0')
  if (!Number.isSafeInteger(gpus) || gpus < 0)
    throw refuse(resources.path('GPU'), 'expected a whole number', 'write "1"', gpu)
  return {
    ...(cpu ? { cpuMillis: parseCpu(cpu, resources.path('CPU')) } : {}),
    ...(memory ? { memoryBytes: sizeOf(memory, resources.path('Memory')) } : {}),
    ...(disk ? { diskBytes: sizeOf(disk, resources.path('Disk')) } : {}),
    ...(gpus === 0 ? {} : { gpus: { count: gpus } })
  }
}

/** Their sizes: `512Mb` and `1GB` are decimal, `1Gi` is binary. @throws NotConvertibleError */
export function sizeOf(text: string, field: string): number {
  const [, number, prefix = '', binary] = SIZE.exec(text) ?? []
  if (number === undefined) throw refuse(field, 'expected a size such as 512Mb or 1Gi', 'write 512Mb', text)
  return Math.ceil(Number(number) * (binary ? 1024 : 1000) ** POWERS.indexOf(prefix.toLowerCase()))
}

/** Without a section there is none, as there. */
function networkOf(spec: GoObject): Record<string, unknown> {
  const network = spec.object('Network')
  const type = network.text('Type').toLowerCase()
  if (type === '' || type === 'none') return {}
  if (type === 'full') return { network: 'full' }
  if (type !== 'http')
    throw refuse(network.path('Type'), `there is no network "${type.slice(0, 40)}"`, 'use None, HTTP or Full', type)
  const domains = network.texts('Domains')
  const wild = domains.find(d => d.startsWith('.') || d.includes('*'))
  if (wild !== undefined)
    throw refuse(network.path('Domains'), 'whole domains cannot be allowed here', 'name each host', wild)
  if (domains.length === 0) return {}
  return { network: { allow: domains.flatMap(d => [`${d}:80`, `${d}:443`]) } }
}

function timeoutOf(spec: GoObject, warnings: string[]): number {
  const seconds = Math.ceil(spec.number('Timeout'))
  if (seconds <= 0) return DEFAULT_TIMEOUT_SEC
  if (seconds <= MAX_TIMEOUT_SEC) return seconds
  warnings.push(`Spec.Timeout of ${seconds} s becomes 24 h, the most that a job gets`)
  return MAX_TIMEOUT_SEC
}

const trimSlash = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') : path)

function refuse(field: string, why: string, remedy: string, value?: unknown): NotConvertibleError {
  return new NotConvertibleError(field, why, remedy, value)
}
