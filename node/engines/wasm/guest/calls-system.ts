import type { WasiClock } from './clock.ts'
import type { WasiCodes } from './codes.ts'
import type { WasiDescriptors } from './descriptors.ts'
import type { WasiEnds } from './ends.ts'
import type { WasiMemory } from './memory.ts'

export interface SystemParts {
  codes: WasiCodes
  ends: WasiEnds
  memory: WasiMemory
  clock: WasiClock
  descriptors: WasiDescriptors
  random: () => number
  args: readonly string[]
  env: Readonly<Record<string, string>>
}

/** Arguments, environment, clocks, randomness, sleeping and the end of the program. Sockets: there are none. */
export function wasiSystemCalls({ codes, ends, memory, clock, descriptors, random, args, env }: SystemParts) {
  const { errno } = codes
  const { fail, end } = ends
  const encoder = new TextEncoder()
  const encoded = (texts: readonly string[]) => texts.map(text => encoder.encode(`${text}\0`))
  const argv = encoded(args)
  // in an order that does not depend on who read the specification
  const variables = encoded(
    Object.keys(env)
      .sort()
      .map(name => `${name}=${env[name]}`)
  )
  /** wait status of a program that a signal ended, as a shell shows it */
  const SIGNALLED = 128
  const CLOCKS = 4

  const sizes = (texts: readonly Uint8Array[], count: number, bytes: number) => {
    memory.setU32(count, texts.length)
    memory.setU32(
      bytes,
      texts.reduce((sum, text) => sum + text.byteLength, 0)
    )
  }
  const texts = (all: readonly Uint8Array[], pointers: number, buffer: number) => {
    let at = buffer >>> 0
    for (const [i, text] of all.entries()) {
      memory.setU32((pointers >>> 0) + 4 * i, at)
      memory.slice(at, text.byteLength).set(text)
      at += text.byteLength
    }
  }
  /** id 0 is the time of day; process and thread time pass like the monotonic clock */
  const readClock = (id: number): bigint => {
    if (id >>> 0 >= CLOCKS) fail(errno.INVAL)
    clock.tick()
    return id === 0 ? clock.realtime() : clock.monotonic()
  }
  const noSocket = (fd: number) => {
    descriptors.get(fd)
    fail(errno.NOTSOCK)
  }

  return {
    args_sizes_get: (count: number, bytes: number) => sizes(argv, count, bytes),
    args_get: (pointers: number, buffer: number) => texts(argv, pointers, buffer),
    environ_sizes_get: (count: number, bytes: number) => sizes(variables, count, bytes),
    environ_get: (pointers: number, buffer: number) => texts(variables, pointers, buffer),
    clock_res_get(id: number, out: number) {
      if (id >>> 0 >= CLOCKS) fail(errno.INVAL)
      memory.setU64(out, clock.resolution)
    },
    clock_time_get: (id: number, _precision: bigint, out: number) => memory.setU64(out, readClock(id)),
    random_get(buffer: number, length: number) {
      const bytes = memory.slice(buffer, length)
      for (let i = 0; i < bytes.byteLength; ) {
        for (let word = random(), k = 0; k < 4 && i < bytes.byteLength; k++, i++, word >>>= 8) bytes[i] = word & 255
      }
    },
    proc_exit: (code: number) => end('exited', code & 255),
    proc_raise: (signal: number) => end('exited', (SIGNALLED + signal) & 255),
    sched_yield: () => undefined,
    sock_accept: noSocket,
    sock_recv: noSocket,
    sock_send: noSocket,
    sock_shutdown: noSocket
  }
}
