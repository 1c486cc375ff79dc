export interface GuestClock {
  now(): number
  /** time only ever moves when a timer is due */
  advanceTo(ms: number): void
  /** back to where it began */
  restart(): void
}

/**
 * The clock stands still between timers (but for a millisecond every thousand readings), randomness comes from the job's own specification, and what would let a real
 * clock, a race or the collector be seen goes. Two honest runs of one specification see the same.
 */
export function guestClock(epochMs: number, random: () => number): GuestClock {
  const global = globalThis as unknown as Record<string, unknown>
  const drop = (target: unknown, names: string[]) => {
    for (const name of names) delete (target as Record<string, unknown>)[name]
  }
  drop(global, ['WeakRef', 'FinalizationRegistry', 'Temporal', 'gc'])
  drop(Atomics, ['wait', 'waitAsync'])
  drop(Intl, ['DateTimeFormat'])

  let now = epochMs
  let reads = 0
  const READS_PER_MS = 1_000
  // a program that waits by reading the clock over and over must see it move, and the same way in every run
  const read = () => {
    reads++
    if (reads % READS_PER_MS === 0) now++
    return now
  }
  const RealDate = Date
  const construct = Reflect.construct
  function FrozenDate(...args: unknown[]) {
    if (new.target === undefined) return new RealDate(read()).toString()
    return construct(RealDate, args.length === 0 ? [read()] : args, new.target)
  }
  FrozenDate.prototype = RealDate.prototype
  FrozenDate.now = read
  FrozenDate.parse = RealDate.parse
  FrozenDate.UTC = RealDate.UTC
  Object.defineProperty(FrozenDate, 'name', { value: 'Date' })
  Object.defineProperty(FrozenDate, 'length', { value: 7 })
  Object.defineProperty(RealDate.prototype, 'constructor', { value: FrozenDate, writable: true, configurable: true })
  global['Date'] = FrozenDate

  Math.random = () => random() / 4294967296

  // asynchronous compilation ends on another thread at no particular moment: do it in place
  const wasm = global['WebAssembly'] as Record<string, unknown>
  const Module = wasm['Module'] as new (bytes: unknown) => object
  const Instance = wasm['Instance'] as new (module: unknown, imports: unknown) => object
  wasm['compile'] = async (bytes: unknown) => new Module(bytes)
  wasm['instantiate'] = async (source: unknown, imports: unknown) => {
    if (source instanceof Module) return new Instance(source, imports)
    const module = new Module(source)
    return { module, instance: new Instance(module, imports) }
  }

  return {
    now: () => now,
    advanceTo(ms) {
      if (ms > now) now = ms
    },
    restart() {
      now = epochMs
      reads = 0
    }
  }
}
