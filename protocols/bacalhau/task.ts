import { parseCpu } from '../common/units.ts'
import { NotConvertibleError } from '../modules/errors.ts'
import type { GoObject } from '../modules/foreign/go-json.ts'
import { sizeOf } from '../modules/foreign/v1beta1.ts'
import type { BacalhauJob } from './current.ts'
import { engineOf } from './engine.ts'
import { environmentOf } from './environment.ts'
import { networkOf } from './network.ts'
import { inputsOf } from './sources.ts'

/** What Bacalhau gives a task that names no resources. */
const DEFAULT_CPU_MILLIS = 500
const DEFAULT_MEMORY_BYTES = 512_000_000
/** Without a time limit of its own: half an hour, as their documentation says. */
const DEFAULT_TIMEOUT_SEC = 30 * 60
const MAX_TIMEOUT_SEC = 24 * 3600

const PUBLISHERS: Record<string, string | undefined> = {
  '': undefined,
  noop: undefined,
  ipfs: undefined,
  local: 'Publisher local is ignored: results come back by CID, to the node that submitted'
}

interface Around {
  type: BacalhauJob['type']
  notes: string[]
}

/** @throws NotConvertibleError */
export function taskOf(task: GoObject, { type, notes }: Around): Pick<BacalhauJob, 'notes' | 'partition'> {
  const publisher = publisherNote(task.object('Publisher'))
  if (publisher !== undefined) notes.push(publisher)
  const inputs = inputsOf(task)
  const { engine, env, modules } = engineOf(task.object('Engine'), inputs)
  const network = networkOf(task.object('Network'), notes)
  const fixed = {
    engine,
    inputs: inputs.filter(input => !modules.has(input['path'])),
    outputs: outputsOf(task),
    resources: resourcesOf(task.object('Resources')),
    ...(network === undefined ? {} : { network }),
    timeout: `${timeoutOf(task.object('Timeouts'), notes)}s`
  }
  const own = { ...env, ...task.textMap('Env') }
  return {
    notes,
    partition: (index, of) => ({ ...fixed, env: environmentOf(task.path('Env'), own, { type, index, of, fixed }) })
  }
}

function publisherNote(publisher: GoObject): string | undefined {
  const type = publisher.text('Type').toLowerCase()
  if (type in PUBLISHERS) return PUBLISHERS[type]
  const remedy = 'leave the publisher out: results come back by CID; copy them with dcn job get'
  const why = type.startsWith('s3')
    ? 'no credentials of yours go to a provider'
    : `there is no publisher "${type.slice(0, 40)}"`
  throw new NotConvertibleError(publisher.path('Type'), why, remedy, type)
}

/** What a task does not name does not come back, but its output. */
function outputsOf(task: GoObject): Record<string, unknown>[] {
  return task.objects('ResultPaths').map((result, i) => {
    const [name, path] = [result.text('Name'), result.text('Path')]
    if (path === '')
      throw new NotConvertibleError(result.path('Path'), 'a result needs a path', 'give an absolute path')
    return { name: name.replace(/[^A-Za-z0-9._-]/g, '_') || `output${i}`, path: path.replace(/(?<=.)\/+$/, '') }
  })
}

function resourcesOf(resources: GoObject): Record<string, unknown> {
  const [cpu, memory, disk, gpu] = (['CPU', 'Memory', 'Disk', 'GPU'] as const).map(key => quantity(resources, key))
  const gpus = Number(gpu || '0')
  if (!Number.isSafeInteger(gpus) || gpus < 0)
    throw new NotConvertibleError(resources.path('GPU'), 'expected a whole number', 'write GPU: "1"', gpu)
  return {
    cpuMillis: cpu ? parseCpu(cpu, resources.path('CPU')) : DEFAULT_CPU_MILLIS,
    memoryBytes: memory ? sizeOf(memory, resources.path('Memory')) : DEFAULT_MEMORY_BYTES,
    ...(disk ? { diskBytes: sizeOf(disk, resources.path('Disk')) } : {}),
    ...(gpus === 0 ? {} : { gpus: { count: gpus } })
  }
}

/** Texts there; a number without quotes says the same. */
function quantity(resources: GoObject, key: string): string {
  try {
    return resources.text(key)
  } catch (error) {
    const bare = resources.bare(key)
    if (typeof bare === 'number') return String(bare)
    throw error
  }
}

function timeoutOf(timeouts: GoObject, notes: string[]): number {
  if (timeouts.has('QueueTimeout')) notes.push('QueueTimeout is ignored: a job that nobody takes ends after 30 s')
  const seconds = timeouts.number('ExecutionTimeout') || timeouts.number('TotalTimeout')
  if (!Number.isSafeInteger(seconds) || seconds < 0)
    throw new NotConvertibleError(timeouts.path('ExecutionTimeout'), 'expected whole seconds', 'write 600', seconds)
  if (seconds === 0) {
    notes.push('no time limit is given: the job gets 30 minutes (Timeouts.ExecutionTimeout changes that)')
    return DEFAULT_TIMEOUT_SEC
  }
  if (seconds <= MAX_TIMEOUT_SEC) return seconds
  throw new NotConvertibleError(
    timeouts.path('ExecutionTimeout'),
    'a job ends within 24 h',
    'write at most 86400',
    seconds
  )
}
