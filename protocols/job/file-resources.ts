import { parseCpu, parseDuration, parseSize } from '../common/units.ts'
import { type Fields, mapping, refused } from './file-fields.ts'
import { JOB_LIMITS } from './schema.ts'

/** What a job gets when it does not say: one core, room for an ordinary script and its libraries. */
export const DEFAULT_RESOURCES = { cpuMillis: 1000, memoryBytes: 256 * 2 ** 20, diskBytes: 2 ** 30 } as const
export const DEFAULT_TIMEOUT_MS = 60_000

type Reader = (value: unknown, field: string) => number

/**
 * A quantity has two keys: one that names its unit (a plain number or text with a unit) and a short one (text with a unit;
 * a bare number there would leave the unit to guesswork, except for cores).
 */
function either(fields: Fields, at: string, precise: string, short: string, read: Reader, fallback?: number): unknown {
  const path = (key: string): string => (at === '' ? key : `${at}.${key}`)
  const [given, human] = [fields[precise], fields[short]]
  if (given !== undefined && human !== undefined) {
    throw refused(path(short), human, `${precise} says the same thing`, `keep one of ${short} and ${precise}`)
  }
  if (human !== undefined) return read(human, path(short))
  if (given === undefined) return fallback
  return typeof given === 'string' ? read(given, path(precise)) : given
}

export function readResources(value: unknown): Fields {
  const keys = ['cpu', 'cpuMillis', 'memory', 'memoryBytes', 'disk', 'diskBytes', 'gpus']
  const fields = mapping(value ?? {}, 'resources', keys)
  const { cpuMillis, memoryBytes, diskBytes } = DEFAULT_RESOURCES
  return {
    cpuMillis: either(fields, 'resources', 'cpuMillis', 'cpu', parseCpu, cpuMillis),
    memoryBytes: either(fields, 'resources', 'memoryBytes', 'memory', parseSize, memoryBytes),
    diskBytes: either(fields, 'resources', 'diskBytes', 'disk', parseSize, diskBytes),
    ...(fields['gpus'] === undefined ? {} : { gpus: readGpus(fields['gpus']) })
  }
}

/** `gpus: 2` is short for `gpus: { count: 2 }`. */
function readGpus(value: unknown): Fields {
  if (typeof value === 'number') return { count: value }
  const fields = mapping(value, 'resources.gpus', ['count', 'model', 'memory', 'memoryBytes'])
  const memory = either(fields, 'resources.gpus', 'memoryBytes', 'memory', parseSize)
  return {
    count: fields['count'] ?? 1,
    ...(fields['model'] === undefined ? {} : { model: fields['model'] }),
    ...(memory === undefined ? {} : { memoryBytes: memory })
  }
}

export function readTimeout(fields: Fields): unknown {
  const timeoutMs = either(fields, '', 'timeoutMs', 'timeout', parseDuration, DEFAULT_TIMEOUT_MS)
  if (typeof timeoutMs === 'number' && timeoutMs > JOB_LIMITS.timeoutMs) {
    throw refused('timeoutMs', timeoutMs, 'longer than 24 h', 'split the job')
  }
  return timeoutMs
}
