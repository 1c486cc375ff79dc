import { setTimeout as timer } from 'node:timers'
import { z } from 'zod'
import { messageOf } from '../../../protocols/common/errors.ts'
import type { JobSpec, Outcome } from '../../../protocols/job/schema.ts'
import type { JobDirs, RunOptions, RunOutcome } from '../engine.ts'
import { InputFiles, NoInputError, OutputFiles } from './files.ts'
import { encodeFrame, type Frame, MAX_BODY_BYTES } from './frames.ts'
import { BadPathError, QuotaError } from './ledger.ts'
import { type FromSandbox, PIECE_BYTES, type RunMessage, type SandboxEnd, type ToSandbox } from './messages.ts'
import type { Sandbox } from './spawn.ts'
import { Watch } from './watch.ts'

/** Beyond the program's own memory: Node, V8 and pieces on their way (a fresh sandbox has 50 MiB resident). */
const RSS_OVERHEAD_BYTES = 160 * 1024 * 1024
/** The isolate ends itself at the deadline; after this much more the node does it. */
const WALL_GRACE_MS = 100
/** V8 compiles and collects on threads of its own, so a busy program on one core uses a little more than one. */
const CPU_SLACK = 2

const path = z.string().max(4096)
const id = z.int().min(1)
const status = z.enum(['timeout', 'out-of-memory', 'disk-full', 'engine-error'])
const reason = z.string().max(2000)
/** What a sandbox may say: it is hostile from the moment the program starts. */
const fromSandbox = z.union([
  z.strictObject({ type: z.literal('log'), stream: z.enum(['stdout', 'stderr']) }),
  z.strictObject({ type: z.literal('write'), path, append: z.boolean() }),
  z.strictObject({
    type: z.literal('read'),
    id,
    path,
    offset: z.int().min(0),
    length: z.int().min(0).max(PIECE_BYTES)
  }),
  z.strictObject({ type: z.enum(['list', 'size']), id, path }),
  z.strictObject({ type: z.literal('end'), status: z.literal('exited'), exitCode: z.int().min(0).max(255) }),
  z.strictObject({ type: z.literal('end'), status, reason })
])

export interface JsJob {
  spec: JobSpec
  source: string
  run: RunMessage
}

type Ending = Pick<RunOutcome, 'status' | 'exitCode' | 'reason'>
const ended = (status: Outcome, reason: string): Ending => ({ status, reason })

/** Runs one job in a sandbox, which is dead afterwards. Never rejects. */
export async function runInSandbox(
  sandbox: Sandbox,
  job: JsJob,
  dirs: JobDirs,
  options: RunOptions
): Promise<RunOutcome> {
  const { spec } = job
  const started = performance.now()
  let verdict: Ending | undefined
  const stop = (why: Ending) => {
    verdict ??= why
    void sandbox.kill()
  }
  const limits = {
    rssBytes: spec.resources.memoryBytes + RSS_OVERHEAD_BYTES,
    cpuMs: spec.timeoutMs * Math.max(1, spec.resources.cpuMillis / 1000) * CPU_SLACK
  }
  const watch = new Watch(sandbox.pid, limits, what =>
    stop(what === 'memory' ? ended('out-of-memory', MEMORY_REASON) : ended('timeout', TIME_REASON))
  )
  const wall = timer(() => stop(ended('timeout', TIME_REASON)), spec.timeoutMs + WALL_GRACE_MS)
  const onAbort = () => stop(ended('cancelled', 'the run was cancelled'))
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    if (options.signal?.aborted === true) onAbort()
    const end = await new Conversation(sandbox, job, dirs, options).untilEnd()
    verdict ??= end
  } catch (error) {
    verdict ??= asEnding(error)
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
    clearTimeout(wall)
  }
  const usage = watch.stop()
  await sandbox.kill()
  return {
    ...(verdict ?? (await crashed(sandbox))),
    usage: { wallMs: Math.round(performance.now() - started), ...usage }
  }
}

const MEMORY_REASON = 'the program used more memory than resources.memoryBytes'
const TIME_REASON = 'the program ran longer than timeoutMs'

function asEnding(error: unknown): Ending {
  if (error instanceof QuotaError) return ended('disk-full', error.message)
  return ended('engine-error', `the sandbox could not be served: ${messageOf(error)}`)
}

/** A sandbox that is gone without a word. V8 aborts when memory that it must have cannot be had. */
async function crashed(sandbox: Sandbox): Promise<Ending> {
  const how = await sandbox.exited
  const memory =
    ['SIGTRAP', 'SIGABRT', 'SIGILL'].includes(how) || /out of memory|allocation failed/i.test(sandbox.lastWords)
  if (memory) return ended('out-of-memory', MEMORY_REASON)
  return ended('engine-error', `the sandbox ended unexpectedly (${how})`)
}

/** Answers what the sandbox asks until it says how the program ended. */
class Conversation {
  readonly #sandbox: Sandbox
  readonly #job: JsJob
  readonly #inputs: InputFiles
  readonly #outputs: OutputFiles
  readonly #options: RunOptions

  constructor(sandbox: Sandbox, job: JsJob, dirs: JobDirs, options: RunOptions) {
    this.#sandbox = sandbox
    this.#job = job
    this.#options = options
    this.#inputs = new InputFiles(job.spec.inputs, dirs.inputs)
    this.#outputs = new OutputFiles(job.spec.outputs, job.spec.resources.diskBytes, dirs.outputs)
  }

  /** undefined when the sandbox is gone without one */
  async untilEnd(): Promise<Ending | undefined> {
    this.#send(this.#job.run, Buffer.from(this.#job.source))
    try {
      for await (const frame of this.#sandbox.frames()) {
        const message = fromSandbox.parse(frame.header) as FromSandbox
        if (message.type === 'end') return endingOf(message)
        await this.#handle(message, frame)
      }
      return undefined
    } finally {
      await this.#inputs.close()
    }
  }

  #send(message: ToSandbox, body?: Uint8Array): void {
    this.#sandbox.send(encodeFrame(message, body))
  }

  async #handle(message: Exclude<FromSandbox, SandboxEnd>, { body }: Frame): Promise<void> {
    if (message.type === 'ready') return
    if (message.type === 'log') {
      this.#options.onLog(message.stream, Uint8Array.from(body))
      return this.#send({ type: 'ack', bytes: body.byteLength })
    }
    if (message.type === 'write') {
      await this.#outputs.write(message.path, body, message.append).catch(error => {
        // the sandbox has checked the name: one that is bad here comes from a broken sandbox
        if (error instanceof BadPathError) throw new Error(`the sandbox is broken: ${error.message}`)
        throw error
      })
      return this.#send({ type: 'ack', bytes: body.byteLength })
    }
    await this.#answer(message)
  }

  async #answer(message: Extract<FromSandbox, { id: number }>): Promise<void> {
    const { id, path } = message
    try {
      if (message.type === 'size') return this.#send({ type: 'reply', id, value: await this.#inputs.size(path) })
      const body =
        message.type === 'list'
          ? Buffer.from(JSON.stringify(await this.#inputs.list(path)))
          : await this.#inputs.read(path, message.offset, message.length)
      if (body.byteLength > MAX_BODY_BYTES) throw new NoInputError(path, 'too many input files to list')
      this.#send({ type: 'reply', id }, body)
    } catch (error) {
      // a host path must not reach the program through the text of a system error
      this.#send({
        type: 'reply',
        id,
        error:
          error instanceof NoInputError || error instanceof BadPathError ? error.message : `${path}: cannot be read`
      })
    }
  }
}

function endingOf(end: SandboxEnd): Ending {
  if (end.status === 'exited') return { status: 'exited', exitCode: end.exitCode }
  return ended(end.status, end.reason)
}
