import type { JobOffer, ResourceOffer } from '../offers/schema.ts'
import { chooseGpus, type GpuNeed } from './gpus.ts'

export type Room = ResourceOffer['free']
/** A job as far as room is concerned. */
type Needing = Pick<JobOffer, 'needs'>

/** What is free, but never more than what there is. */
export function freeOf({ free, capacity }: ResourceOffer): Room {
  return {
    cpuMillis: Math.min(free.cpuMillis, capacity.cpuMillis),
    memoryBytes: Math.min(free.memoryBytes, capacity.memoryBytes),
    diskBytes: Math.min(free.diskBytes, capacity.diskBytes),
    gpus: free.gpus
  }
}

export const hasRoom = (room: Room, job: Needing): boolean => shortage(room, job) === undefined

/** The room that is left when a job is placed. Where there is less than it needs, it takes what there is. */
export function without(room: Room, { needs: { resources } }: Needing): Room {
  const taken = firstGpus(resources.gpus, room.gpus)
  return {
    cpuMillis: Math.max(0, room.cpuMillis - resources.cpuMillis),
    memoryBytes: Math.max(0, room.memoryBytes - resources.memoryBytes),
    diskBytes: Math.max(0, room.diskBytes - resources.diskBytes),
    gpus: taken.length === 0 ? room.gpus : room.gpus.filter((_, i) => !taken.includes(i))
  }
}

function firstGpus(need: GpuNeed | undefined, gpus: Room['gpus']): number[] {
  if (need === undefined) return []
  for (let count = Math.min(need.count, gpus.length); count > 0; count--) {
    const chosen = chooseGpus({ ...need, count }, gpus)
    if (chosen !== undefined) return chosen
  }
  return []
}

/** The first resource of which less is free than a job needs, in words. */
export function shortage(room: Room, { needs: { resources } }: Needing): string | undefined {
  if (resources.cpuMillis > room.cpuMillis) return 'CPU'
  if (resources.memoryBytes > room.memoryBytes) return 'memory'
  if (resources.diskBytes > room.diskBytes) return 'disk'
  return resources.gpus !== undefined && chooseGpus(resources.gpus, room.gpus) === undefined ? 'a GPU' : undefined
}
