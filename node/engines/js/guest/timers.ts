import type { GuestClock } from './clock.ts'

interface Timer {
  id: number
  due: number
  run: () => void
}

export interface GuestTimers {
  /** Runs the next timer; false when there is none. */
  next(): boolean
  /** Forgets all that are set. */
  clear(): void
}

/**
 * Timers in the order of their due time, then of their setting. Time jumps to the next one: nobody waits, and the order
 * depends on the program alone.
 */
export function guestTimers(clock: GuestClock): GuestTimers {
  const MAX_DELAY = 2_147_483_647
  let timers: Timer[] = []
  let nextId = 1

  const setTimeout = (fn: unknown, ms: unknown = 0, ...args: unknown[]) => {
    if (typeof fn !== 'function') throw new TypeError('setTimeout takes a function')
    const delay = Number(ms)
    const due = clock.now() + (delay >= 1 && delay <= MAX_DELAY ? delay - (delay % 1) : 1)
    let at = timers.length
    for (; at > 0; at -= 1) {
      const before = timers[at - 1]
      if (before === undefined || before.due <= due) break
    }
    const id = nextId++
    timers.splice(at, 0, { id, due, run: () => void fn(...args) })
    return id
  }
  const clearTimeout = (id: unknown) => {
    timers = timers.filter(t => t.id !== id)
  }
  const queueMicrotask = (fn: () => void) => void Promise.resolve().then(fn)
  Object.assign(globalThis, { setTimeout, clearTimeout, queueMicrotask })

  return {
    next() {
      const next = timers.shift()
      if (next === undefined) return false
      clock.advanceTo(next.due)
      next.run()
      return true
    },
    clear() {
      timers = []
      nextId = 1
    }
  }
}
