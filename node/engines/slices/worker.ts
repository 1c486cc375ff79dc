import { z } from 'zod'
import { messageOf } from '../../../protocols/common/errors.ts'
import { type Ending, ended } from '../sandbox/conversation.ts'
import { crashed } from '../sandbox/crashed.ts'
import { encodeFrame, type Frame } from '../sandbox/frames.ts'
import { CPU_SLACK, RSS_OVERHEAD_BYTES, WALL_GRACE_MS } from '../sandbox/limits.ts'
import { PIECE_BYTES, type ServeMessage, type ToSandbox } from '../sandbox/messages.ts'
import type { Sandbox } from '../sandbox/spawn.ts'
import { Watch } from '../sandbox/watch.ts'
import { SliceModuleError } from './errors.ts'
import type { Slice } from './feed.ts'

const count = z.int().min(1)
/** What a sandbox that serves may say: it is hostile from the moment the module is evaluated. */
const fromServing = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('log'), stream: z.enum(['stdout', 'stderr']) }),
  z.strictObject({
    type: z.literal('program'),
    id: z.int().min(1),
    offset: z.int().min(0),
    length: z.int().min(0).max(PIECE_BYTES)
  }),
  z.strictObject({ type: z.literal('loaded') }),
  z.strictObject({ type: z.literal('refused'), reason: z.string().max(2000) }),
  z.strictObject({ type: z.literal('results'), count }),
  z.strictObject({
    type: z.literal('end'),
    status: z.enum(['timeout', 'out-of-memory', 'engine-error']),
    reason: z.string().max(2000)
  })
])
type Said = z.infer<typeof fromServing>

export interface WorkerInit {
  serve: ServeMessage
  source: Uint8Array
  onLog(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
}

/** Lines in the order of the slices, or the end of the worker. `isSure`: it was the first slice without a line that brought it. */
export type Answered = { lines: string[] } | { ending: Ending; isSure: boolean }

const TIME_REASON = 'the slice took longer than it may'
const MEMORY_REASON = 'the sandbox used more memory than it may'

/** A sandbox process that has the module loaded and answers slices, watched from outside as a job is. */
export class SliceWorker {
  readonly #sandbox: Sandbox
  readonly #init: WorkerInit
  readonly #frames: AsyncGenerator<Frame>
  #watch: Watch | undefined
  #wall: NodeJS.Timeout | undefined
  #verdict: Ending | undefined

  private constructor(sandbox: Sandbox, init: WorkerInit) {
    this.#sandbox = sandbox
    this.#init = init
    this.#frames = sandbox.frames()
  }

  /** Resolves when the module is loaded. The sandbox is the worker's from here on. @throws SliceModuleError */
  static async start(sandbox: Sandbox, init: WorkerInit): Promise<SliceWorker> {
    const worker = new SliceWorker(sandbox, init)
    worker.#send({ ...init.serve, programBytes: init.source.byteLength })
    const said = await worker.#next(init.serve.loadMs, ['loaded', 'refused'])
    if ('ending' in said) throw new SliceModuleError(said.ending.reason ?? said.ending.status)
    if (said.message.type === 'refused') {
      await worker.kill()
      throw new SliceModuleError(said.message.reason)
    }
    worker.idle()
    return worker
  }

  get alive(): boolean {
    return this.#sandbox.alive && this.#verdict === undefined
  }

  send(slices: readonly Slice[]): void {
    const body = Buffer.from(slices.map(s => s.text).join('\n'))
    this.#send({ type: 'slices', indexes: slices.map(s => s.index) }, body)
  }

  /** What comes next; while nobody asks, the sandbox waits and no time is counted. Never rejects. */
  async next(): Promise<Answered> {
    const said = await this.#next(this.#init.serve.sliceMs, ['results'])
    if ('ending' in said) return said
    const lines = Buffer.from(said.body).toString('utf8').split('\n')
    this.#send({ type: 'ack', bytes: said.body.byteLength })
    if (said.message.type === 'results' && said.message.count === lines.length) return { lines }
    return await this.#over(ended('engine-error', 'the sandbox is broken'), false)
  }

  async kill(): Promise<void> {
    this.idle()
    await this.#sandbox.kill()
  }

  /** Nothing is asked of it for a while: nothing has to be watched. */
  idle(): void {
    clearTimeout(this.#wall)
    this.#watch?.stop()
    this.#watch = undefined
  }

  #send(message: ToSandbox, body?: Uint8Array): void {
    this.#sandbox.send(encodeFrame(message, body))
  }

  /** The next frame of one of these types; others are served on the way. */
  async #next(
    limitMs: number,
    types: readonly Said['type'][]
  ): Promise<{ message: Said; body: Uint8Array } | { ending: Ending; isSure: boolean }> {
    this.#guard(limitMs)
    try {
      for (;;) {
        const { value, done } = await this.#frames.next()
        if (done === true) break
        const message = fromServing.parse(value.header)
        if (types.includes(message.type)) return { message, body: value.body }
        if (message.type === 'end') return await this.#over(ended(message.status, message.reason), true)
        this.#handle(message, value.body)
      }
    } catch (error) {
      return await this.#over(ended('engine-error', `the sandbox is broken: ${messageOf(error)}`), false)
    } finally {
      clearTimeout(this.#wall)
    }
    return await this.#over(this.#verdict ?? (await crashed(this.#sandbox)), this.#verdict !== undefined)
  }

  #handle(message: Said, body: Uint8Array): void {
    if (message.type === 'log') {
      this.#init.onLog(message.stream, Uint8Array.from(body))
      this.#send({ type: 'ack', bytes: body.byteLength })
    } else if (message.type === 'program') {
      const { id, offset, length } = message
      this.#send({ type: 'reply', id }, this.#init.source.subarray(offset, offset + length))
    }
  }

  async #over(ending: Ending, isSure: boolean): Promise<{ ending: Ending; isSure: boolean }> {
    this.#verdict = ending
    await this.kill()
    return { ending: { ...ending, reason: REASONS[ending.status] ?? ending.reason ?? '' }, isSure }
  }

  /** The isolate ends a slice at its limit; what it cannot stop is killed from here. */
  #guard(limitMs: number): void {
    const stop = (status: 'timeout' | 'out-of-memory', reason: string) => {
      this.#verdict ??= ended(status, reason)
      void this.#sandbox.kill()
    }
    this.#wall = setTimeout(() => stop('timeout', TIME_REASON), limitMs + Math.min(limitMs, WALL_GRACE_MS))
    this.#watch?.restart()
    const rssBytes = this.#init.serve.memoryBytes + RSS_OVERHEAD_BYTES
    const limits = { rssBytes, cpuMs: limitMs * CPU_SLACK }
    this.#watch ??= new Watch(this.#sandbox.pid, limits, what =>
      what === 'memory' ? stop('out-of-memory', MEMORY_REASON) : stop('timeout', TIME_REASON)
    )
  }
}

const REASONS: Record<string, string> = { timeout: TIME_REASON, 'out-of-memory': MEMORY_REASON }
