import { InvalidInputError } from '../../common/errors.ts'
import type { Address } from '../../common/values.ts'
import type { JobOffer, ResourceOffer } from '../schema.ts'
import type { Lane, Lanes } from './index.ts'

/** Up to here a machine is small, and so is a job that it could take. */
const SMALL = { cpuMillis: 8_000, memoryBytes: 32 * 2 ** 30 } as const
/** From here on a GPU is large: between the 24 and 32 GB of the small ones and the 40 GB of the smallest data centre model. */
const LARGE_GPU_BYTES = 40_000_000_000
/** Topics cost each node mesh slots and control messages: four classes × 64. */
const MAX_SHARD_BITS = 6

/** In the order in which a job may fall back from one to the next. */
const CLASSES = ['cpu-small', 'cpu-large', 'gpu-small', 'gpu-large'] as const
export type ResourceClass = (typeof CLASSES)[number]

export interface ResourceLanesInit {
  /** each class is split into 2^shardBits lanes by the first bits of the provider's account: 0 to 6 */
  shardBits: number
}

/**
 * Lanes by what a machine is, `<class>/<shard>`. An offer is published in one lane: its machine's class, its account's shard.
 * A job's creator reads the classes that hold a machine large enough, in all shards, or in those of the accounts that the job
 * allows. @throws InvalidInputError
 */
export function resourceLanes({ shardBits }: ResourceLanesInit): Lanes {
  if (!Number.isInteger(shardBits) || shardBits < 0 || shardBits > MAX_SHARD_BITS) {
    const limit = `0 to ${MAX_SHARD_BITS}`
    throw new InvalidInputError(`shardBits: expected ${limit}`, { field: 'shardBits', value: shardBits, limit })
  }
  const shards = Array.from({ length: 2 ** shardBits }, (_, shard) => shard)
  const lanes = (classes: readonly ResourceClass[], among: readonly number[]): Lane[] =>
    classes.flatMap(name => among.map(shard => `${name}/${shard}`))
  const all = lanes(CLASSES, shards)
  const shardOf = (account: Address): number => Number.parseInt(account.slice(2, 4), 16) >> (8 - shardBits)
  const lanesFor: Lanes['lanesFor'] = ({ needs, constraints: { target, allow } }) => {
    const named = target === undefined ? allow : [target]
    const among = named.length === 0 ? shards : [...new Set(named.map(shardOf))].sort((a, b) => a - b)
    return lanes(classesFor(needs), among)
  }
  return {
    all,
    lanesFor,
    lanesOf(body) {
      if (body.type === 'resource') return lanes([classOf(body.capacity)], [shardOf(body.account)])
      if (body.type === 'job') return lanesFor(body)
      // it says whose offer leaves, not which machine it was; without a seq it is a job's
      return body.seq === undefined ? all : lanes(CLASSES, [shardOf(body.account)])
    }
  }
}

/** The class of a machine, by its capacity and its largest GPU. */
export function classOf({ cpuMillis, memoryBytes, gpus }: ResourceOffer['capacity']): ResourceClass {
  if (gpus.length > 0) return gpus.some(gpu => gpu.memoryBytes >= LARGE_GPU_BYTES) ? 'gpu-large' : 'gpu-small'
  return cpuMillis <= SMALL.cpuMillis && memoryBytes <= SMALL.memoryBytes ? 'cpu-small' : 'cpu-large'
}

/** The classes whose machines may be large enough. */
function classesFor({ resources: { cpuMillis, memoryBytes, gpus } }: JobOffer['needs']): readonly ResourceClass[] {
  if (gpus !== undefined) return (gpus.memoryBytes ?? 0) >= LARGE_GPU_BYTES ? CLASSES.slice(3) : CLASSES.slice(2)
  return cpuMillis <= SMALL.cpuMillis && memoryBytes <= SMALL.memoryBytes ? CLASSES : CLASSES.slice(1)
}
