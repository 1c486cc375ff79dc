import type { Resources } from '../job/schema.ts'
import type { JobOffer, Price } from '../offers/schema.ts'

const MILLIS_PER_CORE = 1000n
const BYTES_PER_GIB = 2n ** 30n
const MS_PER_HOUR = 3_600_000n
/** What every rate × need × time is a multiple of 1 / DENOMINATOR of. */
const DENOMINATOR = MILLIS_PER_CORE * BYTES_PER_GIB * MS_PER_HOUR

/**
 * What each provider asks for holding these resources for the whole timeout, in the token's smallest unit: perJob plus the
 * sum of rate × need × time over one common denominator, rounded up once. Rounding each part would depend on the order
 * of the parts' definition and overcharge small jobs up to four units. The job's side of the products is made only once.
 */
export function asker(resources: Resources, timeoutMs: number): (price: Price) => bigint {
  const time = BigInt(timeoutMs)
  const cpu = BigInt(resources.cpuMillis) * BYTES_PER_GIB * time
  const memory = BigInt(resources.memoryBytes) * MILLIS_PER_CORE * time
  const disk = BigInt(resources.diskBytes) * MILLIS_PER_CORE * time
  const gpu = BigInt(resources.gpus?.count ?? 0) * MILLIS_PER_CORE * BYTES_PER_GIB * time
  return ({ perJob, perCpuHour, perGiBHour, perDiskGiBHour, perGpuHour }) => {
    const cost = perCpuHour * cpu + perGiBHour * memory + perDiskGiBHour * disk + perGpuHour * gpu
    return perJob + (cost + DENOMINATOR - 1n) / DENOMINATOR
  }
}

export function askFor(price: Price, resources: Resources, timeoutMs: number): bigint {
  return asker(resources, timeoutMs)(price)
}

/** What the provider of an offer asks for a job, tip not included. */
export function ask(job: JobOffer, offer: { price: Price }): bigint {
  return askFor(offer.price, job.needs.resources, job.timeoutMs)
}
