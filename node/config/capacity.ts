import type { ResourceOffer } from '../../protocols/offers/schema.ts'
import { asOffered } from './host/gpus.ts'
import type { HostFacts } from './host/probe.ts'
import type { Config } from './schema.ts'

/** What is offered of a host whose operator says nothing else. */
export const DEFAULT_SHARES = {
  cpu: 1,
  /** the node itself and the host's own work keep the rest */
  memory: 0.8,
  /** a disk that is filled to the brim stops more than jobs */
  disk: 0.8
} as const

/** What this host offers: what is configured, a share counted of what it has, else what it has. */
export function hostCapacity({ offer }: Pick<Config, 'offer'>, host: HostFacts): ResourceOffer['capacity'] {
  return {
    cpuMillis: amount(offer.cpu, host.cpus * 1000, DEFAULT_SHARES.cpu),
    memoryBytes: amount(offer.memory, host.memoryBytes, DEFAULT_SHARES.memory),
    diskBytes: amount(offer.disk, host.diskFreeBytes, DEFAULT_SHARES.disk),
    gpus: asOffered(host.gpus.devices)
  }
}

function amount(configured: number | string | undefined, has: number, share: number): number {
  if (typeof configured === 'number') return configured
  return Math.floor(has * (configured === undefined ? share : Number.parseInt(configured, 10) / 100))
}
