import { readFileSync } from 'node:fs'

/** Between two looks at a sandbox: a WebAssembly program was seen to take 600 MB/s, 15 MB in this time. */
const POLL_MS = 25
/** Linux counts CPU time in hundredths of a second on every architecture Node runs on (USER_HZ). */
const TICK_MS = 10
const KIB = 1024

export interface Sample {
  cpuMs: number
  rssBytes: number
  maxRssBytes: number
}

/** What a process has used; undefined when it is gone or the host has no /proc. */
export function sample(pid: number): Sample | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // fields 14 and 15; the command name in parentheses may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const kib = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      rssBytes: kib('VmRSS') * KIB,
      maxRssBytes: kib('VmHWM') * KIB
    }
  } catch {
    return undefined
  }
}

export interface WatchLimits {
  cpuMs: number
  rssBytes: number
}

/**
 * Looks at a process until stopped and reports the first limit it breaks. From outside, because nothing inside a
 * sandbox can be trusted to stop it.
 */
export class Watch {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  #start: Sample
  #last: Sample
  #isFresh = false

  constructor(pid: number, limits: WatchLimits, onBreach: (what: 'cpu' | 'memory') => void) {
    this.#pid = pid
    this.#start = sample(pid) ?? { cpuMs: 0, rssBytes: 0, maxRssBytes: 0 }
    this.#last = this.#start
    this.#timer = setInterval(() => {
      this.#look()
      if (this.#isFresh) this.#start = this.#last
      this.#isFresh = false
      if (this.#last.rssBytes > limits.rssBytes) onBreach('memory')
      else if (this.#last.cpuMs - this.#start.cpuMs > limits.cpuMs) onBreach('cpu')
    }, POLL_MS)
  }

  /** CPU time counts from the next look on: something new has begun. */
  restart(): void {
    this.#isFresh = true
  }

  #look(): void {
    const seen = sample(this.#pid)
    if (seen === undefined) return
    // a killed process still has its times, no longer its memory
    this.#last = { ...seen, maxRssBytes: Math.max(seen.maxRssBytes, this.#last.maxRssBytes) }
  }

  /** Usage since the start; call it while the process is still there. Idempotent. */
  stop(): { cpuMs: number; maxRssBytes: number } {
    clearInterval(this.#timer)
    this.#look()
    return { cpuMs: this.#last.cpuMs - this.#start.cpuMs, maxRssBytes: this.#last.maxRssBytes }
  }
}
