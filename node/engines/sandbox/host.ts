import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { messageOf } from '../../../protocols/common/errors.ts'
import { makeEmptyDir } from './empty-dir.ts'
import { isolatedVmRemedy, sandboxPath } from './locate.ts'
import { SandboxPool } from './pool.ts'
import { type Isolation, isolations, type Sandbox, spawnSandbox } from './spawn.ts'

export interface SandboxInit {
  /** idle sandboxes kept ready @default 1 */
  warm?: number
  /** the most memory a job may ask for, in bytes @default 2 GiB */
  maxMemoryBytes?: number
}

const DEFAULT_MAX_MEMORY_BYTES = 2 * 1024 ** 3

/** How sandboxes can be started here, or why they cannot and what would help. */
export type SandboxProbe = { isolation: Isolation } | { reason: string; remedy: string }

/** Starts sandbox processes for every engine that runs its jobs in one: one way of isolating, one pool. */
export class SandboxHost {
  readonly maxMemoryBytes: number
  readonly #warm: number
  readonly #users = new Set<object>()
  #probed: Promise<SandboxProbe> | undefined
  #pool: SandboxPool | undefined
  #cwd: string | undefined
  /** starts and stops run one after another: two engines may ask at the same time */
  #turn: Promise<void> = Promise.resolve()

  constructor(init: SandboxInit = {}) {
    this.#warm = init.warm ?? 1
    this.maxMemoryBytes = init.maxMemoryBytes ?? DEFAULT_MAX_MEMORY_BYTES
  }

  /** The first call starts a sandbox in each way until one works; the answer holds for the life of this process. */
  probe(): Promise<SandboxProbe> {
    this.#probed ??= this.#probe()
    return this.#probed
  }

  /** Keeps sandboxes ready for as long as somebody uses them. */
  async open(user: object): Promise<void> {
    this.#users.add(user)
    await this.#inTurn(async () => {
      if (this.#pool !== undefined || this.#users.size === 0) return
      const found = await this.probe()
      const entry = sandboxPath()
      if (!('isolation' in found) || entry === undefined) return
      this.#cwd = await makeEmptyDir()
      this.#pool = new SandboxPool({ entry, isolation: found.isolation, cwd: this.#cwd, warm: this.#warm })
    })
  }

  async close(user: object): Promise<void> {
    this.#users.delete(user)
    await this.#inTurn(async () => {
      if (this.#users.size > 0) return
      const pool = this.#pool
      this.#pool = undefined
      await pool?.close()
      if (this.#cwd !== undefined) await rm(this.#cwd, { recursive: true, force: true })
      this.#cwd = undefined
    })
  }

  /** A ready sandbox that nobody else has; the caller kills it. @throws Error when sandboxes cannot be started here */
  async take(): Promise<Sandbox> {
    if (this.#pool === undefined) throw new Error('sandboxes are not available')
    return await this.#pool.take()
  }

  refill(): void {
    this.#pool?.refill()
  }

  async #inTurn(step: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(step)
    this.#turn = mine.catch(() => undefined)
    await mine
  }

  async #probe(): Promise<SandboxProbe> {
    const entry = sandboxPath()
    if (entry === undefined) {
      const remedy = 'reinstall the package: dist/bin/sandbox.mjs is missing'
      return { reason: 'the sandbox program is not installed', remedy }
    }
    const missing = isolatedVmRemedy(entry)
    if (missing !== undefined) return { reason: 'the package isolated-vm is not installed', remedy: missing }
    const failures: string[] = []
    for (const isolation of isolations(this.maxMemoryBytes)) {
      try {
        await (await spawnSandbox({ entry, isolation, cwd: tmpdir() })).kill()
        return { isolation }
      } catch (error) {
        failures.push(messageOf(error))
      }
    }
    const remedy = 'isolated-vm needs Node 24 and its prebuilt binary for this platform; see docs/engines.md'
    return { reason: failures.at(-1) ?? 'no sandbox', remedy }
  }
}
