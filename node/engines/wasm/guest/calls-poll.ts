import type { WasiClock } from './clock.ts'
import type { WasiCodes } from './codes.ts'
import type { WasiDescriptors } from './descriptors.ts'
import type { WasiEnds } from './ends.ts'
import type { WasiMemory } from './memory.ts'

interface PollParts {
  codes: WasiCodes
  ends: WasiEnds
  memory: WasiMemory
  clock: WasiClock
  descriptors: WasiDescriptors
}

/** Waiting: what is open is always ready, and time that is waited for passes at once. */
export function wasiPoll({ codes, ends, memory, clock, descriptors }: PollParts) {
  const { errno } = codes
  const { fail } = ends
  const SUBSCRIPTION = 48
  const EVENT = 32
  const KIND = { CLOCK: 0, READ: 1, WRITE: 2 }
  const ABSOLUTE = 1

  /** when a clock subscription is due, by the monotonic clock */
  const dueAt = (at: number): bigint => {
    const id = memory.u32(at + 16)
    if (id > 3) fail(errno.INVAL)
    const timeout = memory.u64(at + 24)
    if ((memory.u16(at + 40) & ABSOLUTE) === 0) return clock.monotonic() + timeout
    return id === 0 ? timeout - clock.epoch : timeout
  }
  /** the error number of an event, and the bytes that can be read or written */
  const ready = (kind: number, fd: number): [error: number, bytes: bigint] => {
    try {
      const { node, at, stream } = descriptors.get(fd)
      if (kind === KIND.READ && node?.kind === 'file') return [0, BigInt(Math.max(0, node.data.size - at))]
      return [0, kind === KIND.WRITE && (node !== undefined || stream > 0) ? 65_536n : 0n]
    } catch {
      return [errno.BADF, 0n]
    }
  }

  interface Subscription {
    at: number
    kind: number
  }
  function* subscriptionsAt(from: number, count: number): Generator<Subscription> {
    for (let i = 0; i < count; i++) {
      const at = from + i * SUBSCRIPTION
      const kind = memory.u8(at + 8)
      if (kind > KIND.WRITE) fail(errno.INVAL)
      yield { at, kind }
    }
  }
  /** the time at which the first of them is due */
  const wakeAt = (all: Iterable<Subscription>): bigint => {
    const now = clock.monotonic()
    let earliest: bigint | undefined
    for (const { at, kind } of all) {
      const due = kind === KIND.CLOCK ? dueAt(at) : now
      if (earliest === undefined || due < earliest) earliest = due
    }
    return earliest === undefined || earliest < now ? now : earliest
  }
  const write = (event: number, { at, kind }: Subscription) => {
    const [error, bytes] = kind === KIND.CLOCK ? [0, 0n] : ready(kind, memory.u32(at + 16))
    const userdata = memory.u64(at)
    memory.slice(event, EVENT).fill(0)
    memory.setU64(event, userdata)
    memory.setU16(event + 8, error)
    memory.setU8(event + 10, kind)
    memory.setU64(event + 16, bytes)
  }

  return (subscriptions: number, events: number, count: number, out: number) => {
    if (count === 0) fail(errno.INVAL)
    const each = () => subscriptionsAt(subscriptions >>> 0, count >>> 0)
    const now = wakeAt(each())
    let found = 0
    // time moves afterwards: a relative timeout counts from when the program began to wait
    for (const subscription of each()) {
      if (subscription.kind === KIND.CLOCK && dueAt(subscription.at) > now) continue
      write((events >>> 0) + found * EVENT, subscription)
      found += 1
    }
    clock.sleepUntil(now)
    memory.setU32(out, found)
  }
}
