import type { ResourceOffer } from '../../protocols/offers/schema.ts'
import { asOffered } from './host/gpus.ts'
import type { HostFacts } from './host/probe.ts'
import type { Config } from './schema.ts'

/** The node itself and the host's own work keep this share of the memory. */
const MEMORY_SHARE = 0.8
/** A disk that is filled to the brim stops more than jobs. */
const DISK_SHARE = 0.8

/** What this host offers: what is configured, a share counted of what it has, else what it has. */
export function hostCapacity({ offer }: Pick<Config, 'offer'>, host: HostFacts): ResourceOffer['capacity'] {
  return {
    cpuMillis: amount(offer.cpu, host.cpus * 1000, 1),
    memoryBytes: amount(offer.memory, host.memoryBytes, MEMORY_SHARE),
    diskBytes: amount(offer.disk, host.diskFreeBytes, DISK_SHARE),
    gpus: asOffered(host.gpus.devices)
  }
}

function amount(configured: number | string | undefined, has: number, share: number): number {
  if (typeof configured === 'number') return configured
  return Math.floor(has * (configured === undefined ? share : Number.parseInt(configured, 10) / 100))
}
