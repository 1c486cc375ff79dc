import { hash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { InvalidInputError, TooLargeError, UserError } from '../../../protocols/common/errors.ts'
import type { AbortOptions } from '../engine.ts'
import { SandboxHost } from '../sandbox/host.ts'
import { MIN_MEMORY_BYTES, type ServeMessage } from '../sandbox/messages.ts'
import { Feed } from './feed.ts'
import { Results, type SliceResult } from './results.ts'
import { Slot } from './slot.ts'
import { SliceWorker, type WorkerInit } from './worker.ts'

/** As for a job's module named by CID. */
const MAX_SOURCE_BYTES = 4 * 1024 * 1024
/** Each is a process of 50 MiB. */
const MAX_WORKERS = 256
const MAX_ATTEMPTS = 10
const DEFAULTS = { entry: 'default', sliceMs: 10_000, loadMs: 10_000, memoryBytes: 256 * 1024 * 1024 }
const MAX_MS = 24 * 60 * 60 * 1000

/** What a pool runs and with which limits. Times in ms, memory in bytes. */
export interface SlicePoolInit {
  /** one self-contained ES module */
  source: string
  /** the exported function: called with a value and `{ index }`, gives a value or a promise of one @default 'default' */
  entry?: string
  /** sandboxes, each a process @default one per core */
  workers?: number
  /** the longest a slice may take, and twice that in CPU time @default 10 s */
  sliceMs?: number
  /** the longest that evaluating the module may take @default 10 s */
  loadMs?: number
  /** of each sandbox: 8 MiB to 2 GiB @default 256 MiB */
  memoryBytes?: number
  /** what the function prints; nothing keeps it apart by slice */
  onLog?(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
}

/** How values are mapped. */
export interface MapOptions extends AbortOptions {
  /** results in the order of the values, or as they come @default 'given' */
  order?: 'given' | 'done'
  /** how often a slice that fails is tried in all @default 1 */
  attempts?: number
}

/**
 * Calls a function for every value, in sandboxes as a js job has them: no network, no files, the clock frozen and randomness seeded
 * from the module and the value's index, so that a result does not depend on who computed it. A function that keeps something in
 * variables of its module gives that up.
 *
 * @throws SliceModuleError, InvalidInputError, TooLargeError, UserError SandboxStartError
 * @example
 * ```ts
 * await using pool = await slicePool({ source: 'export default x => x * x' })
 * for await (const result of pool.map([1, 2, 3])) console.log(result.ok ? result.value : result.error.reason)
 * ```
 */
export async function slicePool(init: SlicePoolInit, options: AbortOptions = {}): Promise<SlicePool> {
  const pool = new SlicePool(HOST, checked(init, HOST.maxMemoryBytes))
  try {
    await pool.open(options)
    return pool
  } catch (error) {
    await pool.close()
    throw error
  }
}

/** One for all pools of this process: how sandboxes can be started is found out once. */
const HOST = new SandboxHost({ warm: 0 })

type Checked = WorkerInit & { workers: number }

/** Sandboxes that serve one function of one owner; they are ended with the pool and never run anything else. */
export class SlicePool {
  readonly #host: SandboxHost
  readonly #slots: Slot[]
  #mapping: { stop(): void; done: Promise<unknown> } | undefined
  #isClosed = false

  constructor(host: SandboxHost, init: Checked) {
    this.#host = host
    const start = async () => {
      if (this.#isClosed) throw closed()
      return await SliceWorker.start(await host.take(), init)
    }
    this.#slots = Array.from({ length: init.workers }, () => new Slot(start))
  }

  get workers(): number {
    return this.#slots.length
  }

  /** Starts the first sandbox: a module that cannot be used is known before the first slice. */
  async open(options: AbortOptions = {}): Promise<void> {
    const found = await this.#host.probe()
    if ('reason' in found) {
      throw new UserError('SandboxStartError', `no sandbox can be started: ${found.reason}`, { remedy: found.remedy })
    }
    await this.#host.open(this)
    options.signal?.throwIfAborted()
    await this.#slots[0]?.ready()
    options.signal?.throwIfAborted()
  }

  /**
   * One result for each value; a slice that fails is a result too. Values are taken as there is room for them, and results wait to be
   * taken. Leaving the loop ends what is under way.
   *
   * @throws the signal's reason, what the values throw, UserError PoolBusyError while another call goes on
   */
  async *map(
    values: Iterable<unknown> | AsyncIterable<unknown>,
    options: MapOptions = {}
  ): AsyncGenerator<SliceResult, undefined> {
    const { signal, order = 'given', attempts = 1 } = options
    within('attempts', attempts, 1, MAX_ATTEMPTS)
    signal?.throwIfAborted()
    if (this.#isClosed) throw closed()
    if (this.#mapping !== undefined) {
      throw new UserError('PoolBusyError', 'the pool is at work for another call', {
        remedy: 'take all results of the one before, or make another pool'
      })
    }
    const feed = new Feed(values, attempts)
    const results = new Results(order)
    let isOver = false
    let stop = () => {}
    const over = new Promise<void>(resolve => {
      stop = () => {
        isOver = true
        resolve()
      }
    })
    const fail = (error: unknown) => {
      results.fail(error)
      stop()
    }
    const work = { feed, results, over, isOver: () => isOver }
    const working = Promise.all(this.#slots.map(slot => slot.work(work).catch(fail))).then(() => results.end())
    const close = () => fail(closed())
    this.#mapping = { stop: close, done: working }
    const onAbort = () => fail(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      yield* results.taken()
    } finally {
      signal?.removeEventListener('abort', onAbort)
      stop()
      await working
      this.#mapping = undefined
      await feed.close()
    }
  }

  /** Ends all sandboxes; a `map` under way rejects with PoolClosedError. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#mapping?.stop()
    await this.#mapping?.done
    await Promise.all(this.#slots.map(slot => slot.kill()))
    await this.#host.close(this)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

const closed = (): UserError => new UserError('PoolClosedError', 'the pool is closed')

function checked(init: SlicePoolInit, maxMemoryBytes: number): Checked {
  const { source, onLog = () => undefined, workers = availableParallelism() } = init
  const { entry, sliceMs, loadMs, memoryBytes } = { ...DEFAULTS, ...init }
  const bytes = Buffer.from(source)
  if (bytes.byteLength > MAX_SOURCE_BYTES) throw new TooLargeError('source (bytes)', bytes.byteLength, MAX_SOURCE_BYTES)
  within('workers', workers, 1, MAX_WORKERS)
  within('sliceMs', sliceMs, 1, MAX_MS)
  within('loadMs', loadMs, 1, MAX_MS)
  within('memoryBytes', memoryBytes, MIN_MEMORY_BYTES, maxMemoryBytes)
  const module = hash('sha256', bytes, 'hex')
  const serve: ServeMessage = { type: 'serve', entry, memoryBytes, loadMs, sliceMs, module }
  return { serve, source: bytes, onLog, workers }
}

function within(field: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new InvalidInputError(`${field} is out of range`, { field, value, limit: `${least} to ${most}` })
}
