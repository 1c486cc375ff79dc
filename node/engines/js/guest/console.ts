import type { HostCall } from '../../sandbox/guest/host-call.ts'

/** The console as a program sees it; more methods than these two exist as aliases. */
export interface GuestConsole {
  log(...values: unknown[]): void
  error(...values: unknown[]): void
}

export interface GuestPrinter {
  console: GuestConsole
  /** a value as console.log prints it */
  show(value: unknown): string
  /** how often `log` was called so far */
  calls(): number
}

/**
 * Prints lines to the node in order. After 64 Ki characters the program waits until the node has taken them, so a flood
 * costs a fixed amount of memory.
 */
export function guestConsole(log: (stream: number, text: string) => void, drain: HostCall): GuestPrinter {
  const PIECE = 65_536
  // no prototype: `Object.prototype.reference = true` would otherwise make isolated-vm hand out a live reference
  const options = { __proto__: null, arguments: { __proto__: null, copy: true } }
  const { stringify } = JSON
  const toText = String
  const Err = Error
  let calls = 0
  let undrained = 0

  /** Where to cut: never between the halves of a surrogate pair. */
  const cut = (text: string, at: number) => {
    const end = at + PIECE
    if (end >= text.length) return text.length
    const last = text.charCodeAt(end - 1)
    return last >= 0xd800 && last < 0xdc00 ? end - 1 : end
  }
  const emit = (stream: number, text: string) => {
    for (let at = 0; at < text.length; ) {
      const end = cut(text, at)
      log(stream, text.slice(at, end))
      calls += 1
      undrained += end - at + 16
      at = end
      if (undrained < PIECE) continue
      undrained = 0
      drain.applySyncPromise(undefined, [calls], options)
    }
  }
  const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)
  const show = (value: unknown): string => {
    if (typeof value === 'string') return value
    try {
      if (value instanceof Err) return toText(value.stack ?? value)
      if (typeof value === 'bigint') return `${value}n`
      if (typeof value === 'function') return `[Function: ${toText(value.name)}]`
      if (typeof value !== 'object' || value === null) return toText(value)
      return stringify(value, plain) ?? toText(value)
    } catch {
      return '[unprintable]'
    }
  }
  const print =
    (stream: number) =>
    (...values: unknown[]) => {
      let line = ''
      for (let i = 0; i < values.length; i++) line += (i === 0 ? '' : ' ') + show(values[i])
      emit(stream, `${line}\n`)
    }
  const out = print(1)
  const err = print(2)
  const console = Object.freeze({ log: out, info: out, debug: out, error: err, warn: err, trace: err })
  ;(globalThis as unknown as Record<string, unknown>)['console'] = console
  return { console, show, calls: () => calls }
}
