import { statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import type { ResourceOffer } from '../../protocols/offers/schema.ts'
import type { Config } from './schema.ts'

/** The node itself and the host's own work keep this share of the memory. */
const MEMORY_SHARE = 0.8
/** A disk that is filled to the brim stops more than jobs. */
const DISK_SHARE = 0.8

/** What this host offers: the configured limits, else what it has. */
export async function hostCapacity(config: Pick<Config, 'capacity' | 'dataDir'>): Promise<ResourceOffer['capacity']> {
  const { capacity } = config
  const { bavail, bsize } = await statfs(config.dataDir)
  return {
    cpuMillis: capacity.cpuMillis ?? availableParallelism() * 1000,
    memoryBytes: capacity.memoryBytes ?? Math.floor(totalmem() * MEMORY_SHARE),
    diskBytes: capacity.diskBytes ?? Math.floor(bavail * bsize * DISK_SHARE),
    gpus: []
  }
}
