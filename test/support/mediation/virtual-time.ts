import type { ToyWorld } from './toy-seats.ts'

/** Time that passes when a test says so; a block a second. */
export class VirtualTime implements ToyWorld {
  nowMs = 1_800_000_000_000
  readonly #waiting = new Set<{ atMs: number; go: () => void }>()

  get nowSec(): number {
    return Math.floor(this.nowMs / 1000)
  }

  get block(): bigint {
    return BigInt(this.nowSec)
  }

  hashOf(block: bigint): `0x${string}` {
    return `0x${(block * 0x9e3779b97f4a7c15f39cc0605cedc834n).toString(16).padStart(64, '0').slice(-64)}`
  }

  readonly clock = { nowMs: () => this.nowMs }

  readonly pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      if (signal.aborted) return resolve()
      const entry = {
        atMs: this.nowMs + ms,
        go: () => {
          this.#waiting.delete(entry)
          signal.removeEventListener('abort', entry.go)
          resolve()
        }
      }
      this.#waiting.add(entry)
      signal.addEventListener('abort', entry.go, { once: true })
    })

  /** Lets time pass step by step, so that each wait ends at its own moment. */
  async pass(seconds: number): Promise<void> {
    const endMs = this.nowMs + seconds * 1000
    for (;;) {
      await settled()
      const next = Math.min(...[...this.#waiting].map(w => w.atMs))
      if (next > endMs) break
      this.nowMs = Math.max(this.nowMs, next)
      for (const waiter of [...this.#waiting]) if (waiter.atMs <= this.nowMs) waiter.go()
    }
    this.nowMs = endMs
    await settled()
  }
}

/** Everything that needs no time has happened. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise(resolve => setImmediate(resolve))
}
