import { isDeepStrictEqual } from 'node:util'
import { compact } from '../common/compact.ts'
import type { Needs } from '../job/schema.ts'
import { hasRoom } from '../matching/room.ts'
import type { ResourceOffer } from './schema.ts'

/** Free capacity is a hint: more often than this it would cost the network more than it tells. */
export const MIN_REPUBLISH_MS = 5000
/** A class (cores, memory, disk, GPUs) changed when its free part moved by a quarter of the whole, or became the whole again. */
const CHANGE_DIVISOR = 4

export type RepublishReason = 'price' | 'capacity' | 'room' | 'terms' | 'half-span'

/** When the standing offer was made and when now is, unix ms. */
export interface RenewalTime {
  publishedAtMs: number
  nowMs: number
  roundMs: number
}

/**
 * Why the standing offer should be replaced now, or undefined when it should stand. `next` is what the offer would say;
 * its seq and rounds do not matter.
 *
 * @param missed what was asked for under the standing offer and refused for room: whoever asked waits to hear of it
 */
export function shouldRepublish(
  prev: ResourceOffer,
  next: ResourceOffer,
  time: RenewalTime,
  missed: readonly Needs[] = []
): RepublishReason | undefined {
  if (time.nowMs - time.publishedAtMs < MIN_REPUBLISH_MS) return undefined
  if (!isDeepStrictEqual(prev.price, next.price)) return 'price'
  if (freeChanged(prev, next)) return 'capacity'
  if (missed.some(needs => hasRoom(next.free, { needs }))) return 'room'
  if (!isDeepStrictEqual(lasting(prev), lasting(next))) return 'terms'
  const halfMs = ((prev.untilRound - prev.fromRound) * time.roundMs) / 2
  return time.nowMs >= prev.fromRound * time.roundMs + halfMs ? 'half-span' : undefined
}

function freeChanged(prev: ResourceOffer, next: ResourceOffer): boolean {
  const classes = [
    [prev.free.cpuMillis, next.free.cpuMillis, next.capacity.cpuMillis],
    [prev.free.memoryBytes, next.free.memoryBytes, next.capacity.memoryBytes],
    [prev.free.diskBytes, next.free.diskBytes, next.capacity.diskBytes],
    [prev.free.gpus.length, next.free.gpus.length, next.capacity.gpus.length]
  ] as const
  return classes.some(
    ([before, after, whole]) =>
      before !== after && (after === whole || Math.abs(after - before) * CHANGE_DIVISOR >= whole)
  )
}

function lasting(offer: ResourceOffer): unknown {
  const { seq: _seq, fromRound: _from, untilRound: _until, free: _free, price: _price, ...rest } = offer
  return compact(rest)
}
