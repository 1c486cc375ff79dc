/**
 * A clock that belongs to the program: a microsecond passes with each reading and as much as it likes while it sleeps, so
 * nobody waits, and two runs of one specification see the same times. Nanoseconds.
 */
export function wasiClock(epochMs: number) {
  const PER_READING = 1_000n
  const LAST = 2n ** 64n - 1n
  const epoch = BigInt(epochMs) * 1_000_000n
  let now = 0n
  const set = (to: bigint) => {
    if (to > now) now = to > LAST - epoch ? LAST - epoch : to
  }

  return {
    /** since the program began */
    monotonic: () => now,
    realtime: () => epoch + now,
    tick: () => set(now + PER_READING),
    /** moves on to a time of the monotonic clock */
    sleepUntil: set,
    epoch,
    resolution: PER_READING
  }
}

export type WasiClock = ReturnType<typeof wasiClock>
