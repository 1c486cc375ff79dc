import { type Isolation, type Sandbox, spawnSandbox } from './spawn.ts'

export interface PoolInit {
  entry: string
  isolation: Isolation
  cwd: string
  /** idle sandboxes kept ready, about 32 MiB each */
  warm: number
}

/** Keeps idle sandboxes ready, because a start takes ~85 ms and a small job 2. */
export class SandboxPool {
  readonly #init: PoolInit
  #idle: Promise<Sandbox>[] = []
  #closed = false

  constructor(init: PoolInit) {
    this.#init = init
    this.#refill()
  }

  /** A ready sandbox that nobody else has; the caller kills it. @throws UserError SandboxStartError */
  async take(): Promise<Sandbox> {
    for (let next = this.#idle.shift(); next !== undefined; next = this.#idle.shift()) {
      const sandbox = await next.catch(() => undefined)
      if (sandbox?.alive === true) {
        sandbox.ref()
        return sandbox
      }
    }
    return await spawnSandbox(this.#init)
  }

  /** Called when a job has ended: starting the next sandbox during the job would take CPU from it. */
  refill(): void {
    if (!this.#closed) this.#refill()
  }

  async close(): Promise<void> {
    this.#closed = true
    const idle = await Promise.allSettled(this.#idle.splice(0))
    await Promise.all(idle.map(r => (r.status === 'fulfilled' ? r.value.kill() : undefined)))
  }

  #refill(): void {
    while (this.#idle.length < this.#init.warm) {
      const next = spawnSandbox(this.#init)
      this.#idle.push(next)
      next.then(
        sandbox => sandbox.unref(),
        () => {
          // the next take() starts its own and reports why it cannot
          this.#idle = this.#idle.filter(p => p !== next)
        }
      )
    }
  }
}
