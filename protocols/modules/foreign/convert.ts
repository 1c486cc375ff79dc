import { isMapping } from '../../job/file-fields.ts'
import { NotConvertibleError } from '../errors.ts'
import { GoObject } from './go-json.ts'
import { type Converted, convertV1beta1 } from './v1beta1.ts'

/** Their unit of memory, disk and video memory. */
const MEGABYTE = 1_000_000

export interface ForeignJob extends Converted {
  /** files that the job reads from `--inputs-path`, by name */
  inputFiles: string[]
}

/**
 * A decoded foreign module as our specification: the needs of `machine` and of the job's own `Resources`, whichever is more.
 *
 * @throws NotConvertibleError
 */
export function convertForeign(decoded: unknown): ForeignJob {
  const module = new GoObject(decoded, '')
  if (!module.has('job')) {
    throw new NotConvertibleError(
      'job',
      'the module has no job, and would match any machine and run nothing',
      'add "job"'
    )
  }
  const { job, warnings } = convertV1beta1(module.object('job'))
  const machine = module.object('machine')
  if (!module.has('machine')) warnings.push('the module has no "machine": any machine matches')
  if (module.has('gpus')) warnings.push('"gpus" beside "machine" is ignored, there and here: move it into "machine"')
  const inputFiles = module.texts('inputFiles')
  const seconds = module.number('executionTimeoutSeconds')
  return {
    job: {
      ...job,
      resources: merged(job['resources'], needsOf(machine)),
      ...(seconds > 0 ? { timeout: `${Math.min(seconds, 86_400)}s` } : {})
    },
    warnings,
    inputFiles: inputFiles.map(name => plainName(name))
  }
}

function needsOf(machine: GoObject): Record<string, unknown> {
  const cards = machine.objects('gpus')
  const count = Math.max(machine.number('gpu'), cards.length)
  const vram = Math.max(0, ...cards.map(card => card.number('vram')))
  const sizes = {
    cpuMillis: machine.number('cpu'),
    memoryBytes: machine.number('ram') * MEGABYTE,
    diskBytes: machine.number('disk') * MEGABYTE
  }
  return {
    ...Object.fromEntries(Object.entries(sizes).filter(([, value]) => value > 0)),
    ...(count === 0 ? {} : { gpus: { count, ...(vram === 0 ? {} : { memoryBytes: vram * MEGABYTE }) } })
  }
}

function merged(resources: unknown, needs: Record<string, unknown>): Record<string, unknown> {
  const asked = isMapping(resources) ? resources : {}
  const out: Record<string, unknown> = { ...asked, ...needs }
  for (const key of ['cpuMillis', 'memoryBytes', 'diskBytes']) {
    const [a, b] = [asked[key], needs[key]]
    if (typeof a === 'number' && typeof b === 'number') out[key] = Math.max(a, b)
  }
  return out
}

function plainName(name: string): string {
  if (/^[^/\\\0]{1,255}$/.test(name) && name !== '.' && name !== '..') return name
  throw new NotConvertibleError('inputFiles', 'expected plain names of files', 'name files of one folder', name)
}
