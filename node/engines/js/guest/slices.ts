import type { Seed } from '../../sandbox/guest/random.ts'
import type { GuestPrinter } from './console.ts'

/**
 * How a slice is answered: one line of text, its first character says of what kind. Empty: not settled yet. "@n " before it: after the
 * n-th piece of log, which is still on its way.
 */
export interface GuestSlices {
  /** the function that is called for each slice */
  use(main: unknown): void
  /** Calls it with a value in JSON. */
  run(text: string, index: number, a: number, b: number, c: number, d: number): string
  /** the answer of a promise, once microtasks and timers have settled it */
  poll(): string
  /** Runs the next timer; false when there is none. */
  tick(): boolean
}

/**
 * Calls one function for many values. A slice begins with the same clock, timers and randomness whatever ran before it; what the module
 * itself keeps in its variables stays.
 */
export function guestSlices(
  printer: GuestPrinter,
  nextTimer: () => boolean,
  restart: (seed: Seed) => void,
  maxChars: number
): GuestSlices {
  const ERROR_CHARS = 4096
  const { parse, stringify } = JSON
  const { show } = printer
  let main: (value: unknown, context: { index: number }) => unknown = () => undefined
  let turn = 0
  let settled = ''
  let told = 0

  const done = (value: unknown): string => {
    const text = stringify(value) ?? 'null'
    return text.length > maxChars ? '#' : `=${text}`
  }
  const afterLogs = (line: string): string => {
    const calls = printer.calls()
    if (line === '' || calls === told) return line
    told = calls
    return `@${calls} ${line}`
  }
  const threw = (error: unknown): string => {
    try {
      return `!${stringify(show(error).slice(0, ERROR_CHARS))}`
    } catch {
      return '!"an error that cannot be shown"'
    }
  }
  const follow = async (out: unknown, mine: number) => {
    let line: string
    try {
      line = done(await out)
    } catch (error) {
      line = threw(error)
    }
    // a promise of an earlier slice may settle while another one runs
    if (mine === turn) settled = line
  }
  return {
    use(fn) {
      main = fn as typeof main
    },
    run(text, index, a, b, c, d) {
      turn += 1
      settled = ''
      restart([a, b, c, d])
      try {
        const out = main(parse(text), { index })
        const isThenable =
          typeof out === 'object' && out !== null && typeof (out as { then?: unknown }).then === 'function'
        if (!isThenable) return afterLogs(done(out))
        void follow(out, turn)
      } catch (error) {
        return afterLogs(threw(error))
      }
      return ''
    },
    poll: () => afterLogs(settled),
    tick() {
      try {
        return nextTimer()
      } catch (error) {
        if (settled === '') settled = threw(error)
        return false
      }
    }
  }
}
