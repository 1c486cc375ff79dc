import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { create } from 'multiformats/hashes/digest'
import { sha256 as sha256Hasher } from 'multiformats/hashes/sha2'
import { sha256 } from '../../protocols/common/hash.ts'
import { formatDuration } from '../../protocols/common/units.ts'
import type { Address } from '../../protocols/common/values.ts'
import type { JobSpec } from '../../protocols/job/schema.ts'
import { isOpen, nextChange } from '../schedule/hours.ts'
import type { Schedule } from '../schedule/parse.ts'
import { localTime } from '../schedule/text.ts'
import { cidText, matchesImage } from './image-pattern.ts'

/** Empty `allow`: all that are not denied. */
export interface Lists<T extends string = string> {
  allow: readonly T[]
  deny: readonly T[]
}

/** Whose jobs a provider takes, of what, and when. */
export interface Admission {
  creators: Lists<Address>
  /** patterns (image-pattern.ts) */
  images: Lists
  /** CIDs of js sources and wasm modules */
  modules: Lists
  /** absent: always */
  schedule?: Schedule
}

export interface Asked {
  creator: Address
  spec: Pick<JobSpec, 'engine' | 'timeoutMs' | 'module'>
}

/** Why a job is not taken, in one sentence for its creator; undefined when it is. Pure. */
export function refusalOf(admission: Admission, { creator, spec }: Asked, nowMs: number): string | undefined {
  const { creators, images, modules, schedule } = admission
  if (isShut(creators, given => given === creator)) return 'this provider takes no work from this account'
  const { engine } = spec
  if ('docker' in engine) {
    const { image } = engine.docker
    if (isShut(images, pattern => matchesImage(pattern, image))) return `this provider does not run the image ${image}`
  }
  const module = moduleOf(engine)
  if (module !== undefined && isShut(modules, cid => cidText(cid) === module)) {
    return `this provider does not run the module ${module}`
  }
  // what the specification says of its origin is a claim: enough to refuse a job, never to admit one
  const origin = spec.module?.toV1().toString()
  if (origin !== undefined && modules.deny.some(cid => cidText(cid) === origin)) {
    return `this provider does not run jobs of the module ${origin}`
  }
  return schedule === undefined ? undefined : tooLong(schedule, spec.timeoutMs, nowMs)
}

function isShut<T extends string>({ allow, deny }: Lists<T>, matches: (entry: T) => boolean): boolean {
  return deny.some(matches) || (allow.length > 0 && !allow.some(matches))
}

/** The CID of what a js or wasm job runs; that of a source inside the specification is the one its file would have. */
export function moduleOf(engine: JobSpec['engine']): string | undefined {
  if ('wasm' in engine) return engine.wasm.module.toV1().toString()
  if (!('js' in engine)) return undefined
  const { source } = engine.js
  if (typeof source !== 'string') return source.toV1().toString()
  // at most 48 Ki characters: one raw block
  const digest = create(sha256Hasher.code, sha256(Buffer.from(source, 'utf8')))
  return CID.createV1(raw.code, digest).toString()
}

/** Outside its hours a provider takes nothing: that is said before (`openingHours`), whatever the job. */
function tooLong(schedule: Schedule, timeoutMs: number, nowMs: number): string | undefined {
  if (!isOpen(schedule, nowMs)) return closedText(schedule, nowMs)
  const closesMs = nextChange(schedule, nowMs)
  if (closesMs === undefined || nowMs + timeoutMs <= closesMs) return undefined
  const left = formatDuration(Math.floor((closesMs - nowMs) / 60_000) * 60_000)
  const limit = formatDuration(timeoutMs)
  return `its time limit of ${limit} passes the end of this provider's hours at ${localTime(schedule, closesMs)}, in ${left}`
}

export function closedText(schedule: Schedule, nowMs: number): string {
  const opensMs = nextChange(schedule, nowMs)
  const until = opensMs === undefined ? '' : ` until ${localTime(schedule, opensMs)}`
  return `this provider takes no new work${until}`
}
