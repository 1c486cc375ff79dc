import type { ResourceOffer } from '../../protocols/offers/schema.ts'
import { asOffered } from './host/gpus.ts'
import type { HostFacts } from './host/probe.ts'
import type { Config } from './schema.ts'

/** The node itself and the host's own work keep this share of the memory. */
const MEMORY_SHARE = 0.8
/** A disk that is filled to the brim stops more than jobs. */
const DISK_SHARE = 0.8

/** What this host offers: the configured limits, else what it has. */
export function hostCapacity({ capacity }: Pick<Config, 'capacity'>, host: HostFacts): ResourceOffer['capacity'] {
  return {
    cpuMillis: capacity.cpuMillis ?? host.cpus * 1000,
    memoryBytes: capacity.memoryBytes ?? Math.floor(host.memoryBytes * MEMORY_SHARE),
    diskBytes: capacity.diskBytes ?? Math.floor(host.diskFreeBytes * DISK_SHARE),
    gpus: asOffered(host.gpus.devices)
  }
}
