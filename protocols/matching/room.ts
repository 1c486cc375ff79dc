import type { JobOffer, ResourceOffer } from '../offers/schema.ts'
import { chooseGpus } from './gpus.ts'

export type Room = ResourceOffer['free']

/** What is free, but never more than what there is. */
export function freeOf({ free, capacity }: ResourceOffer): Room {
  return {
    cpuMillis: Math.min(free.cpuMillis, capacity.cpuMillis),
    memoryBytes: Math.min(free.memoryBytes, capacity.memoryBytes),
    diskBytes: Math.min(free.diskBytes, capacity.diskBytes),
    gpus: free.gpus
  }
}

export function hasRoom(room: Room, { needs: { resources } }: JobOffer): boolean {
  return (
    room.cpuMillis >= resources.cpuMillis &&
    room.memoryBytes >= resources.memoryBytes &&
    room.diskBytes >= resources.diskBytes &&
    (resources.gpus === undefined || chooseGpus(resources.gpus, room.gpus) !== undefined)
  )
}

/** The room that is left when a job that has room is placed. */
export function without(room: Room, { needs: { resources } }: JobOffer): Room {
  const taken = chooseGpus(resources.gpus, room.gpus) ?? []
  return {
    cpuMillis: room.cpuMillis - resources.cpuMillis,
    memoryBytes: room.memoryBytes - resources.memoryBytes,
    diskBytes: room.diskBytes - resources.diskBytes,
    gpus: taken.length === 0 ? room.gpus : room.gpus.filter((_, i) => !taken.includes(i))
  }
}
